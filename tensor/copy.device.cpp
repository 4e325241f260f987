#include "tensor/copy.device.hpp"

#include "tensor/copy.cuda.hpp"
#include "tensor/cuda/plan.hpp"

namespace dact {
namespace {

template <class Bits>
void move(const cuda::Walk<2>& walk, Tensor& out, const Tensor& x) {
  cuda::launch("copy", x.numel(),
               cuda::CopyKernel<Bits>{static_cast<Bits*>(out.mutate_address()),
                                      static_cast<const Bits*>(x.address()), walk});
}

}  // namespace

void copy_on_device(const LoopPlan<2>& plan, Tensor& out, const Tensor& x) {
  const cuda::Walk<2> walk = cuda::walk_of(plan);
  if (out.dtype() != x.dtype())
    return cuda::launch(
        "convert", x.numel(),
        cuda::ConvertKernel{static_cast<int>(out.dtype()), static_cast<int>(x.dtype()),
                            out.mutate_address(), x.address(), walk});
  switch (size_of(x.dtype())) {
    case 8:
      return move<std::uint64_t>(walk, out, x);
    case 4:
      return move<std::uint32_t>(walk, out, x);
    case 2:
      return move<std::uint16_t>(walk, out, x);
    default:
      return move<std::uint8_t>(walk, out, x);
  }
}

}  // namespace dact
