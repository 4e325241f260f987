// A run of `reenact`, from the first file to the last.
#pragma once
#include <cstdint>
#include <string>

#include "io/frames.hpp"
#include "reenact/cli/reenact_motion.hpp"
#include "reenact/cli/reenact_weights.hpp"
#include "reenact/pipeline/reenactor.hpp"

namespace dact::cli {

struct ReenactOptions {
  ReenactWeightsOptions weights;
  ReenactMotion motion;
  std::string source, driving, out, landmarks, source_landmarks, report, strip, on_missing = "fail",
                                                                                fps;
  reenact::ReenactorOptions sampling;
  std::int64_t batch = 0;
  bool side_by_side = false, force = false, no_manifest = false;
};

/// Throws UsageError for what cannot be, before anything is read.
void check_reenact_options(const ReenactOptions& options);

/// The exit code; what is done when it ends early is kept. throws  as Clip, FrameReader, FrameWriter
int run_reenact(Context& context, const ReenactOptions& options);

}  // namespace dact::cli
