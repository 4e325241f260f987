// Matrix products: rows of a against panels.
#include <algorithm>

#include "tensor/ops/contract/contract.hpp"
#include "tensor/parallel.hpp"

namespace dact::contract {

Cut cut_work(std::int64_t batch, std::int64_t rows, std::int64_t pixels_per_row,
             std::int64_t blocks, std::int64_t terms) {
  // Enough pixels per piece to reuse a panel well; about 8 pieces a thread for balance. Tiny work (some microseconds)
  // stays whole.
  constexpr std::int64_t kPixels = 2048, kTiny = 16384;
  const bool tiny = batch * rows * pixels_per_row * blocks * terms < kTiny;
  const std::int64_t want = thread_count() == 1 || tiny ? 1 : std::int64_t{8} * thread_count();
  std::int64_t ranges = std::clamp<std::int64_t>(rows * pixels_per_row / kPixels, 1, rows);
  if (batch * ranges * blocks < want)
    ranges = std::min(rows, (want + batch * blocks - 1) / (batch * blocks));
  const std::int64_t pieces = batch * ranges;
  return {ranges, pieces >= want ? 1 : std::min(blocks, (want + pieces - 1) / pieces)};
}

void run_product(const Product& p, const Panels& panels, const std::int64_t* a_of,
                 const std::int64_t* panels_of) {
  if (p.batch == 0 || p.rows == 0 || panels.channels == 0) return;
  const Kernels k = kernels();
  // Rows that stay in L2 (half of 1 MiB) while the blocks pass by; whole tiles of rows. Where the panels leave room,
  // half as many: then the next band's rows come in while this one's are in use.
  constexpr std::int64_t kHalf = 131072, kRoom = 49152;  // floats
  const bool room = panels.floats() <= kRoom;
  const std::int64_t band_floats = room ? kHalf / 2 : kHalf;
  const std::int64_t keep =
      std::max<std::int64_t>(1, band_floats / std::max<std::int64_t>(1, panels.terms) / k.pixels);
  const std::int64_t bands = (p.rows + keep * k.pixels - 1) / (keep * k.pixels);
  const Cut cut =
      cut_work(p.batch, bands, std::min(p.rows, keep * k.pixels), panels.blocks(), panels.terms);
  parallel_for(p.batch * cut.row_ranges * cut.block_ranges, [&](std::int64_t piece) {
    const std::int64_t part = piece % cut.block_ranges, range = piece / cut.block_ranges;
    const std::int64_t b = range / cut.row_ranges, r = range % cut.row_ranges;
    const std::int64_t first_band = bands * r / cut.row_ranges;
    const std::int64_t last_band = bands * (r + 1) / cut.row_ranges;
    const std::int64_t first_block = panels.blocks() * part / cut.block_ranges;
    const std::int64_t last_block = panels.blocks() * (part + 1) / cut.block_ranges;
    const float* a = p.a + (a_of ? a_of[b] : b) * p.a_batch;
    const float* w = p.panels + (panels_of ? panels_of[b] : b) * p.panels_batch;
    // Rows a multiple of 4096 bytes apart meet in one set of L1: 12 rows in 8 ways. Then a band is
    // copied with a line between its rows.
    const bool spread = p.a_step % 1024 == 0 && last_block - first_block > 1;
    const std::int64_t step = spread ? p.a_step + 16 : p.a_step;
    const Scratch copy(spread ? keep * k.pixels * step : 0);
    const std::int64_t passes = last_block - first_block;
    for (std::int64_t band = first_band; band < last_band; ++band) {
      const std::int64_t row = p.rows * band / bands, end = p.rows * (band + 1) / bands;
      const float* at = a + row * p.a_step;
      for (std::int64_t i = 0; spread && i < end - row; ++i)
        std::copy_n(at + i * p.a_step, panels.terms, copy.data() + i * step);
      if (spread) at = copy.data();
      const bool more = room && band + 1 < last_band;
      const std::int64_t next = more ? (p.rows * (band + 2) / bands - end) * p.a_step : 0;
      for (std::int64_t n = first_block; n < last_block; ++n) {
        const Run run{at, step, panels.terms, w + panels.offset(n)};
        const std::int64_t from = next * (n - first_block) / passes;
        k.tiles({&run, 1, end - row, panels.width(n), p.bias ? p.bias + n * panels.lanes : nullptr,
                 p.out + b * p.out_batch + row * p.out_step + n * panels.lanes, p.out_step, false,
                 a + end * p.a_step + from, next * (n - first_block + 1) / passes - from});
      }
    }
  });
}

}  // namespace dact::contract
