// What `reenact` shows of a clip: the page of --report, one frame's whole way and a few frames, and the picture of --strip.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reenact/pipeline/clip.hpp"

namespace dact::cli {

/// What stands in the tables.
struct ReenactFacts {
  std::map<std::string, std::string> manifest;
  std::vector<std::pair<std::string, double>> seconds;
  std::int64_t frames = 0, held = 0;
  std::string digest;  // of the frames
  bool complete = true;
};

/// Keeps a bounded number of pictures while the clip goes by.
class ReenactReport {
 public:
  /// expected: frames of the clip, 0 where not known.
  explicit ReenactReport(std::int64_t expected);
  void take_source(const reenact::ClipSource& source, const Tensor& x_T);
  /// Wanted for this frame: the predicted clean images of its steps.
  bool wants_steps(std::int64_t frame) const { return frame == shown_; }
  /// x_0          f32 [1, 3, S, S]
  void add_step(std::int64_t t, const Tensor& x_0);
  void add_frame(const reenact::ClipFrame& frame);
  std::string html(const ReenactFacts& facts) const;
  /// The frames that were kept, a column each: source, driver, driving picture, result.
  /// returns      u8 [H, W, 3]
  Tensor strip() const;

 private:
  struct Row {
    std::int64_t index;
    double confidence;
    Tensor driver, marked, drawn, result;
  };
  std::string way_html() const;
  std::string clip_html() const;
  std::int64_t expected_, shown_;
  Tensor source_, square_, marked_, drawn_, x_T_;
  std::vector<std::pair<std::int64_t, Tensor>> steps_;
  std::vector<Row> rows_;
};

/// The 68 points and both gaze points over what the model sees, [256, 256, 3].
Tensor marked_picture(const Tensor& square, const reenact::DrivingPoints& points);

}  // namespace dact::cli
