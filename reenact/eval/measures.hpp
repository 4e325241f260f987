// The metrics of the tables, frame by frame (spec/losses_metrics.md, section 2).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "reenact/eval/readings.hpp"

namespace dact::eval {

enum class Metric : std::uint8_t {
  psnr,
  ssim,
  l1,
  perceptual,   // sum over the parser's four depths of the mean square difference
  csim,         // to whom the result should be: the target's frame, across persons the source
  csim_driver,  // across persons: to whom it should not be
  nme,
  apd,
  aed,
  gaze,  // mean of the absolute differences of pitch and yaw, degrees
  // the judge's reading of the result against the truth of the target's frame
  nme_truth,
  apd_truth,
  aed_truth,
  gaze_truth,
  tl_id,
  tg_id,
};
inline constexpr std::size_t kMetrics = 16;

struct MetricInfo {
  std::string_view key, title, unit;
  bool higher;  // is better
  int digits;   // shown behind the point
};
const MetricInfo& info_of(Metric metric);

/// `of[metric]`: one number per frame (TL-ID: per neighbouring pair), NaN where a face was missing; empty where the
/// metric means nothing.
struct Measures {
  std::array<std::vector<double>, kMetrics> of;
  std::vector<double>& operator[](Metric m) { return of[static_cast<std::size_t>(m)]; }
  const std::vector<double>& operator[](Metric m) const { return of[static_cast<std::size_t>(m)]; }
};

/// What a result is held against, row by row.
struct Against {
  Readings target;  // whose motion
  Readings source;  // whose identity, where it is not the target's
  Readings truth;   // of the target's frames
  bool same_person = true;
  bool one_clip = true;  // rows are neighbouring moments
};

Measures measure(const Readings& result, const Against& against);

}  // namespace dact::eval
