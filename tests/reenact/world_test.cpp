// The world: people, motion, clips, data sets, and what bench-v1 was asked to hold.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include "io/image.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "reenact/world/bench_set.hpp"
#include "reenact/world/dataset_files.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"
#include "tests/io/files.hpp"

namespace {

using namespace dact;
using namespace dact::world;

TEST_SUITE_BEGIN("world");

TEST_CASE("seeds hold population, number and last byte apart") {
  const std::uint64_t seed = seed_of({45001, 77, 3});
  const SeedParts parts = parts_of(seed);
  CHECK(parts.population == 45001);
  CHECK(parts.number == 77);
  CHECK(parts.last == 3);
  CHECK(is_bench_population(parts.population));
  CHECK_FALSE(is_bench_population(44999));
  CHECK_THROWS_AS(seed_of({std::uint64_t{1} << 24, 0, 0}), UsageError);
  CHECK_THROWS_AS(seed_of({0, 0, 256}), UsageError);
}

double at_most(double worst, float a, float b) {
  return std::max(worst, std::abs(static_cast<double>(a) - static_cast<double>(b)));
}

TEST_CASE(
    "motion stays within its limits, is smooth, and does not depend on how long it is known") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Motion motion(seed, 20), shorter(seed, 5);
    double turn = 0, jaw = 0, weight = 0;
    head::Pose last = motion.at(0);
    for (int f = 1; f < 500; ++f) {
      const head::Pose pose = motion.at(f / 25.0);
      CHECK(std::abs(pose.yaw) <= 45);
      CHECK(std::abs(pose.pitch) <= 30);
      CHECK(std::abs(pose.roll) <= 25);
      CHECK_NOTHROW(head::require_pose(pose));
      turn = at_most(at_most(at_most(turn, pose.yaw, last.yaw), pose.pitch, last.pitch), pose.roll,
                     last.roll);
      jaw = at_most(jaw, pose.jaw, last.jaw);
      for (std::size_t i = 0; i < pose.expression.size(); ++i)
        weight = at_most(weight, pose.expression[i], last.expression[i]);
      if (f < 125) CHECK(shorter.at(f / 25.0).yaw == pose.yaw);
      if (f < 125) CHECK(shorter.at(f / 25.0).expression == pose.expression);
      last = pose;
    }
    CHECK(turn < 4);      // degrees from one frame to the next
    CHECK(jaw < 10);      // speech
    CHECK(weight < .75);  // a lid shuts within two frames
  }
}

TEST_CASE("people of a population are far from one another; more people begin with the same") {
  const std::vector<std::uint64_t> few = sample_population(7, 12), more = sample_population(7, 20);
  CHECK(std::equal(few.begin(), few.end(), more.begin()));
  for (std::size_t i = 0; i < more.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK(head::landmark_distance(head::head_model(), head::draw_person(more[i]).identity,
                                    head::draw_person(more[j]).identity) >= kLeastDistance);
}

std::string digest_of_clip(std::int64_t frames) {
  const Clip clip = make_clip(seed_of({7, 1, 0}), 0, frames, 9);
  const DrawnClip drawn = draw_clip(clip, frames, 9, 48);
  return digest_of(drawn.rgb) + digest_of(drawn.labels) + digest_of(drawn.depth);
}

TEST_CASE(
    "a clip has the same bits with any number of threads, on any instruction set, frame by frame") {
  const std::string want = digest_of_clip(3);
  const int threads = thread_count();
  for (const int n : {1, 2, 3}) {
    set_thread_count(n);
    CHECK(digest_of_clip(3) == want);
  }
  set_thread_count(threads);
  const Isa isa_before = isa();
  for (const Isa each : available_isas()) {
    set_isa(each);
    CHECK(digest_of_clip(3) == want);
  }
  set_isa(isa_before);
  const Clip clip = make_clip(seed_of({7, 1, 0}), 0, 3, 9);
  const Tensor first = draw_clip(clip, 1, 9, 48).rgb;
  CHECK(digest_of(first) == digest_of(draw_clip(clip, 3, 9, 48).rgb.sliced(0, 0, 1)));
}

TEST_CASE("the truth lies where the picture shows it") {
  const Clip clip = make_clip(seed_of({7, 2, 0}), 0, 1, 1);
  Painter painter;
  render::Frame frame;
  Truth truth;
  painter.draw(clip, head::Pose{}, {128, false, false, false, true}, frame, truth);
  const auto label = [&](std::array<float, 2> p) {
    const auto i = static_cast<std::size_t>(p[0]), j = static_cast<std::size_t>(p[1]);
    return static_cast<int>(frame.labels[j * 128 + i]);
  };
  CHECK(label(truth.irises[0]) == 4);  // eyes 4 and 5: the subject's left and right
  CHECK(label(truth.irises[1]) == 5);
  CHECK(truth.irises[0][0] > truth.irises[1][0]);  // the subject's left is the picture's right
  CHECK(label(truth.landmarks[30]) == 10);         // tip of the nose
  const int upper_lip = label(truth.landmarks[51]);
  CHECK((upper_lip == 12 || upper_lip == 1));  // on the edge of the lip
  CHECK(std::abs(truth.gaze_pitch) < .02F);
  head::Pose left;
  left.gaze_x = 20;
  painter.draw(clip, left, {128, false, false, false, true}, frame, truth);
  CHECK(truth.gaze_yaw == doctest::Approx(-20 * .017453292519943295).epsilon(.01));
}

TEST_CASE("bench-v1 holds what was asked of it") {
  const BenchStatistics s = bench_statistics(bench_v1());
  MESSAGE("textured ", s.textured, ", accessories ", s.accessories, ", yaw deviation ",
          s.yaw_deviation, ", copy APD ", s.copy_apd);
  CHECK(s.textured >= .6);
  CHECK(s.accessories >= .3);
  CHECK(s.yaw_deviation >= 18);
  CHECK(s.copy_apd >= 8);
  CHECK(is_bench_population(bench_v1().plan.population));
  CHECK(self_pairs(bench_v1()).size() == 3100);
  const std::vector<BenchPair> cross = cross_pairs(bench_v1()),
                               large = large_pose_pairs(bench_v1());
  CHECK(cross.size() == 35);
  for (const BenchPair& p : cross) CHECK(p.source.clip != p.target.clip);
  REQUIRE(large.size() == 200);
  const std::vector<std::uint64_t> people = sample_population(45001, 100);
  for (const BenchPair& p : large) {
    const Clip clip = make_clip(people[static_cast<std::size_t>(p.source.clip)], 0, 1, 1);
    const auto pose = [&](std::int64_t f) {
      return Motion(clip.clip_seed(), 10).at(static_cast<double>(f) / 5);
    };
    CHECK(pose_distance(pose(p.source.frame), pose(p.target.frame)) > 15);
    if (&p - large.data() > 5) break;  // making a person takes a while
  }
  CHECK_THROWS_AS(bench_set("bench-v2"), UsageError);
}

constexpr DatasetPlan kSmall = {7, 2, 1, 3, 5, 32};

TEST_CASE("a data set is written whole") {
  const test::TempFolder folder;
  const std::string dir = (folder / "set");
  const DatasetResult result = write_dataset(kSmall, dir, {{"generator", "test"}});
  const std::string ending(picture_ending());
  CHECK(result.frames == 6);
  CHECK(result.digest == digest_dataset(kSmall).digest);
  Sha256 sha;
  for (const char* clip : {"00000_000", "00001_000"})
    for (int f = 0; f < 3; ++f) {
      const Tensor rgb =
          read_image(dir + "/clips/" + clip + "/00000" + std::to_string(f) + "." + ending);
      CHECK(rgb.shape() == Shape{32, 32, 3});
      sha.update(rgb.raw_data(), static_cast<std::size_t>(rgb.numel()));
    }
  CHECK(sha.finish() == result.digest);
  const TensorFile truth = read_safetensors(dir + "/clips/00001_000/truth.safetensors");
  CHECK(truth.tensors.at("labels").str() == "u8[3, 32, 32]@cpu");
  CHECK(truth.tensors.at("depth").str() == "f16[3, 32, 32]@cpu");
  const std::string lines = read_file(dir + "/clips/00000_000/frames.jsonl", 1 << 20);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  JsonReader json(std::string_view(lines).substr(0, lines.find('\n')), "line", 0);
  json.skip_value();
  CHECK(json.at_end());
  const std::string manifest = read_file(dir + "/manifest.json", 1 << 20);
  CHECK(manifest.find(result.digest) != std::string::npos);
  CHECK(read_image(dir + "/contact." + ending).shape() == Shape{32, 66, 3});
  CHECK_FALSE(std::filesystem::exists(dir + ".partial"));
  CHECK_THROWS_AS(write_dataset(kSmall, dir, {}), IoError);  // it is there already
}

struct StopAfterOne final : DatasetProgress {
  void after(std::int64_t, std::int64_t) override { throw Cancelled("test", "stopped"); }
};

TEST_CASE("a data set that fails leaves nothing behind") {
  const test::TempFolder folder;
  StopAfterOne stop;
  CHECK_THROWS_AS(write_dataset(kSmall, (folder / "set"), {}, &stop), Cancelled);
  CHECK_FALSE(std::filesystem::exists((folder / "set")));
  CHECK_FALSE(std::filesystem::exists((folder / "set") + ".partial"));
  CHECK_THROWS_AS(write_dataset(kSmall, "/proc/nowhere/set", {}), IoError);
  DatasetPlan plan = kSmall;
  plan.size = 8193;
  CHECK_THROWS_AS(write_dataset(plan, (folder / "set"), {}), UsageError);
  plan = kSmall;
  plan.frames = 0;
  CHECK_THROWS_AS(digest_dataset(plan), UsageError);
  CHECK_FALSE(std::filesystem::exists((folder / "set")));
}

// ---- how different people are

struct Features {
  std::array<double, 9> colour{};    // means of skin, hair and lips, 0..1
  std::array<double, 136> points{};  // landmarks, centred, of unit root mean square
};

double distance(const Features& a, const Features& b) {
  double colour = 0, points = 0;
  for (std::size_t i = 0; i < a.colour.size(); ++i)
    colour += (a.colour[i] - b.colour[i]) * (a.colour[i] - b.colour[i]);
  for (std::size_t i = 0; i < a.points.size(); ++i)
    points += (a.points[i] - b.points[i]) * (a.points[i] - b.points[i]);
  return std::sqrt(colour / 9 + points / 68);
}

/// Of a frontal, neutral picture in the clip's own light.
Features features_of(std::uint64_t person, std::uint64_t clip_number) {
  const Clip clip = make_clip(person, clip_number, 1, 1);
  Painter painter;
  render::Frame frame;
  Truth truth;
  painter.draw(clip, head::Pose{}, {64, false, false, false, true}, frame, truth);
  Features f;
  std::array<double, 3> count{};
  for (std::size_t i = 0; i < frame.labels.size(); ++i) {
    const int label = frame.labels[i];
    const int k = label == 1 ? 0 : label == 17 ? 1 : label == 12 || label == 13 ? 2 : -1;
    if (k < 0) continue;
    count[static_cast<std::size_t>(k)] += 1;
    for (std::size_t c = 0; c < 3; ++c)
      f.colour[static_cast<std::size_t>(k) * 3 + c] += frame.rgb[i * 3 + c] / 255.0;
  }
  for (std::size_t i = 0; i < 9; ++i) f.colour[i] /= std::max(count[i / 3], 1.0);
  for (std::size_t c = 0; c < 2; ++c) {
    double mean = 0;
    for (const auto& p : truth.landmarks) mean += static_cast<double>(p[c]) / 68;
    for (std::size_t i = 0; i < 68; ++i)
      f.points[2 * i + c] = static_cast<double>(truth.landmarks[i][c]) - mean;
  }
  double square = 0;
  for (const double v : f.points) square += v * v / 68;
  for (double& v : f.points) v /= std::sqrt(square);
  return f;
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("slow");

TEST_CASE("pictures of two people differ at least three times as much as two of one") {
  constexpr std::size_t kPeople = 500;
  std::vector<Features> first(kPeople), second(kPeople);
  parallel_for(kPeople, [&](std::int64_t k) {
    const std::uint64_t person = seed_of({11, static_cast<std::uint64_t>(k), 0});
    first[static_cast<std::size_t>(k)] = features_of(person, 0);
    second[static_cast<std::size_t>(k)] = features_of(person, 1);
  });
  double within = 0, between = 0;
  for (std::size_t i = 0; i < kPeople; ++i) {
    within += distance(first[i], second[i]) / kPeople;
    for (std::size_t j = 0; j < i; ++j)
      between += distance(first[i], second[j]) / (kPeople * (kPeople - 1) / 2.0);
  }
  MESSAGE("within one person ", within, ", between two ", between, ", ratio ", between / within);
  CHECK(between / within >= 3);
}

TEST_CASE("bench-v1 is what was published") {
  CHECK(digest_dataset(bench_v1().plan).digest == std::string(bench_v1().digest));
}

TEST_SUITE_END();
}  // namespace
