// Frames per second of posed, painted and lit heads with all ground truth: pose_head and HeadRenderer together, frames
// shared out to the threads. One thread: per second of its CPU time; more: of wall time, to be run on a quiet machine.
// build/cpu/bench/render_bench --benchmark_filter=frame/64
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "reenact/head/head.hpp"
#include "reenact/render/background.hpp"
#include "reenact/render/light.hpp"
#include "reenact/render/render_head.hpp"
#include "tensor/parallel.hpp"

using namespace dact;

namespace {

constexpr std::int64_t kPeople = 8;  // of all styles, taken in turn

/// What one lane of the clip machine keeps from frame to frame.
struct Lane {
  head::PosedHead posed;
  render::HeadRenderer renderer;
  render::Frame frame;
};

std::vector<std::shared_ptr<const head::Person>> people() {
  std::vector<std::shared_ptr<const head::Person>> all;
  for (std::uint64_t seed = 0; seed < kPeople; ++seed) {
    const head::DrawnPerson drawn = head::draw_person(seed);
    all.push_back(
        std::make_shared<const head::Person>(head::head_model(), drawn.identity, drawn.appearance));
  }
  return all;
}

head::Pose moment(std::int64_t frame) {
  const float t = static_cast<float>(frame % 60) / 60;
  head::Pose pose;
  pose.yaw = 60 * t - 30;
  pose.pitch = 10 * t - 5;
  pose.jaw = 12 * t;
  for (std::size_t e = 0; e < pose.expression.size(); e += 3) pose.expression[e] = 0.5F * t;
  return pose;
}

enum Stage { kPose, kFrame };

void draw(Lane& lane, const std::shared_ptr<const head::Person>& person, std::int64_t frame,
          std::int32_t size, Stage stage) {
  const head::Pose pose = moment(frame);
  head::pose_head(person, pose, lane.posed);
  if (stage == kPose) return;
  lane.renderer.render(lane.posed.mesh, person->appearance(), pose, render::draw_light(1),
                       {head::BackgroundKind::discs, {90, 110, 130}, {120, 100, 90}, 3}, {},
                       {.size = size}, lane.frame);
}

void frames(benchmark::State& state, std::int32_t size, int threads, Stage stage) {
  const int before = thread_count();
  set_thread_count(threads);
  const auto all = people();
  // clips of 8 frames: the person changes between clips, as in a world of many
  std::vector<Lane> lanes(static_cast<std::size_t>(threads));
  std::int64_t done = 0;
  for (auto _ : state) {
    parallel_for(threads, [&](std::int64_t lane) {
      for (std::int64_t f = 0; f < 8; ++f)
        draw(lanes[static_cast<std::size_t>(lane)],
             all[static_cast<std::size_t>((done / 8 + lane) % kPeople)], done + f, size, stage);
    });
    done += 8;
  }
  state.counters["frames"] =
      benchmark::Counter(static_cast<double>(done) * threads, benchmark::Counter::kIsRate);
  set_thread_count(before);
}

void add(const std::string& name, std::int32_t size, int threads, Stage stage) {
  auto* bench = benchmark::RegisterBenchmark(
      (name + "/threads:" + std::to_string(threads)).c_str(),
      [=](benchmark::State& state) { frames(state, size, threads, stage); });
  if (threads > 1) bench->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  for (const int threads : {1, 2}) {
    add("pose", 64, threads, kPose);
    for (const std::int32_t size : {64, 128, 256})
      add("frame/" + std::to_string(size), size, threads, kFrame);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
