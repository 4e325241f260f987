// The reference's morphable model: arrays as stored, and those that its file gives by formula.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "io/safetensors.hpp"
#include "nn/module.hpp"
#include "tests/support/golden.hpp"

namespace dact::test {

inline const std::map<std::string, Tensor>& flame_golden() {
  static const auto tensors = read_safetensors(golden_path("flame.safetensors")).tensors;
  return tensors;
}

/// f32 of 0.004 uniform(name).
inline Tensor flame_formula(const std::string& name, const Shape& shape) {
  std::vector<double> values = nn::fill_uniform_values(name, numel_of(shape, "test"));
  for (double& v : values) v *= 0.004;
  return from_vector(values, shape).to(DType::f32);
}

}  // namespace dact::test
