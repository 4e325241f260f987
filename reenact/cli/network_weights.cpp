#include <fmt/format.h>

#include "io/safetensors.hpp"
#include "reenact/cli/networks.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

// Row-major index of the first element that is not finite, or -1. x: f32.
std::int64_t first_not_finite(const Tensor& x) {
  const float* p = x.data<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    if (!(p[i] - p[i] == 0.0f)) return i;
  return -1;
}

void require_finite(const std::string& path, const std::string& name, const Tensor& x) {
  if (x.dtype() == DType::i64 || x.dtype() == DType::i32 || x.dtype() == DType::u8) return;
  const std::int64_t at = first_not_finite(x.to(DType::f32).contiguous());
  if (at >= 0)
    throw NumericError(
        path,
        fmt::format("weights must be finite, got a NaN or infinity in tensor {} {} at element {}",
                    name, x.str(), at));
}

}  // namespace

void load_weights(Network& network, const std::string& path) {
  const SafetensorsReader reader(path);
  nn::StateDict tensors;
  for (const std::string& name : reader.names()) {
    if (!network.owns(name)) continue;
    tensors[name] = reader.read(name);
    require_finite(path, name, tensors.at(name));
  }
  try {
    nn::load_state_dict(network.module(), tensors);
  } catch (const WeightsError& e) {
    throw WeightsError(path, e.what());
  }
}

}  // namespace dact::cli
