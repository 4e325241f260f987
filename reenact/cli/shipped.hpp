// The weights that come with the program.
#pragma once
#include <string>

namespace dact::cli {

inline constexpr char kShippedModel[] = "heads64";

/// Folder of the shipped weights: $DACT_WEIGHTS where it is set, else the first that there is of
/// share/diffusionact/weights beside the program's bin (installed) and reenact/weights (build/PRESET of a source tree).
/// throws  WeightsError naming the folders that were searched
std::string shipped_weights();

}  // namespace dact::cli
