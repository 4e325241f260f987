// Operators that turn whole rows along one axis into rows (softmax and its kin): the kernel sees
// contiguous rows, whatever the layout.
#pragma once
#include <cstdint>
#include <string_view>

#include "tensor/tensor.hpp"

namespace dact {

/// y[0..n) from the rows a and b; b is nullptr where the operator takes one.
template <class T>
using RowKernel = void (*)(const T* a, const T* b, T* y, std::int64_t n);

/// The same for `rows` neighbouring rows whose elements are `stride` apart: y[i * stride + r] of
/// a[i * stride + r], without copies. Optional; for n <= 1024.
using ColumnKernel = void (*)(const float* a, const float* b, float* y, std::int64_t stride,
                              std::int64_t n, std::int64_t rows);

/// A kernel for each row of `a` (and `b`, or undefined) along `axis`. The result has a's shape and,
/// when a is dense, its axis order. f32, f64.
Tensor along_rows(std::string_view where, const Tensor& a, const Tensor& b, int axis,
                  RowKernel<float> f32, RowKernel<double> f64, ColumnKernel columns = nullptr);

/// One number per row: x [.., n] with any strides (a Reduction's), y contiguous of the other axes.
Tensor reduce_rows(std::string_view where, const Tensor& x, RowKernel<float> f32,
                   RowKernel<double> f64);

}  // namespace dact
