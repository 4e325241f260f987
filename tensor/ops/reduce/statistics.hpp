// Mean and M2 of planned reductions (NUMERICS.md 5), chunks shared between threads.
#pragma once
#include "tensor/ops/reduce/axes.hpp"

namespace dact {

/// Both of shape `kept`, contiguous.
struct Statistics {
  Tensor mean, m2;
};
Statistics statistics_of(const Reduction& r);

}  // namespace dact
