// Body shared by the f32 copies (resample.simd.cpp) and the f64 oracle (resample.cpu.cpp).
#pragma once
#include <cstddef>

#include "tensor/ops/image/pack.hpp"
#include "tensor/ops/image/resample.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

// `wide` chains side by side: elements i, i + width of V, ...
template <class V, std::size_t wide, class T>
DACT_INLINE void blend(const T* x, std::int64_t stride, std::int64_t taps, const float* weight,
                       T* y) {
  constexpr std::size_t step = sizeof(V) / sizeof(T);
  V acc[wide];
  for (std::size_t k = 0; k < wide; ++k) acc[k] = V{};
  for (std::int64_t t = 0; t < taps; ++t, x += stride) {
    const V w = splat<V>(static_cast<T>(weight[t]));
    for (std::size_t k = 0; k < wide; ++k) acc[k] = fma(w, load<V>(x + k * step), acc[k]);
  }
  for (std::size_t k = 0; k < wide; ++k) store(y + k * step, acc[k]);
}

template <class T>
void blend_rows_of(const T* x, std::int64_t stride, std::int64_t taps, const float* weight, T* y,
                   std::int64_t n) {
  std::int64_t i = 0;
  if constexpr (kIsFloat<T>)
    for (; i + 4 * kPack <= n; i += 4 * kPack) blend<Pack, 4>(x + i, stride, taps, weight, y + i);
  over_channels<T>(n - i, [&]<class V>(std::int64_t c) {
    blend<V, 1>(x + i + c, stride, taps, weight, y + i + c);
  });
}

// Few channels: all of a pixel's chains run side by side.
template <std::size_t channels, class T>
void blend_narrow(const T* x, const std::int64_t* begin, const std::int64_t* first,
                  const float* weight, std::int64_t outputs, T* y) {
  constexpr auto stride = static_cast<std::int64_t>(channels);
  for (std::int64_t o = 0; o < outputs; ++o, y += channels)
    blend<T, channels>(x + begin[o] * stride, stride, first[o + 1] - first[o], weight + first[o],
                       y);
}

template <class T>
void blend_columns_of(const T* x, std::int64_t channels, const std::int64_t* begin,
                      const std::int64_t* first, const float* weight, std::int64_t outputs, T* y) {
  switch (channels) {
    case 1:
      return blend_narrow<1>(x, begin, first, weight, outputs, y);
    case 2:
      return blend_narrow<2>(x, begin, first, weight, outputs, y);
    case 3:
      return blend_narrow<3>(x, begin, first, weight, outputs, y);
    case 4:
      return blend_narrow<4>(x, begin, first, weight, outputs, y);
    default:
      break;
  }
  for (std::int64_t o = 0; o < outputs; ++o, y += channels)
    blend_rows_of(x + begin[o] * channels, channels, first[o + 1] - first[o], weight + first[o], y,
                  channels);
}

}  // namespace
}  // namespace dact::DACT_ISA
