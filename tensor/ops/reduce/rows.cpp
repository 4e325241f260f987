#include "tensor/ops/reduce/rows.hpp"

#include "tensor/ops/reduce/blocks.hpp"
#include "tensor/sum.hpp"
#include "tensor/transpose.hpp"

namespace dact {
namespace {

// Rows of a strip: whole cache lines of neighbouring floats, as many as stay in L2.
std::int64_t strip_rows(std::int64_t n) {
  constexpr std::int64_t kFloats = 65536 / 3, kLeast = 16, kMost = 128;
  return std::clamp(kFloats / std::max<std::int64_t>(n, 1), kLeast, kMost);
}

// Distance of a strip's rows: not a power of two, which would put all of them into one cache set.
std::int64_t pitch_of(std::int64_t n) { return (n + 15) / 16 * 16 + 16; }

// Rows whose elements are `stride` apart, as contiguous rows of `to`; `step` between the rows.
template <class T>
void gather_rows(const T* x, std::int64_t step, std::int64_t stride, std::int64_t n,
                 std::int64_t rows, T* to) {
  transpose_tile(to, 1, pitch_of(n), x, stride, step, n, rows);
}

// Runs `kernel` over a block of rows that do not lie contiguously, a strip at a time.
template <class T>
void strips(const T* a, const T* b, T* y, const ResultBlock& block, std::int64_t stride,
            std::int64_t n, RowKernel<T> kernel) {
  const std::int64_t most = strip_rows(n), pitch = pitch_of(n);
  Tensor buffer = empty({3, most, pitch}, dtype_of<T>);
  T* ra = buffer.mutate<T>();
  T *rb = ra + most * pitch, *ry = rb + most * pitch;
  for (std::int64_t r = 0; r < block.rows; r += most) {
    const std::int64_t rows = std::min(most, block.rows - r);
    const std::int64_t at = block.x + r * block.x_step;
    gather_rows(a + at, block.x_step, stride, n, rows, ra);
    if (b) gather_rows(b + at, block.x_step, stride, n, rows, rb);
    for (std::int64_t c = 0; c < rows; ++c)
      kernel(ra + c * pitch, b ? rb + c * pitch : nullptr, ry + c * pitch, n);
    transpose_tile(y + at, block.x_step, stride, ry, pitch, 1, rows, n);
  }
}

template <class T>
void run_rows(const Tensor& a, const Tensor& b, Tensor& y, int axis, RowKernel<T> kernel,
              ColumnKernel columns) {
  const T *pa = a.data<T>(), *pb = b.defined() ? b.data<T>() : nullptr;
  T* py = y.mutate<T>();
  const std::int64_t n = a.shape()[axis], stride = n > 1 ? a.strides()[axis] : 1;
  const Strides steps = a.strides().without(axis);
  for_each_block(a.shape().without(axis), steps, steps, n, [&](const ResultBlock& block) {
    if constexpr (std::is_same_v<T, float>)
      if (columns && stride != 1 && block.x_step == 1 && n <= kChunk)
        return columns(pa + block.x, pb ? pb + block.x : nullptr, py + block.x, stride, n,
                       block.rows);
    if (stride != 1) return strips<T>(pa, pb, py, block, stride, n, kernel);
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::int64_t at = block.x + r * block.x_step;
      kernel(pa + at, pb ? pb + at : nullptr, py + at, n);
    }
  });
}

template <class T>
void reduce_block(const T* x, const ResultBlock& block, std::int64_t stride, std::int64_t n,
                  RowKernel<T> kernel, T* y) {
  const auto to = [&](std::int64_t r) { return y + block.y + r * block.y_step; };
  const T* from = x + block.x;
  if (stride == 1) {
    for (std::int64_t r = 0; r < block.rows; ++r)
      kernel(from + r * block.x_step, nullptr, to(r), n);
    return;
  }
  const std::int64_t most = strip_rows(n), pitch = pitch_of(n);
  Tensor buffer = empty({most, pitch}, dtype_of<T>);
  T* strip = buffer.mutate<T>();
  for (std::int64_t r = 0; r < block.rows; r += most) {
    const std::int64_t rows = std::min(most, block.rows - r);
    gather_rows(from + r * block.x_step, block.x_step, stride, n, rows, strip);
    for (std::int64_t c = 0; c < rows; ++c) kernel(strip + c * pitch, nullptr, to(r + c), n);
  }
}

}  // namespace

Tensor along_rows(std::string_view where, const Tensor& a, const Tensor& b, int axis,
                  RowKernel<float> f32, RowKernel<double> f64, ColumnKernel columns) {
  const Tensor in = a.is_dense() ? a : a.contiguous();
  const Tensor second = b.defined() ? in_layout(b, in.strides()) : Tensor();
  Tensor y = empty_like(in);
  if (y.numel() == 0) return y;
  dispatch_float(where, a, [&]<class T>() {
    if constexpr (std::is_same_v<T, float>)
      run_rows<float>(in, second, y, axis, f32, columns);
    else
      run_rows<double>(in, second, y, axis, f64, nullptr);
  });
  return y;
}

Tensor reduce_rows(std::string_view where, const Tensor& x, RowKernel<float> f32,
                   RowKernel<double> f64) {
  const int last = x.rank() - 1;
  const std::int64_t n = x.shape()[last], stride = n > 1 ? x.strides()[last] : 1;
  const Shape kept = x.shape().without(last);
  Tensor y = empty(kept, x.dtype(), x.device());
  dispatch_float(where, x, [&]<class T>() {
    RowKernel<T> kernel;
    if constexpr (std::is_same_v<T, float>)
      kernel = f32;
    else
      kernel = f64;
    const T* from = x.data<T>();
    T* to = y.mutate<T>();
    for_each_block(kept, x.strides().without(last), row_major(kept), n,
                   [&](const ResultBlock& b) { reduce_block<T>(from, b, stride, n, kernel, to); });
  });
  return y;
}

}  // namespace dact
