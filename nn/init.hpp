// Initial weights: the framework's default, as DiffAE is trained from.
#pragma once
#include "nn/module.hpp"

namespace dact::nn {

/// Per parameter, by its key: weights of rank >= 2 and the biases beside them uniform in [-b, b), b = 1 / sqrt(fan_in);
/// weights of rank 1 (norms) one, other vectors zero. Drawn with use = key, so a parameter's numbers do not depend on
/// the module around it. source: PyTorch's defaults for linear and convolution (He et al. 2015 with a = sqrt(5))
void init_default(Module& m, std::uint64_t seed);

/// Sets the parameters whose keys end in one of `suffixes` to zero ("out_layers.3", "proj_out", "out.2").
void init_zero(Module& m, const std::vector<std::string>& suffixes);

}  // namespace dact::nn
