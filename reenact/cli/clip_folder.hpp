// A folder of clips, as `synth` writes it, as a source of training pictures.
#pragma once
#include <memory>
#include <string>

#include "reenact/train/batch.hpp"

namespace dact::cli {

/// manifest.json, and in clips/ a folder per clip with numbered PNGs, frames.jsonl and truth.safetensors. Pictures are
/// read when first drawn from. Equal, bit for bit, to train::WorldSource with the plan in the manifest.
/// seed: which frames a step takes.
/// throws  IoError naming file, line and field; now for the manifest and the list of clips, later for a clip
std::unique_ptr<train::DataSource> open_clip_folder(const std::string& folder, std::uint64_t seed);

}  // namespace dact::cli
