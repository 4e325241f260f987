#include "diffusion/config.hpp"

#include <string>

#include "tensor/error.hpp"

namespace dact::diffusion {

const DiffAEConfig& diffae_config(std::string_view name) {
  std::string known;
  for (const DiffAEConfig& c : kDiffAEConfigs) {
    if (c.name == name) return c;
    known += (known.empty() ? "" : ", ") + std::string(c.name);
  }
  throw UsageError("diffae",
                   "configuration must be one of " + known + ", got " + std::string(name));
}

Respaced sampling_steps(const DiffAEConfig& config, std::int64_t n) {
  return respace(linear_schedule(), n, config.spacing);
}

}  // namespace dact::diffusion
