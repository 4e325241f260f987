// Index operators on a device.
#pragma once
#include "tensor/device.hpp"
#include "tensor/layout.hpp"

namespace dact {

/// y[o, p, j] = x[o, pick.., j]: `each` picks per element of y (gather), else per position p (index_select).
void gather_on_device(const Tensor& x, const Tensor& pick, bool each, const AxisSizes& a,
                      std::int64_t k, Tensor& y);
void scatter_on_device(const Tensor& begin, const Tensor& source, const Tensor& src,
                       std::int64_t sources, std::int64_t inner, Tensor& y);
void scatter_unique_on_device(const Tensor& g, const Tensor& index, const AxisSizes& a,
                              std::int64_t k, Tensor& y);
void sort_on_device(const Tensor& x, const AxisSizes& a, std::int64_t k, bool descending, Tensor& y,
                    Tensor& index);

}  // namespace dact
