#include "reenact/train/artefact.hpp"

#include <fmt/format.h>

#include <cmath>

#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::train {

std::string digest_of(const nn::StateDict& tensors) {
  std::string lines;
  for (const auto& [key, tensor] : tensors) lines += key + "\t" + dact::digest_of(tensor) + "\n";
  return sha256(lines);
}

nn::StateDict half_precision(const nn::StateDict& weights) {
  constexpr float kLargestHalf = 65504;
  nn::StateDict half;
  for (const auto& [key, tensor] : weights) {
    if (tensor.dtype() == DType::f32)
      for (const float v : tensor.to_vector<float>())
        if (!(std::fabs(v) <= kLargestHalf))
          throw NumericError(
              key, fmt::format("a weight must lie within +-65504 to be kept as f16, got {}", v));
    half[key] = tensor.dtype() == DType::f32 ? tensor.to(DType::f16) : tensor;
  }
  return half;
}

std::string model_card(const CardFacts& f) {
  std::string text = fmt::format("# {}\n\n", f.name);
  text += fmt::format(
      "{} parameters, {} bytes in half precision.\n\n"
      "- digest of the tensors: `{}`\n- data: {}\n- seed: {}\n- pictures seen: {}\n",
      f.parameters, f.bytes, f.digest, f.data, f.seed, f.pictures);
  for (const auto& [phase, steps] : f.steps) text += fmt::format("- steps, {}: {}\n", phase, steps);
  text += fmt::format("- time: {:.1f} minutes on {}\n- program: {}\n", f.seconds / 60, f.device,
                      f.version);
  if (f.by_clock)
    text +=
        "\nThe run was limited by time, so its number of steps depended on the machine. With the "
        "numbers of steps above, as the last command gives them, it is the same run bit for bit on "
        "any machine.\n";
  text += "\n## Commands\n\n```\n";
  for (const std::string& command : f.commands) text += command + "\n";
  text += fmt::format("```\n\n## Configuration\n\n```json\n{}\n```\n\n## Metrics\n\n", f.config);
  text += "On held-out data, with the weights that are shipped.\n\n| metric | value |\n|---|---|\n";
  for (const auto& [name, value] : f.metrics) text += fmt::format("| {} | {:.4g} |\n", name, value);
  if (!f.curves.empty()) text += fmt::format("\n![curves of the run]({})\n", f.curves);
  return text;
}

}  // namespace dact::train
