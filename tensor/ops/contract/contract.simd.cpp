// The microkernel: P pixels x V vectors of channels in registers, terms broadcast, weights
// streamed. Widest tiles: 12 x 2 of 16 lanes (24 of 32 registers; 13 and 14 pixels make GCC 12
// spill and cost 15 %), 6 x 2 of 8 lanes (12 of 16), 3 x 2 plain.
#include <cstddef>

#include "tensor/ops/contract/contract.kernels.hpp"
#include "tensor/simd.hpp"

namespace dact::DACT_ISA {
namespace {

constexpr int kVectors = 2;
constexpr int kPixels = kVec == 16 ? 12 : kVec == 8 ? 6 : 3;
// Weights are fetched this far ahead of their use (PERFORMANCE.md 4.5); blocks stream from L2, L3
// or memory.
constexpr int kAhead = 1024;

template <int P, int V>
struct Acc {
  vec at[std::size_t{P}][std::size_t{V}];
};

/// acc[p][v] = fma(term p of position i, weights v of position i, acc[p][v]) for i ascending;
/// Rounded: acc + (term * weight), two roundings.
template <int P, int V, bool Rounded = false>
DACT_INLINE void chain(Acc<P, V>& acc, const float* a, std::int64_t pixel_step,
                       std::int64_t term_step, std::int64_t length, const float* w) {
  for (std::int64_t i = 0; i < length; ++i, a += term_step, w += V * kVec) {
    vec weight[std::size_t{V}];
    for (int v = 0; v < V; ++v) {
      __builtin_prefetch(w + kAhead + v * kVec);
      weight[v] = vload(w + v * kVec);
    }
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p) {
      const vec term = vset(a[p * pixel_step]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v)
        acc.at[p][v] = Rounded ? vadd(acc.at[p][v], vmul(term, weight[v]))
                               : vfma(term, weight[v], acc.at[p][v]);
    }
  }
}

/// Calls f(p, v) for the whole tile, unrolled, so that acc stays in registers.
template <int P, int V, class F>
DACT_INLINE void each(F f) {
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) f(p, v);
}

template <int P, int V>
void tile(const Tiles& t, std::int64_t first) {
  Acc<P, V> acc;
  float* out = t.out + first * t.out_step;
  // lanes stored: all of the first V - 1 vectors, `tail` of the last
  const int tail = static_cast<int>(t.channels - (V - 1) * kVec);
  const auto lanes = [&](int v) { return v == V - 1 ? tail : kVec; };
  if (t.resume)
    each<P, V>(
        [&](int p, int v) { acc.at[p][v] = vload_n(out + p * t.out_step + v * kVec, lanes(v)); });
  else
    each<P, V>([&](int p, int v) { acc.at[p][v] = vzero(); });
  for (std::int64_t r = 0; r < t.run_count; ++r) {
    const Run& run = t.runs[r];
    chain(acc, run.at + first * run.pixel_step, run.pixel_step, 1, run.length, run.w);
  }
  if (t.bias) {
    vec bias[std::size_t{V}];
    for (int v = 0; v < V; ++v) bias[v] = vload_n(t.bias + v * kVec, lanes(v));
    each<P, V>([&](int p, int v) { acc.at[p][v] = vadd(acc.at[p][v], bias[v]); });
  }
  if (tail == kVec)
    each<P, V>([&](int p, int v) { vstore(out + p * t.out_step + v * kVec, acc.at[p][v]); });
  else
    each<P, V>(
        [&](int p, int v) { vstore_n(out + p * t.out_step + v * kVec, acc.at[p][v], lanes(v)); });
}

template <int P, int V>
void outer(const OuterTile& t) {
  Acc<P, V> acc;
  if (t.mode.rounded) {
    each<P, V>([&](int p, int v) { acc.at[p][v] = vload(t.total + p * t.step + v * kVec); });
    for (std::int64_t r = 0; r < t.run_count; ++r)
      chain<P, V, true>(acc, t.runs[r].at, 1, t.runs[r].step, t.runs[r].length, t.runs[r].g);
    each<P, V>([&](int p, int v) { vstore(t.total + p * t.step + v * kVec, acc.at[p][v]); });
    return;
  }
  each<P, V>([&](int p, int v) { acc.at[p][v] = vzero(); });
  for (std::int64_t r = 0; r < t.run_count; ++r)
    chain(acc, t.runs[r].at, 1, t.runs[r].step, t.runs[r].length, t.runs[r].g);
  each<P, V>([&](int p, int v) {
    const std::int64_t at = p * t.step + v * kVec;
    vec y = acc.at[p][v];
    if (!t.mode.first) y = vadd(vload(t.partial + at), y);
    if (t.mode.last)
      vstore(t.total + at, vadd(t.mode.fresh ? vzero() : vload(t.total + at), y));
    else
      vstore(t.partial + at, y);
  });
}

/// The instances for 1 .. kPixels: table<V>.tiles[p - 1] is tile<p, V>.
template <int V>
struct Table {
  void (*tiles[std::size_t{kPixels}])(const Tiles&, std::int64_t);
  void (*outers[std::size_t{kPixels}])(const OuterTile&);
};
template <int V, int P = kPixels>
constexpr void fill(Table<V>& table) {
  table.tiles[P - 1] = tile<P, V>;
  table.outers[P - 1] = outer<P, V>;
  if constexpr (P > 1) fill<V, P - 1>(table);
}
template <int V>
constexpr Table<V> make_table() {
  Table<V> table{};
  fill(table);
  return table;
}
constexpr Table<1> kNarrow = make_table<1>();
constexpr Table<kVectors> kFull = make_table<kVectors>();

}  // namespace

std::int64_t contract_lanes() { return kVectors * kVec; }
std::int64_t contract_half_lanes() { return kVec; }
std::int64_t contract_pixels() { return kPixels; }

void contract_tiles(const Tiles& t) {
  if (t.pixels <= 0) return;
  // ceil(pixels / kPixels) nearly equal tiles
  const std::int64_t count = (t.pixels + kPixels - 1) / kPixels;
  const std::int64_t small = t.pixels / count, wide = t.pixels - small * count;
  const auto* table = t.channels <= kVec ? kNarrow.tiles : kFull.tiles;
  std::int64_t first = 0;
  constexpr std::int64_t kLine = 16;  // floats in a line of the cache
  const std::int64_t step = (t.ahead_floats / count + kLine - 1) / kLine * kLine;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t end = (k + 1) * step < t.ahead_floats ? (k + 1) * step : t.ahead_floats;
    for (std::int64_t i = k * step; i < end; i += kLine) __builtin_prefetch(t.ahead + i, 0, 2);
    const std::int64_t pixels = small + (k < wide ? 1 : 0);
    table[pixels - 1](t, first);
    first += pixels;
  }
}

void contract_outer(const OuterTile& t, std::int64_t lanes) {
  (lanes <= kVec ? kNarrow.outers : kFull.outers)[t.terms - 1](t);
}

void contract_sum_rows(const float* rows, std::int64_t count, std::int64_t step,
                       std::int64_t channels, float* out) {
  constexpr int kWide = 8;  // vectors side by side: enough to hide the latency of an addition
  for (std::int64_t c = 0; c < channels; c += kWide * kVec) {
    vec acc[kWide];
    int lanes[kWide];
    for (int v = 0; v < kWide; ++v) {
      const std::int64_t left = channels - c - v * kVec;
      lanes[v] = static_cast<int>(left < 0 ? 0 : left < kVec ? left : kVec);
      acc[v] = vzero();
    }
    const float* row = rows + c;
    if (lanes[kWide - 1] == kVec) {
      for (std::int64_t r = 0; r < count; ++r, row += step)
#pragma GCC unroll 8
        for (int v = 0; v < kWide; ++v) acc[v] = vadd(acc[v], vload(row + v * kVec));
    } else {
      for (std::int64_t r = 0; r < count; ++r, row += step)
        for (int v = 0; v < kWide && lanes[v] > 0; ++v)
          acc[v] = vadd(acc[v], vload_n(row + v * kVec, lanes[v]));
    }
    for (int v = 0; v < kWide; ++v)
      if (lanes[v] > 0) vstore_n(out + c + v * kVec, acc[v], lanes[v]);
  }
}

}  // namespace dact::DACT_ISA
