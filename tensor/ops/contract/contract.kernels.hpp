// The one microkernel behind conv2d, linear, matmul, attention and their gradients, as raw
// signatures. It computes tiles of `pixels x channels` outputs; each output is one fma chain
// (NUMERICS.md 3):
//   acc = +0;  for each run, for i in 0 .. length-1:  acc = fma(term, weight, acc);  then bias.
#pragma once
#include <cstdint>

namespace dact {

/// A stretch of the chain. Pixel p reads its i-th term at `at[p * pixel_step + i * term_step]`; the
/// i-th weights of the `lanes` channels are at `w[i * lanes]`.
struct Run {
  const float* at;
  std::int64_t pixel_step;
  std::int64_t length;
  const float* w;
};

/// A row of output tiles for one block of channels.
struct Tiles {
  const Run* runs;
  std::int64_t run_count;
  std::int64_t pixels;
  std::int64_t channels;  // 1 .. width of the block; lanes beyond are computed and dropped
  const float* bias;      // [channels] or null; added last
  float* out;             // pixel p, channel j at out[p * out_step + j]
  std::int64_t out_step;
  bool resume;  // the chain goes on from the values in out
  // What the next row of tiles will read: fetched into the caches little by little, tile by tile.
  const float* ahead = nullptr;
  std::int64_t ahead_floats = 0;
};

/// A tile of a weight gradient: `terms` neighbours in memory (pixel_step == 1, each run has its own
/// term_step) against one block of channels. `chunk = chain`, `partial += chunk` unless first, and
/// at a sample's last chunk `total += partial`.
struct OuterRun {
  const float* at;  // term t of position i at at[t + i * step]
  std::int64_t step;
  std::int64_t length;
  const float* g;  // channel j of position i at g[i * lanes + j]
};
struct OuterMode {
  bool rounded = false;              // multiply, round, add onto total: for samples of one position
  bool first = false, last = false;  // chunk of its sample
  bool fresh = false;                // first sample: total starts at +0
};
struct OuterTile {
  const OuterRun* runs;
  std::int64_t run_count;
  std::int64_t terms;  // 1 .. outer_terms()
  OuterMode mode;
  float* partial;  // term t, lane j at [t * step + j]
  float* total;    // the same
  std::int64_t step;
};

#define DACT_CONTRACT_KERNELS                                                                \
  /* Channels of a full block of packed weights, and of half a block (one vector). */        \
  std::int64_t contract_lanes();                                                             \
  std::int64_t contract_half_lanes();                                                        \
  /* Pixels of the widest tile; terms of the widest outer tile. */                           \
  std::int64_t contract_pixels();                                                            \
  void contract_tiles(const Tiles& t);                                                       \
  void contract_outer(const OuterTile& t, std::int64_t lanes);                               \
  /* out[j] = chain of out = out + rows[r * step + j], r ascending from +0; j < channels. */ \
  void contract_sum_rows(const float* rows, std::int64_t count, std::int64_t step,           \
                         std::int64_t channels, float* out);
namespace isa_portable {
DACT_CONTRACT_KERNELS
}
namespace isa_avx2 {
DACT_CONTRACT_KERNELS
}
namespace isa_avx512 {
DACT_CONTRACT_KERNELS
}
#undef DACT_CONTRACT_KERNELS

}  // namespace dact
