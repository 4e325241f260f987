// Golden files and how far a result is from them.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "io/safetensors.hpp"
#include "tensor/tensor.hpp"

namespace dact::test {

inline std::string golden_path(const std::string& name) {
  return std::string(DACT_GOLDEN_DIR) + "/" + name;
}

/// Largest absolute difference; infinity for a NaN or another shape.
inline double max_difference(const Tensor& got, const Tensor& want) {
  if (!(got.shape() == want.shape())) return HUGE_VAL;
  const auto a = got.to(DType::f64).to_vector<double>(),
             b = want.to(DType::f64).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::fabs(a[i] - b[i]);
    worst = d <= worst ? worst : (std::isnan(d) ? HUGE_VAL : d);
  }
  return worst;
}

inline double max_abs(const Tensor& x) {
  double worst = 0;
  for (const double v : x.to(DType::f64).to_vector<double>())
    worst = std::fmax(worst, std::fabs(v));
  return worst;
}

/// One line of a key list: key, dtype, shape.
struct KeyLine {
  std::string key, dtype, shape;
};
inline std::vector<KeyLine> read_keys(const std::string& name) {
  std::ifstream in(golden_path("keys/" + name));
  std::vector<KeyLine> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    KeyLine k;
    std::getline(fields, k.key, '\t');
    std::getline(fields, k.dtype, '\t');
    std::getline(fields, k.shape, '\t');
    lines.push_back(k);
  }
  return lines;
}

/// "32,3,3,3", as the key lists write shapes.
inline std::string shape_text(const Shape& shape) {
  std::string s;
  for (const std::int64_t size : shape) s += (s.empty() ? "" : ",") + std::to_string(size);
  return s;
}

}  // namespace dact::test

/// Compares with a tolerance and shows both names and the difference when it fails.
#define CHECK_CLOSE(got, want, tolerance)                                                \
  do {                                                                                   \
    const double dact_difference = ::dact::test::max_difference(got, want);              \
    CHECK_MESSAGE(dact_difference <= (tolerance), #got, " differs by ", dact_difference, \
                  " from " #want);                                                       \
  } while (false)
