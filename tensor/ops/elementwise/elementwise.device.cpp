#include "tensor/ops/elementwise/elementwise.device.hpp"

#include "tensor/cuda/plan.hpp"
#include "tensor/ops/elementwise/elementwise.cuda.hpp"

namespace dact {

using cuda::launch;
using cuda::walk_of;

Tensor unary_on_device(int id, const LoopPlan<2>& plan, const Tensor& x, Tensor out, double a,
                       double b) {
  launch("unary", plan.numel,
         cuda::UnaryCall{id, device_data<float>(x), out.mutate_address(), a, b, walk_of(plan)});
  return out;
}

Tensor unary_grad_on_device(int id, const LoopPlan<4>& plan, const Tensor& g, const Tensor& x,
                            const Tensor& y, Tensor out, double a, double b) {
  launch(
      "unary gradient", plan.numel,
      cuda::UnaryGradCall{id, device_data<float>(g), device_data<float>(x), device_data<float>(y),
                          device_mutate<float>(out), a, b, walk_of(plan)});
  return out;
}

Tensor binary_on_device(int id, const LoopPlan<3>& plan, const Tensor& a, const Tensor& b,
                        Tensor out) {
  launch("binary", plan.numel,
         cuda::BinaryCall{id, static_cast<int>(a.dtype()), a.address(), b.address(),
                          out.mutate_address(), walk_of(plan)});
  return out;
}

Tensor binary_grad_on_device(int id, int side, const LoopPlan<4>& plan, const Tensor& g,
                             const Tensor& a, const Tensor& b, Tensor out) {
  launch("binary gradient", plan.numel,
         cuda::BinaryGradCall{id, side, device_data<float>(g), device_data<float>(a),
                              device_data<float>(b), device_mutate<float>(out), walk_of(plan)});
  return out;
}

Tensor lerp_on_device(const LoopPlan<4>& plan, const Tensor& a, const Tensor& b, const Tensor& t,
                      Tensor out) {
  launch("lerp", plan.numel,
         cuda::LerpKernel{device_data<float>(a), device_data<float>(b), device_data<float>(t),
                          device_mutate<float>(out), walk_of(plan)});
  return out;
}

namespace {

template <class Bits>
void where_bits(const Tensor& c, const Tensor& a, const Tensor& b, Tensor& out) {
  const LoopPlan<4> plan(out.shape(), {&out.strides(), &c.strides(), &a.strides(), &b.strides()});
  launch("where", plan.numel,
         cuda::WhereKernel<Bits>{device_data<bool>(c), static_cast<const Bits*>(a.address()),
                                 static_cast<const Bits*>(b.address()),
                                 static_cast<Bits*>(out.mutate_address()), walk_of(plan)});
}

}  // namespace

Tensor where_on_device(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor out) {
  switch (size_of(a.dtype())) {
    case 1:
      where_bits<std::uint8_t>(condition, a, b, out);
      break;
    case 2:
      where_bits<std::uint16_t>(condition, a, b, out);
      break;
    case 4:
      where_bits<std::uint32_t>(condition, a, b, out);
      break;
    default:
      where_bits<std::uint64_t>(condition, a, b, out);
      break;
  }
  return out;
}

void divide_on_device(Tensor& fresh, std::int64_t n) {
  launch("divide", fresh.numel(),
         cuda::DivideKernel{device_mutate<float>(fresh), static_cast<float>(n)});
}

Tensor quotient_on_device(const Tensor& a, const Tensor& b, Tensor out) {
  launch("quotient", out.numel(),
         cuda::QuotientKernel{device_data<float>(a), device_data<float>(b),
                              device_mutate<float>(out)});
  return out;
}

}  // namespace dact
