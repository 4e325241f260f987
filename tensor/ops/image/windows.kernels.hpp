#pragma once
#include <cstdint>

namespace dact {

/// One output row of window_means: x points at the window rows' first one, y at the row.
struct MeanRow {
  std::int64_t rows, row_stride;    // window rows; elements from one to the next
  std::int64_t channels, outputs;   // outputs: columns of y
  const std::int64_t *begin, *end;  // columns of each window
  const std::int64_t* count;        // columns' share of the divisor
  std::int64_t row_count;           // rows' share
};
/// One input row of the gradient: g points at the first covering output row, dx at the row.
struct SpreadRow {
  std::int64_t rows, row_stride;    // covering output rows
  std::int64_t channels, inputs;    // inputs: columns of dx
  const std::int64_t *begin, *end;  // covering output columns of each input column
  const std::int64_t *row_count,
      *count;            // divisor shares of output rows (from the first) and columns
  std::int64_t uniform;  // the divisor where all windows share one, else 0
};

}  // namespace dact

#define DACT_DECLARE_WINDOWS(T)                      \
  void mean_row(const MeanRow& s, const T* x, T* y); \
  void spread_row(const SpreadRow& s, const T* g, T* dx);
namespace dact::isa_portable {
DACT_DECLARE_WINDOWS(float)
}
namespace dact::isa_avx2 {
DACT_DECLARE_WINDOWS(float)
}
namespace dact::isa_avx512 {
DACT_DECLARE_WINDOWS(float)
}
namespace dact::f64_oracle {
DACT_DECLARE_WINDOWS(double)
}
