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

}  // namespace dact::diffusion
