// Where the elements of strided operands lie, for kernels: a LoopPlan without its host code.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensor/inline.hpp"

namespace dact::cuda {

/// Element i of an iteration, in the order of operand 0's memory, lies at offset at(k, i) of operand k < K.
template <std::size_t K>
struct Walk {
  static constexpr int kMost = 8;
  int rank = 0;
  bool small = true;  // fewer than 2^31 elements: divisions of 32 bits, several times faster
  bool flat[K] = {};  // operand k lies exactly in the order of the iteration
  std::int64_t size[kMost] = {};
  std::int64_t stride[K][kMost] = {};

  DACT_INLINE std::int64_t at(int k, std::int64_t i) const {
    if (flat[k]) return i;
    return small ? offset(k, static_cast<std::uint32_t>(i))
                 : offset(k, static_cast<std::uint64_t>(i));
  }

 private:
  template <class Index>
  DACT_INLINE std::int64_t offset(int k, Index i) const {
    std::int64_t at = 0;
    for (int a = rank - 1; a >= 0; --a) {
      const Index n = static_cast<Index>(size[a]), rest = i / n;
      at += static_cast<std::int64_t>(i - rest * n) * stride[k][a];
      i = rest;
    }
    return at;
  }
};

/// Quotient and remainder, with 32 bits where both fit.
struct Split {
  std::int64_t quotient, rest;
};
DACT_INLINE Split split(std::int64_t i, std::int64_t n) {
  if (((i | n) >> 32) == 0) {
    const std::uint32_t a = static_cast<std::uint32_t>(i), b = static_cast<std::uint32_t>(n);
    const std::uint32_t q = a / b;
    return {q, a - q * b};
  }
  const std::int64_t q = i / n;
  return {q, i - q * n};
}

}  // namespace dact::cuda
