#include "tensor/ops/scatter/scatter.device.hpp"

#include "tensor/ops/scatter/scatter.cuda.hpp"

namespace dact {
namespace {

template <class Bits>
void move_picked(const Tensor& x, const Tensor& pick, bool each, const AxisSizes& a, std::int64_t k,
                 Tensor& y) {
  const auto* from = static_cast<const Bits*>(x.address());
  auto* to = static_cast<Bits*>(y.mutate_address());
  const std::int64_t* at = device_data<std::int64_t>(pick);
  if (each)
    cuda::launch("gather", y.numel(), cuda::GatherKernel<Bits>{from, at, to, k, {a.n, a.inner}});
  else
    cuda::launch("index_select", y.numel(),
                 cuda::SelectKernel<Bits>{from, at, to, k, {a.n, a.inner}});
}

}  // namespace

void gather_on_device(const Tensor& x, const Tensor& pick, bool each, const AxisSizes& a,
                      std::int64_t k, Tensor& y) {
  switch (size_of(x.dtype())) {
    case 8:
      return move_picked<std::uint64_t>(x, pick, each, a, k, y);
    case 4:
      return move_picked<std::uint32_t>(x, pick, each, a, k, y);
    case 2:
      return move_picked<std::uint16_t>(x, pick, each, a, k, y);
    default:
      return move_picked<std::uint8_t>(x, pick, each, a, k, y);
  }
}

void scatter_on_device(const Tensor& begin, const Tensor& source, const Tensor& src,
                       std::int64_t sources, std::int64_t inner, Tensor& y) {
  cuda::launch("scatter", y.numel(),
               cuda::ScatterKernel{device_data<float>(src), device_data<std::int64_t>(begin),
                                   device_data<std::int64_t>(source), device_mutate<float>(y),
                                   begin.numel() - 1, sources, inner});
}

void scatter_unique_on_device(const Tensor& g, const Tensor& index, const AxisSizes& a,
                              std::int64_t k, Tensor& y) {
  cuda::launch("scatter", g.numel(),
               cuda::ScatterUniqueKernel{device_data<float>(g),
                                         device_data<std::int64_t>(index),
                                         device_mutate<float>(y),
                                         k,
                                         {a.n, a.inner}});
}

void sort_on_device(const Tensor& x, const AxisSizes& a, std::int64_t k, bool descending, Tensor& y,
                    Tensor& index) {
  cuda::launch("sort", x.numel(),
               cuda::SortKernel{device_data<float>(x),
                                device_mutate<float>(y),
                                device_mutate<std::int64_t>(index),
                                k,
                                {a.n, a.inner},
                                descending});
}

}  // namespace dact
