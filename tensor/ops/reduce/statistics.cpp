#include "tensor/ops/reduce/statistics.hpp"

#include "tensor/isa.hpp"
#include "tensor/layout.hpp"
#include "tensor/ops/reduce/blocks.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/ops/reduce/moments.kernels.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"

namespace dact {
namespace {

template <class T>
void moments_of_rows(const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
                     T* mean, T* m2, std::int64_t rows) {
  if constexpr (std::is_same_v<T, float>) {
    if (stride == 1) return DACT_PICK(moments_rows_f32)(x, row_stride, n, mean, m2, rows);
    if (row_stride == 1) return DACT_PICK(moments_columns_f32)(x, stride, n, mean, m2, rows);
  }
  moments_plain<T>(x, row_stride, stride, n, mean, m2, rows);
}

// Elements `at` .. `at` + n - 1 of every result: x [.., n] -> mean, m2 [..], row-major.
template <class T>
void part_statistics(const Tensor& x, std::int64_t at, std::int64_t n, T* mean, T* m2) {
  const int last = x.rank() - 1;
  const std::int64_t stride = n > 1 ? x.strides()[last] : 1;
  const T* from = x.data<T>() + at * x.strides()[last];
  const Shape kept = x.shape().without(last);
  for_each_block(kept, x.strides().without(last), row_major(kept), n, [&](const ResultBlock& b) {
    for (std::int64_t r = 0; r < b.rows;) {
      constexpr std::int64_t kPiece = 256;
      T m[kPiece], s[kPiece];
      const std::int64_t rows = std::min(kPiece, b.rows - r);
      moments_of_rows<T>(from + b.x + r * b.x_step, b.x_step, stride, n, m, s, rows);
      for (std::int64_t i = 0; i < rows; ++i, ++r) {
        mean[b.y + r * b.y_step] = m[i];
        m2[b.y + r * b.y_step] = s[i];
      }
    }
  });
}

template <class T>
Statistics merged(const Reduction& r, const Tensor& mean, const Tensor& m2) {
  Statistics all{empty(r.kept, mean.dtype(), mean.device()),
                 empty(r.kept, mean.dtype(), mean.device())};
  const std::int64_t chunks = mean.shape()[0], results = all.mean.numel();
  const T *m = mean.data<T>(), *s = m2.data<T>();
  T *to_mean = all.mean.mutate<T>(), *to_m2 = all.m2.mutate<T>();
  parallel_ranges(results, 4096 / chunks + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Moments<T> total;
      for (std::int64_t k = 0; k < chunks; ++k)
        total.merge({m[k * results + i], s[k * results + i], std::min(r.n - k * kChunk, kChunk)});
      to_mean[i] = total.mean;
      to_m2[i] = total.m2;
    }
  });
  return all;
}

}  // namespace

Statistics statistics_of(const Reduction& r) {
  if (on_device(r.x)) return statistics_on_device(r);
  const std::int64_t results = numel_of(r.kept), chunks = (r.n + kChunk - 1) / kChunk;
  // results that one thread takes at a time: neighbours go together when they lie side by side
  const std::int64_t units = r.x.strides().back() == 1 ? results : results / 128;
  return dispatch_float("statistics", r.x, [&]<class T>() {
    if (chunks == 1 || units >= 4 * thread_count()) {
      Statistics all{empty(r.kept, r.x.dtype()), empty(r.kept, r.x.dtype())};
      part_statistics<T>(r.x, 0, r.n, all.mean.mutate<T>(), all.m2.mutate<T>());
      return all;
    }
    // few results: threads share the chunks; chunks outermost, so that merging walks neighbours
    Tensor mean = empty({chunks, results}, r.x.dtype()), m2 = empty({chunks, results}, r.x.dtype());
    T *to_mean = mean.mutate<T>(), *to_m2 = m2.mutate<T>();
    const auto chunk = [&](std::int64_t k) {
      part_statistics<T>(r.x, k * kChunk, std::min(r.n - k * kChunk, kChunk), to_mean + k * results,
                         to_m2 + k * results);
    };
    if (chunks >= 2 * thread_count())
      parallel_for(chunks, chunk);
    else
      for (std::int64_t k = 0; k < chunks; ++k) chunk(k);
    return merged<T>(r, mean, m2);
  });
}

}  // namespace dact
