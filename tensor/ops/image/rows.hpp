// The loop over rows of channels-last images.
#pragma once
#include "tensor/parallel.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// fn(b, row) for every row of a channels-last tensor [B, C, rows, W], in parallel; a row owns its
/// outputs.
template <class F>
void for_image_rows(const Tensor& y, F&& fn) {
  constexpr std::int64_t kGrain = 16384;  // elements worth handing to another thread
  if (y.numel() == 0) return;
  const std::int64_t rows = y.shape()[2], each = y.shape()[1] * y.shape()[3];
  parallel_ranges(y.shape()[0] * rows, kGrain / each + 1,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) fn(i / rows, i % rows);
                  });
}

}  // namespace dact
