// Body shared by the f32 copies (max_pool2d.simd.cpp) and the f64 oracle (max_pool2d.cpu.cpp).
#pragma once
#include "tensor/ops/image/pack.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

using max_pool2d_room::MaxRow;
using max_pool2d_room::WonRow;

// The integers whose order is that of NUMERICS.md 8: numbers by size, -0 below +0, NaN above all
// and all NaNs equal. Negative numbers have their other bits flipped.
template <class V>
struct Ordered;
template <>
struct Ordered<float> {
  using Key = std::int32_t;
  using Lane = std::int32_t;
  static constexpr Lane kRest = 0x7fffffff, kInfinity = 0x7f800000, kSignShift = 31;
};
template <>
struct Ordered<Pack> : Ordered<float> {
  using Key = PackBits;
};
template <>
struct Ordered<double> {
  using Key = std::int64_t;
  using Lane = std::int64_t;
  static constexpr Lane kRest = 0x7fffffffffffffff, kInfinity = 0x7ff0000000000000, kSignShift = 63;
};

template <class V>
DACT_INLINE typename Ordered<V>::Key key_of(V v) {
  using O = Ordered<V>;
  const auto bits = __builtin_bit_cast(typename O::Key, v);
  const auto key = bits ^ ((bits >> O::kSignShift) & O::kRest);
  return (bits & O::kRest) > O::kInfinity ? (key | O::kRest) & O::kRest : key;
}
template <class V>
DACT_INLINE V value_of(typename Ordered<V>::Key key) {
  using O = Ordered<V>;
  return __builtin_bit_cast(V, key ^ ((key >> O::kSignShift) & O::kRest));
}

// o: columns of y, c: channels; r, w: cells of the window, row-major, so that the first winner
// stays
template <class T>
void max_row_of(const MaxRow& s, const T* x, T* y, std::int64_t* winner) {
  for (std::int64_t o = 0; o < s.outputs; ++o, y += s.channels, winner += s.channels) {
    over_channels<T>(s.channels, [&]<class V>(std::int64_t c) {
      using O = Ordered<V>;
      using Key = typename O::Key;
      Key best = Key{} + (-O::kRest - 1), at{};  // below every number
      for (std::int64_t r = 0; r < s.rows; ++r)
        for (std::int64_t w = s.begin[o]; w < s.end[o]; ++w) {
          const Key key = key_of(load<V>(x + (r * s.width + w) * s.channels + c));
          const auto place = static_cast<typename O::Lane>((s.first_row + r) * s.width + w);
          at = key > best ? Key{} + place : at;
          best = key > best ? key : best;
        }
      store(y + c, value_of<V>(best));
      if constexpr (kIsPack<V>)
        for (int j = 0; j < kPack; ++j) winner[c + j] = at[j];
      else
        winner[c] = at;
    });
  }
}

// w: columns of dx, c: channels; rows and columns of g ascending
template <class T>
void won_row_of(const WonRow& s, const T* g, const std::int64_t* winner, T* dx) {
  for (std::int64_t i = 0; i < s.inputs * s.channels; ++i) dx[i] = T(0);
  for (std::int64_t w = 0; w < s.inputs; ++w, dx += s.channels) {
    const std::int64_t place = s.row * s.inputs + w;
    for (std::int64_t r = 0; r < s.rows; ++r)
      for (std::int64_t o = s.begin[w]; o < s.end[w]; ++o) {
        const std::int64_t at = (r * s.outputs + o) * s.channels;
        for (std::int64_t c = 0; c < s.channels; ++c)
          dx[c] = dx[c] + (winner[at + c] == place ? g[at + c] : T(0));
      }
  }
}

}  // namespace
}  // namespace dact::DACT_ISA
