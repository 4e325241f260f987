#pragma once
#include <cstdint>

namespace dact::max_pool2d_room {

/// One output row: x at the window rows' first one, y and winner at the row.
struct MaxRow {
  std::int64_t rows, width;         // window rows; columns of x
  std::int64_t first_row;           // place of the first window row in the plane
  std::int64_t channels, outputs;   // outputs: columns of y
  const std::int64_t *begin, *end;  // columns of each window
};
/// One input row of the derivative: g and winner at the first output row over it.
struct WonRow {
  std::int64_t rows, outputs;       // output rows over it; columns of g
  std::int64_t row;                 // its place in the plane
  std::int64_t channels, inputs;    // inputs: columns of dx
  const std::int64_t *begin, *end;  // output columns over each input column
};

}  // namespace dact::max_pool2d_room

#define DACT_DECLARE_MAX_POOL2D(T)                                                        \
  void max_row(const max_pool2d_room::MaxRow& s, const T* x, T* y, std::int64_t* winner); \
  void won_row(const max_pool2d_room::WonRow& s, const T* g, const std::int64_t* winner, T* dx);
namespace dact::isa_portable {
DACT_DECLARE_MAX_POOL2D(float)
}
namespace dact::isa_avx2 {
DACT_DECLARE_MAX_POOL2D(float)
}
namespace dact::isa_avx512 {
DACT_DECLARE_MAX_POOL2D(float)
}
namespace dact::f64_oracle {
DACT_DECLARE_MAX_POOL2D(double)
}
