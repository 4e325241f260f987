// What the image operators share: argument checks with one wording, and the choice of the kernel's
// copy.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "tensor/isa.hpp"
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Longest side of an image: coordinates are float, and up to here every integer is one.
inline constexpr std::int64_t kMaxSide = std::int64_t{1} << 24;

/// x of rank 4, [B, C, H, W] with H, W in [1, kMaxSide]. ShapeError.
void require_image_shape(std::string_view where, const Tensor& x);
/// The same, and f32|f64. ShapeError, DtypeError.
void require_images(std::string_view where, const Tensor& x);
/// Both in [1, kMaxSide]. ShapeError that shows x.
void require_size(std::string_view where, const Tensor& x, Pair size);
/// "[2, 3]"
std::string text_of(Pair p);
/// Two integers. UsageError.
Pair pair_of(std::string_view where, std::string_view name, const Attrs& attrs);
Attr attr_of(std::string_view name, Pair pair);

/// flops per output element, one read of the input and one write of the output.
template <int flops>
Cost image_cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto read = static_cast<double>(in[0].numel()),
             written = static_cast<double>(out[0].numel());
  return {flops * written, static_cast<double>(size_of(in[0].dtype())) * (read + written)};
}

}  // namespace dact

// DACT_KERNEL(T, mean_row): for T = float the running instruction set's copy, for double the
// oracle's.
#define DACT_KERNEL(T, kernel)                \
  [] {                                        \
    if constexpr (::std::is_same_v<T, float>) \
      return DACT_PICK(kernel);               \
    else                                      \
      return &::dact::f64_oracle::kernel;     \
  }()
