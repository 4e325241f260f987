// Inside the room: the per-channel constants that forward and derivative share.
#pragma once
#include <vector>

#include "tensor/isa.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/group_norm/group_norm.hpp"
#include "tensor/ops/norm/channels.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/ops/reduce/moments.kernels.hpp"

namespace dact::group_norm_room {

void check(const Tensor& x, std::int64_t groups, const GroupNormOperands& o, double eps);
GroupNormOperands operands_of(std::span<const Tensor> in);
Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<Sample> silu_samples();
std::vector<BadSample> bad_samples();
std::vector<BadSample> silu_bad_samples();

/// Calls fn(n, first pixel, count) over bands of whole pixels of every sample, in parallel, the last band first: its
/// pixels are what the pass for the statistics has just left in the cache.
template <class F>
void for_pixel_bands(const norm::Pixels& in, F&& fn) {
  constexpr std::int64_t kElements = 1 << 15;  // a band of 128 KiB
  const std::int64_t band = std::max<std::int64_t>(1, kElements / in.channels);
  const std::int64_t bands = (in.pixels + band - 1) / band;
  parallel_for(in.batch * bands, [&](std::int64_t piece) {
    const std::int64_t from = (bands - 1 - piece % bands) * band;
    fn(in.batch - 1 - piece / bands, from, std::min(band, in.pixels - from));
  });
}

/// Per [n, c]: mean of its group, rstd of its group, A and D of the fused form. Without conditions and affine A = rstd,
/// D = 0: absent operands have no part in the products.
template <class T>
struct Folded {
  std::vector<T> mean, rstd, a, d;
};

/// An operand's value at (n, c): [C] operands repeat over n.
template <class T>
struct Operand {
  const T* p;
  std::int64_t step;
  explicit Operand(const Tensor& t, Tensor& keep) : p(nullptr), step(0) {
    if (!t.defined()) return;
    keep = t.contiguous();
    p = keep.data<T>();
    step = t.rank() == 2 ? t.shape()[1] : 0;
  }
  explicit operator bool() const { return p != nullptr; }
  T at(std::int64_t n, std::int64_t c) const { return p[n * step + c]; }
};

template <class T>
struct Operands {
  Tensor keep[5];
  Operand<T> w, b, st, shift, sz;
  explicit Operands(const GroupNormOperands& o)
      : w(o.weight, keep[0]),
        b(o.bias, keep[1]),
        st(o.scale_t, keep[2]),
        shift(o.shift_t, keep[3]),
        sz(o.scale_z, keep[4]) {}
};

/// Mean and M2 per (sample, channel): chunks of 1024 pixels, one piece of work each, merged in ascending order.
template <class T>
void channel_moments(const norm::Pixels& in, std::vector<Moments<T>>& out) {
  const std::int64_t c = in.channels, chunks = (in.pixels + kChunk - 1) / kChunk;
  std::vector<T> parts(static_cast<std::size_t>(2 * in.batch * chunks * c));
  T *means = parts.data(), *m2s = means + in.batch * chunks * c;
  const T* x = in.x.data<T>();
  parallel_for(in.batch * chunks, [&](std::int64_t piece) {
    const std::int64_t from = piece % chunks * kChunk, count = std::min(kChunk, in.pixels - from);
    const T* at = x + (piece / chunks * in.pixels + from) * c;
    if constexpr (std::is_same_v<T, float>)
      DACT_PICK(moments_columns_f32)(at, c, count, means + piece * c, m2s + piece * c, c);
    else
      moments_plain<T>(at, 1, c, count, means + piece * c, m2s + piece * c, c);
  });
  out.assign(static_cast<std::size_t>(in.batch * c), {});
  for (std::int64_t n = 0; n < in.batch; ++n)
    for (std::int64_t k = 0; k < chunks; ++k)
      for (std::int64_t i = 0; i < c; ++i) {
        const std::int64_t piece = (n * chunks + k) * c + i;
        out[static_cast<std::size_t>(n * c + i)].merge(
            {means[piece], m2s[piece], std::min(kChunk, in.pixels - k * kChunk)});
      }
}

template <class T>
Folded<T> fold(const norm::Pixels& in, std::int64_t groups, const GroupNormOperands& operands,
               double eps) {
  std::vector<Moments<T>> moments;
  channel_moments(in, moments);
  const Operands<T> o(operands);
  const std::int64_t c = in.channels, each = c / groups;
  const auto size = static_cast<std::size_t>(in.batch * c);
  Folded<T> f{std::vector<T>(size), std::vector<T>(size), std::vector<T>(size),
              std::vector<T>(size)};
  for (std::int64_t n = 0; n < in.batch; ++n)
    for (std::int64_t g = 0; g < groups; ++g) {
      Moments<T> all;
      for (std::int64_t i = g * each; i < (g + 1) * each; ++i)
        all.merge(moments[static_cast<std::size_t>(n * c + i)]);
      const T rstd = T(1) / math::sqrt(all.m2 / static_cast<T>(all.n) + static_cast<T>(eps));
      for (std::int64_t i = g * each; i < (g + 1) * each; ++i) {
        const auto at = static_cast<std::size_t>(n * c + i);
        T a = o.w ? rstd * o.w.at(n, i) : rstd;
        if (o.st) a = a * (T(1) + o.st.at(n, i));
        if (o.sz) a = a * (T(1) + o.sz.at(n, i));
        T d = o.b ? o.b.at(n, i) : T(0);
        if (o.st) d = d * (T(1) + o.st.at(n, i));
        if (o.shift) d = d + o.shift.at(n, i);
        if (o.sz) d = d * (T(1) + o.sz.at(n, i));
        f.mean[at] = all.mean;
        f.rstd[at] = rstd;
        f.a[at] = a;
        f.d[at] = d;
      }
    }
  return f;
}

}  // namespace dact::group_norm_room
