// A sampler's steps as the user sees them: progress, pictures on the way, and what Ctrl-C leaves.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "diffusion/ddim.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/progress.hpp"

namespace dact::cli {

struct WalkOptions {
  std::string what = {};         // stands before the progress: "invert"
  std::string watch = {};        // folder for pictures of the steps; empty: none
  std::int64_t watch_every = 0;  // 0: ten of them
  /// Where the steps done go when the user stops, and where they are found when the same command
  /// comes again; empty: nowhere.
  std::string keep_in = {};
  const Manifest* manifest = nullptr;  // of the pictures, and of what is kept
};

/// x and the number of steps that gave it.
struct StepsDone {
  Tensor x;
  std::int64_t done = 0;
};

/// Says how far a sampler is, writes the pictures, refuses to go on with a NaN, and ends the walk
/// with Cancelled after the step in which the user asked for it.
class Walk final : public diffusion::SamplerProgress {
 public:
  Walk(Context& context, WalkOptions options, std::size_t steps);
  void after(const diffusion::StepReport& report) override;

  /// What an earlier run of the same command left, of that shape; said aloud.
  std::optional<StepsDone> kept(const Shape& shape);
  /// The work is done: nothing is kept any more.
  void finish();

 private:
  void write_pictures(const diffusion::StepReport& step) const;
  [[noreturn]] void stop(const diffusion::StepReport& step) const;
  Context& context_;
  WalkOptions options_;
  Progress progress_;
};

/// throws  NumericError "<where>: <what> must be finite, ..." with the first bad element of x, f32
void require_finite(const std::string& where, const std::string& what, const Tensor& x);

}  // namespace dact::cli
