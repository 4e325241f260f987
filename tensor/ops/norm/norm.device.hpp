// The norms and dropout on a device. Operands of a norm are contiguous f32 or absent.
#pragma once
#include "tensor/device.hpp"
#include "tensor/op.hpp"
#include "tensor/ops/norm/channels.hpp"

namespace dact::norm {

/// weight, bias [C]; scale_t, shift_t, scale_z [B, C].
struct DeviceOperands {
  Tensor weight, bias, scale_t, shift_t, scale_z;
};
Tensor group_norm_on_device(const Tensor& x, std::int64_t groups, const DeviceOperands& o,
                            double eps, bool silu);
/// Six gradients: of x (when wanted), weight, bias, scale_t, shift_t, scale_z.
Tensors group_norm_gradient_on_device(const Tensor& x, const Tensor& g, std::int64_t groups,
                                      const DeviceOperands& o, double eps, bool silu, bool wants_x);

/// y, mean, var.
Tensors batch_norm_on_device(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps);
/// Of x, weight, bias.
Tensors batch_norm_gradient_on_device(const Tensor& x, const Tensor& weight, double eps,
                                      std::span<const Tensor> grads);
Tensor batch_norm_eval_on_device(const Tensor& x, const Tensor& mean, const Tensor& var,
                                 const Tensor& weight, const Tensor& bias, double eps);
/// Of x, mean (none), var (none), weight, bias.
Tensors batch_norm_eval_gradient_on_device(const Tensor& x, const Tensor& mean, const Tensor& var,
                                           const Tensor& weight, double eps, const Tensor& g);

/// Rows of n.
Tensor layer_norm_on_device(const Tensor& x, std::int64_t n, const Tensor& weight,
                            const Tensor& bias, double eps);
/// dx and g u r.
Tensors layer_norm_gradient_on_device(const Tensor& x, const Tensor& g, std::int64_t n,
                                      const Tensor& weight, double eps);

Tensor dropout_on_device(const Tensor& x, float limit, float scale, const RandomKey& key);

}  // namespace dact::norm
