// Inside the room.
#pragma once
#include <vector>

#include "tensor/op.hpp"

namespace dact::layer_norm_room {

/// Per row. x: contiguous, n values a row.
template <class T>
struct Statistics {
  std::vector<T> mean, rstd;
};
template <class T>
Statistics<T> statistics(const Tensor& x, std::int64_t n, double eps);

/// layer_norm.kernels.hpp, backward; T = float or double.
template <class T>
void row_gradient(const T* g, const T* x, T mean, T rstd, const T* w, T* dx, std::int64_t n);

Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();

}  // namespace dact::layer_norm_room
