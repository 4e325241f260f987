// Inside the room: per-channel constants of both forms.
#pragma once
#include <vector>

#include "tensor/op.hpp"
#include "tensor/ops/norm/channels.hpp"

namespace dact::batch_norm_room {

/// Per channel: v = fma(x - mean, a, d), a = rstd w.
template <class T>
struct Channels {
  std::vector<T> mean, var, rstd, w, a, d;
};
template <class T>
Channels<T> from_batch(const norm::Pixels& in, const Tensor& weight, const Tensor& bias,
                       double eps);
template <class T>
Channels<T> from_running(const Tensor& mean, const Tensor& var, const Tensor& weight,
                         const Tensor& bias, double eps);

Tensors vjp(const VjpCtx& c);
Tensors vjp_eval(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<Sample> samples_eval();
std::vector<BadSample> bad_samples();
std::vector<BadSample> bad_samples_eval();

}  // namespace dact::batch_norm_room
