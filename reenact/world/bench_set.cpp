#include "reenact/world/bench_set.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "reenact/world/draws.hpp"
#include "tensor/error.hpp"

namespace dact::world {
namespace {

constexpr double kLargePose = 15;  // degrees

double between(float a, float b) { return static_cast<double>(std::abs(a - b)); }

/// Poses of a clip's frames, without drawing them.
std::vector<head::Pose> poses_of(const BenchSet& set, const std::vector<std::uint64_t>& people,
                                 std::int64_t clip) {
  SeedParts parts = parts_of(people[static_cast<std::size_t>(clip)]);
  parts.last = 0;
  const std::int64_t every = set.plan.every;
  const Motion motion(seed_of(parts),
                      static_cast<double>(set.plan.frames * every) / kFramesPerSecond + 1);
  std::vector<head::Pose> poses;
  for (std::int64_t f = 0; f < set.plan.frames; ++f)
    poses.push_back(motion.at(static_cast<double>(f * every) / kFramesPerSecond));
  return poses;
}

std::vector<std::uint64_t> people_of(const BenchSet& set) {
  return sample_population(set.plan.population, set.plan.identities);
}

}  // namespace

const BenchSet& bench_v1() {
  static const BenchSet set = {
      "bench-v1",
      {.population = 45001, .identities = 100, .clips = 1, .frames = 32, .every = 5, .size = 64},
      "7916698af38e51d425ecb3454a6b75441f03f14cb4bb448558b0abbfdca3f929",
      35,
      200};
  return set;
}

const BenchSet& bench_set(std::string_view name) {
  if (name == bench_v1().name) return bench_v1();
  throw UsageError("bench", "name must be bench-v1, got \"" + std::string(name) + "\"");
}

double pose_distance(const head::Pose& a, const head::Pose& b) {
  return (between(a.yaw, b.yaw) + between(a.pitch, b.pitch) + between(a.roll, b.roll)) / 3;
}

std::vector<BenchPair> self_pairs(const BenchSet& set) {
  std::vector<BenchPair> pairs;
  for (std::int64_t clip = 0; clip < set.plan.identities; ++clip)
    for (std::int64_t f = 1; f < set.plan.frames; ++f) pairs.push_back({{clip, 0}, {clip, f}});
  return pairs;
}

std::vector<BenchPair> cross_pairs(const BenchSet& set) {
  Draws draws(set.plan.population, "world.bench.cross");
  std::vector<BenchPair> pairs;
  while (static_cast<std::int64_t>(pairs.size()) < set.cross_pairs) {
    const std::int64_t source = draws.pick(static_cast<int>(set.plan.identities));
    const std::int64_t driver = draws.pick(static_cast<int>(set.plan.identities));
    const bool known = std::any_of(pairs.begin(), pairs.end(), [&](const BenchPair& p) {
      return p.source.clip == source && p.target.clip == driver;
    });
    if (source != driver && !known) pairs.push_back({{source, 0}, {driver, 0}});
  }
  return pairs;
}

std::vector<BenchPair> large_pose_pairs(const BenchSet& set) {
  const std::vector<std::uint64_t> people = people_of(set);
  std::vector<std::vector<head::Pose>> poses;
  for (std::int64_t clip = 0; clip < set.plan.identities; ++clip)
    poses.push_back(poses_of(set, people, clip));
  Draws draws(set.plan.population, "world.bench.large");
  std::vector<BenchPair> pairs;
  constexpr int kTries = 100000;  // pairs that far apart are about one in ten
  for (int i = 0; i < kTries && static_cast<std::int64_t>(pairs.size()) < set.large_pairs; ++i) {
    const std::int64_t clip = draws.pick(static_cast<int>(set.plan.identities));
    const std::int64_t a = draws.pick(static_cast<int>(set.plan.frames));
    const std::int64_t b = draws.pick(static_cast<int>(set.plan.frames));
    const std::vector<head::Pose>& p = poses[static_cast<std::size_t>(clip)];
    const double apart =
        pose_distance(p[static_cast<std::size_t>(a)], p[static_cast<std::size_t>(b)]);
    const bool known = std::any_of(pairs.begin(), pairs.end(), [&](const BenchPair& k) {
      return k.source.clip == clip && k.source.frame == a && k.target.frame == b;
    });
    if (apart > kLargePose && !known) pairs.push_back({{clip, a}, {clip, b}});
  }
  return pairs;
}

BenchStatistics bench_statistics(const BenchSet& set) {
  const std::vector<std::uint64_t> people = people_of(set);
  BenchStatistics s;
  double sum = 0, square = 0, frames = 0, targets = 0;
  for (std::int64_t clip = 0; clip < set.plan.identities; ++clip) {
    SeedParts parts = parts_of(people[static_cast<std::size_t>(clip)]);
    parts.last = 0;
    head::Appearance looks;
    const Scene scene = sample_scene(seed_of(parts), looks);
    s.textured += scene.background.kind == head::BackgroundKind::discs ||
                  scene.background.kind == head::BackgroundKind::boxes;
    s.accessories += looks.glasses != head::Glasses::none || looks.hat != head::Hat::none;
    const std::vector<head::Pose> poses = poses_of(set, people, clip);
    for (const head::Pose& p : poses) {
      const double yaw = static_cast<double>(p.yaw);
      sum += yaw;
      square += yaw * yaw;
      frames += 1;
      s.largest_yaw = std::max(s.largest_yaw, std::abs(yaw));
      s.largest_pitch = std::max(s.largest_pitch, static_cast<double>(std::abs(p.pitch)));
      s.largest_roll = std::max(s.largest_roll, static_cast<double>(std::abs(p.roll)));
      if (&p == poses.data()) continue;
      s.copy_apd += pose_distance(poses[0], p);
      targets += 1;
    }
  }
  s.textured /= static_cast<double>(set.plan.identities);
  s.accessories /= static_cast<double>(set.plan.identities);
  s.copy_apd /= targets;
  s.yaw_deviation = std::sqrt(square / frames - sum / frames * (sum / frames));
  return s;
}

}  // namespace dact::world
