// Benchmarks of the world: fixed clips and pairs, named, never changed once published.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "reenact/world/dataset.hpp"

namespace dact::world {

/// A picture of a benchmark: its clip and frame.
struct BenchFrame {
  std::int64_t clip = 0, frame = 0;
};
struct BenchPair {
  BenchFrame source, target;
};

/// One benchmark. Person k has one clip, number k.
/// self     frame 0 of every clip is the source of all its other frames (the paper's protocol)
/// cross    frame 0 of a clip is the source, all frames of another person's clip drive it
/// large    two frames of a clip whose head poses are more than 15 degrees apart: mean of the three absolute angles
struct BenchSet {
  std::string_view name;
  DatasetPlan plan;
  std::string_view digest;  // of its frames at plan.size
  std::int64_t cross_pairs = 0, large_pairs = 0;
};

/// bench-v1: 100 people, 32 frames each, five frames of motion apart, 64 pixels.
const BenchSet& bench_v1();
/// throws  UsageError for a name that is none, with the list
const BenchSet& bench_set(std::string_view name);

std::vector<BenchPair> self_pairs(const BenchSet& set);
/// The clips: source.frame is 0, target.frame is to run over all frames.
std::vector<BenchPair> cross_pairs(const BenchSet& set);
std::vector<BenchPair> large_pose_pairs(const BenchSet& set);

/// Mean of the three absolute differences of the head angles, degrees.
double pose_distance(const head::Pose& a, const head::Pose& b);

/// What a benchmark was asked to hold.
struct BenchStatistics {
  double textured = 0;       // share of clips before discs or boxes
  double accessories = 0;    // share with glasses or a hat
  double yaw_deviation = 0;  // standard deviation over all frames, degrees
  double copy_apd = 0;       // mean pose distance of self pairs, degrees
  double largest_yaw = 0, largest_pitch = 0, largest_roll = 0;
};
BenchStatistics bench_statistics(const BenchSet& set);

}  // namespace dact::world
