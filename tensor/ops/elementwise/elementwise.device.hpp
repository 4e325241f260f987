// The elementwise loops on a device. Plans and results are the rooms'; every function returns `out`.
#pragma once
#include "tensor/device.hpp"
#include "tensor/loop.hpp"

namespace dact {

Tensor unary_on_device(int id, const LoopPlan<2>& plan, const Tensor& x, Tensor out, double a,
                       double b);
Tensor unary_grad_on_device(int id, const LoopPlan<4>& plan, const Tensor& g, const Tensor& x,
                            const Tensor& y, Tensor out, double a, double b);
Tensor binary_on_device(int id, const LoopPlan<3>& plan, const Tensor& a, const Tensor& b,
                        Tensor out);
Tensor binary_grad_on_device(int id, int side, const LoopPlan<4>& plan, const Tensor& g,
                             const Tensor& a, const Tensor& b, Tensor out);
Tensor lerp_on_device(const LoopPlan<4>& plan, const Tensor& a, const Tensor& b, const Tensor& t,
                      Tensor out);
Tensor where_on_device(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor out);
/// fresh[i] = fresh[i] / n
void divide_on_device(Tensor& fresh, std::int64_t n);
/// out[i] = b[i] == 0 ? 0 : a[i] / b[i]; all contiguous.
Tensor quotient_on_device(const Tensor& a, const Tensor& b, Tensor out);

}  // namespace dact
