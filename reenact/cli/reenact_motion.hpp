// The options of `reenact` that say what of the driver reaches the source.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "reenact/cli/manifest.hpp"
#include "reenact/pipeline/motion.hpp"

namespace dact::cli {

struct ReenactMotion {
  std::string motion = "absolute";
  reenact::MotionOptions strengths;  // its `motion` is left to options()
  std::optional<std::int64_t> reference_frame;
  double smoothing = 0;
  bool match_colour = false;

  void add_to(CLI::App& app);
  /// What the library takes. UsageError for a motion that is not known.
  reenact::MotionOptions options() const;
  bool relative() const { return options().motion == reenact::Motion::relative; }
  std::int64_t reference() const { return reference_frame.value_or(0); }
  /// UsageError for values and combinations that cannot be, before anything is read.
  void check(bool points_from_files) const;
  /// Likewise once the driver is open. frames: 0 where not known.
  void check_driver(std::int64_t frames) const;
  /// What is not the default.
  void describe(Manifest& manifest) const;
};

}  // namespace dact::cli
