#include "reenact/cli/reenact_motion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "tensor/error.hpp"

namespace dact::cli {

void ReenactMotion::add_to(CLI::App& app) {
  app.add_option(
         "--motion", motion,
         "absolute: as the driver's frames show it; relative: what is the source's own, and "
         "the driver's change since its reference frame")
      ->capture_default_str();
  app.add_option("--reference-frame", reference_frame,
                 "with --motion relative: number of the driver's frame that looks most as the "
                 "source does (default 0, the first)");
  app.add_option("--pose", strengths.pose,
                 "how much of the driver's turns of the head: 0 the source's own, 1 the driver's "
                 "(default), up to 3 exaggerated");
  app.add_option("--expression", strengths.expression, "the same of brows, lids, mouth and jaw");
  app.add_option("--gaze", strengths.gaze, "the same of where the eyes look");
  app.add_option("--camera", strengths.camera,
                 "the same of the head's place and size in the picture");
  app.add_option("--smoothing", smoothing,
                 "takes the jitter out of the driver's points: 0 (default, off) to below 1; 0.5 "
                 "halves it, 0.8 leaves a fifth; fast motion stays");
  app.add_flag("--match-colour", match_colour,
               "give every result the source's mean and spread of red, green and blue");
}

reenact::MotionOptions ReenactMotion::options() const {
  reenact::MotionOptions all = strengths;
  if (motion == "relative")
    all.motion = reenact::Motion::relative;
  else if (motion != "absolute")
    throw UsageError("--motion", "must be absolute or relative, got \"" + motion + "\"");
  return all;
}

void ReenactMotion::check(bool points_from_files) const {
  const reenact::MotionOptions all = options();
  reenact::require_strengths(all);
  const reenact::PointSmoother smoother(smoothing);
  if (points_from_files && !reenact::full_strength(all))
    throw UsageError("reenact",
                     "--pose, --expression, --gaze and --camera must be 1 with --landmarks, got "
                     "another: points do not tell them apart");
  if (!reference_frame) return;
  if (!relative())
    throw UsageError("--reference-frame",
                     "must come with --motion relative, got absolute motion, which has none");
  if (*reference_frame < 0)
    throw UsageError("--reference-frame",
                     fmt::format("must be 0 or above, got {}", *reference_frame));
}

void ReenactMotion::check_driver(std::int64_t frames) const {
  if (frames != 1) return;
  if (relative())
    throw UsageError(
        "--motion", "must be absolute for a driver of one picture, got relative: it does not move");
  if (smoothing > 0)
    throw UsageError("--smoothing",
                     fmt::format("must be 0 for a driver of one picture, got {}", smoothing));
}

void ReenactMotion::describe(Manifest& manifest) const {
  if (relative()) {
    manifest.set("motion", motion);
    manifest.set("reference_frame", reference());
  }
  for (const auto& [key, strength] :
       {std::pair{"strength_pose", strengths.pose},
        std::pair{"strength_expression", strengths.expression},
        std::pair{"strength_gaze", strengths.gaze}, std::pair{"strength_camera", strengths.camera}})
    if (strength != 1) manifest.set(key, fmt::format("{}", strength));
  if (smoothing > 0) manifest.set("smoothing", fmt::format("{}", smoothing));
  if (match_colour) manifest.set("match_colour", std::string("yes"));
}

}  // namespace dact::cli
