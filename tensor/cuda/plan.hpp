// From the CPU's LoopPlan to a kernel's Walk.
#pragma once
#include "tensor/cuda/walk.hpp"
#include "tensor/loop.hpp"

namespace dact::cuda {

template <std::size_t K>
Walk<K> walk_of(const LoopPlan<K>& plan) {
  static_assert(Walk<1>::kMost == kMaxRank);
  Walk<K> w;
  w.rank = plan.rank;
  w.small = plan.numel < (std::int64_t{1} << 31);
  std::int64_t dense[kMaxRank] = {}, step = 1;
  for (int a = plan.rank - 1; a >= 0; --a) {
    w.size[a] = plan.size[a];
    dense[a] = step;
    step *= plan.size[a];
  }
  for (std::size_t k = 0; k < K; ++k) {
    w.flat[k] = true;
    for (int a = 0; a < plan.rank; ++a) {
      w.stride[k][a] = plan.stride[k][a];
      w.flat[k] = w.flat[k] && plan.stride[k][a] == dense[a];
    }
  }
  return w;
}

}  // namespace dact::cuda
