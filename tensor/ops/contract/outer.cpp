// Weight and bias gradients: chains over positions, per sample in chunks of 1024 (NUMERICS.md 3).
#include <algorithm>
#include <cstring>

#include "tensor/ops/contract/contract.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact::contract {
namespace {

typedef float Four __attribute__((vector_size(16), aligned(4)));

/// to[j][i] = from[i][j], 4 x 4.
void transpose4(const float* from, std::int64_t from_step, float* to, std::int64_t to_step) {
  Four a, b, c, d;
  std::memcpy(&a, from, sizeof a);
  std::memcpy(&b, from + from_step, sizeof b);
  std::memcpy(&c, from + 2 * from_step, sizeof c);
  std::memcpy(&d, from + 3 * from_step, sizeof d);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four rows[4] = {
      __builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
      __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5), __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7)};
  for (int j = 0; j < 4; ++j) std::memcpy(to + j * to_step, &rows[j], sizeof rows[j]);
}

/// Whether a piece copies its few terms of x out of the rows, with their padding. A 1x1 kernel without padding reads x
/// in place, unless a chunk of whole rows is more than stays in L2 while tile after tile passes over it.
bool copies(const Outer& o) {
  constexpr std::int64_t kStays = 131072;  // floats: half of 1 MiB
  const std::int64_t positions = o.out_h * o.out_w;
  if (positions == 1) return false;
  return o.kernel_h * o.kernel_w > 1 || o.padding_h + o.padding_w > 0 ||
         std::min(positions, kChunk) * o.groups * o.terms > kStays;
}

std::int64_t chunks_of(std::int64_t positions) { return (positions + kChunk - 1) / kChunk; }

/// What one piece of work owns: a few blocks of channels of a group, a range of its terms.
struct Share {
  std::int64_t group, block0, block1, term0, term1;
};

/// A row of outputs of a chunk: its place in x or its copy in floats, positions, and the first of them in the chunk.
struct Row {
  std::int64_t at, length, first;
};

/// A share of the result through all taps, samples and chunks.
class Piece {
 public:
  Piece(const Outer& o, const Kernels& k, const Panels& channels, const Share& s)
      : o_(o),
        k_(k),
        channels_(channels),
        s_(s),
        taps_(o.kernel_h * o.kernel_w),
        side_(k.half),
        positions_(o.out_h * o.out_w),
        slab_w_((o.out_w - 1) * o.stride_w + (o.kernel_w - 1) * o.dilation_w + 1),
        block_floats_(taps_ * (s.term1 - s.term0) * channels.lanes),
        total_(block_floats_ * (s.block1 - s.block0)),
        partial_(block_floats_ * (s.block1 - s.block0)),
        g_pack_(kChunk * channels.lanes * (s.block1 - s.block0)),
        direct_(!copies(o)),
        slab_(direct_ ? k.half : slab_rows() * slab_w_ * side_) {
    for (std::int64_t y = 0; y < o.kernel_h; ++y)
      for (std::int64_t x = 0; x < o.kernel_w; ++x)
        tap_offsets_.push_back((y * o.dilation_h * slab_w_ + x * o.dilation_w) * side_);
  }

  void run() {
    if (positions_ <= 1 || o_.batch == 0) total_.fill_zero();
    if (positions_ == 1) {
      slab_.fill_zero();
      for (std::int64_t b = 0; b < o_.batch; b += kChunk)
        samples_of_one(b, std::min(o_.batch, b + kChunk));
    } else {
      for (std::int64_t b = 0; b < o_.batch; ++b)
        for (std::int64_t at = 0; at < positions_; at += kChunk)
          chunk(b, at, std::min(positions_, at + kChunk));
    }
    each_block([&](std::int64_t block) { write(block); });
  }

 private:
  std::int64_t slab_rows() const {
    const std::int64_t rows = std::min(o_.out_h, (kChunk - 2) / o_.out_w + 2);
    return (rows - 1) * o_.stride_h + (o_.kernel_h - 1) * o_.dilation_h + 1;
  }
  std::int64_t first_channel(std::int64_t block) const {
    return s_.group * o_.channels + block * channels_.lanes;
  }
  float* g_pack(std::int64_t block) const {
    return g_pack_.data() + (block - s_.block0) * kChunk * channels_.lanes;
  }

  template <class F>
  void each_block(F f) const {
    for (std::int64_t block = s_.block0; block < s_.block1; ++block) f(block);
  }
  /// Calls f(first term, terms) for nearly equal tiles.
  template <class F>
  void each_tile(F f) const {
    const std::int64_t n = s_.term1 - s_.term0, tiles = (n + k_.pixels - 1) / k_.pixels;
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t from = s_.term0 + n * t / tiles, to = s_.term0 + n * (t + 1) / tiles;
      f(from, to - from);
    }
  }

  /// `count` positions of g from `position` on, as [position][lanes].
  void pack_g(std::int64_t position, std::int64_t count, std::int64_t block) const {
    const std::int64_t step = o_.groups * o_.channels, lanes = channels_.lanes_of(block);
    const std::int64_t width = channels_.width(block);
    const float* g = o_.g + position * step + first_channel(block);
    float* to = g_pack(block);
    for (std::int64_t i = 0; i < count; ++i, g += step, to += lanes) {
      std::memcpy(to, g, static_cast<std::size_t>(width) * sizeof(float));
      for (std::int64_t j = width; j < lanes; ++j) to[j] = 0.0f;
    }
  }

  void chunk(std::int64_t b, std::int64_t from, std::int64_t to) {
    each_block([&](std::int64_t n) { pack_g(b * positions_ + from, to - from, n); });
    place_rows(b, from, to);
    const OuterMode mode{.first = from == 0, .last = to == positions_, .fresh = b == 0};
    each_tile([&](std::int64_t term, std::int64_t terms) {
      if (!direct_) copy_slab(b, from / o_.out_w, (to - 1) / o_.out_w, term, terms);
      const float* x = direct_ ? o_.x + s_.group * o_.terms + term : slab_.data();
      each_block([&](std::int64_t n) {
        for (std::int64_t tap = 0; tap < taps_; ++tap) {
          const float* at = x + tap_offsets_[static_cast<std::size_t>(tap)];
          for (std::size_t r = 0; r < rows_.size(); ++r)
            runs_[r] = {at + rows_[r].at, o_.stride_w * pitch(), rows_[r].length,
                        g_pack(n) + rows_[r].first * channels_.lanes_of(n)};
          tile(n, tap, term, terms, mode);
        }
      });
    });
  }

  /// Floats from one position of x, or of its copy, to the next.
  std::int64_t pitch() const { return direct_ ? o_.groups * o_.terms : side_; }

  /// Where the rows of outputs that [from, to) touches begin in x or its copy, once for all tiles, blocks and taps.
  void place_rows(std::int64_t b, std::int64_t from, std::int64_t to) {
    const std::int64_t top = direct_ ? -b * o_.in_h : from / o_.out_w * o_.stride_h;
    const std::int64_t width = direct_ ? o_.in_w : slab_w_;
    rows_.clear();
    for (std::int64_t at = from; at < to;) {
      const std::int64_t row = at / o_.out_w, end = std::min(to, (row + 1) * o_.out_w);
      const std::int64_t x = (at - row * o_.out_w) * o_.stride_w;
      rows_.push_back({((row * o_.stride_h - top) * width + x) * pitch(), end - at, at - from});
      at = end;
    }
    runs_.resize(rows_.size());
  }

  /// Samples of one position each: the chain of a sample is one product, samples are added.
  void samples_of_one(std::int64_t b0, std::int64_t b1) {
    const std::int64_t pixel = o_.groups * o_.terms, sample = o_.in_h * o_.in_w * pixel;
    each_block([&](std::int64_t n) {
      pack_g(b0, b1 - b0, n);
      each_tile([&](std::int64_t term, std::int64_t terms) {
        for (std::int64_t tap = 0; tap < taps_; ++tap) {
          const std::int64_t y = tap / o_.kernel_w * o_.dilation_h - o_.padding_h;
          const std::int64_t x = tap % o_.kernel_w * o_.dilation_w - o_.padding_w;
          const bool inside = y >= 0 && y < o_.in_h && x >= 0 && x < o_.in_w;
          const float* at =
              inside ? o_.x + b0 * sample + (y * o_.in_w + x) * pixel + s_.group * o_.terms + term
                     : slab_.data();
          runs_.assign(1, {at, inside ? sample : 0, b1 - b0, g_pack(n)});
          tile(n, tap, term, terms, {.rounded = true});
        }
      });
    });
  }

  void tile(std::int64_t block, std::int64_t tap, std::int64_t term, std::int64_t terms,
            OuterMode mode) {
    const std::int64_t lanes = channels_.lanes_of(block);
    const std::int64_t at =
        (block - s_.block0) * block_floats_ + ((term - s_.term0) * taps_ + tap) * lanes;
    k_.outer({runs_.data(), static_cast<std::int64_t>(runs_.size()), terms, mode,
              partial_.data() + at, total_.data() + at, taps_ * lanes},
             lanes);
  }

  /// `terms` channels of the input rows that output rows [y0, y1] read, with their padding.
  void copy_slab(std::int64_t b, std::int64_t y0, std::int64_t y1, std::int64_t term,
                 std::int64_t terms) {
    const std::int64_t rows = (y1 - y0) * o_.stride_h + (o_.kernel_h - 1) * o_.dilation_h + 1;
    const std::int64_t pixel = o_.groups * o_.terms;
    const std::int64_t x0 = std::clamp<std::int64_t>(o_.padding_w, 0, slab_w_);
    const std::int64_t x1 = std::clamp(o_.in_w + o_.padding_w, x0, slab_w_);
    for (std::int64_t r = 0; r < rows; ++r) {
      float* to = slab_.data() + r * slab_w_ * side_;
      const std::int64_t y = y0 * o_.stride_h - o_.padding_h + r;
      const bool inside = y >= 0 && y < o_.in_h;
      const auto zero = [&](std::int64_t from, std::int64_t end) {
        std::memset(to + from * side_, 0, static_cast<std::size_t>((end - from) * side_) * 4);
      };
      zero(0, inside ? x0 : slab_w_);
      if (!inside) continue;
      const float* from = o_.x + ((b * o_.in_h + y) * o_.in_w + x0 - o_.padding_w) * pixel +
                          s_.group * o_.terms + term;
      copy_pixels(from, pixel, x1 - x0, terms, to + x0 * side_);
      zero(x1, slab_w_);
    }
  }

  void copy_pixels(const float* from, std::int64_t step, std::int64_t count, std::int64_t terms,
                   float* to) const {
    // Where x has them, all `side_` floats at once: the terms beyond `terms` are not read.
    const float* end = o_.x + o_.batch * o_.in_h * o_.in_w * o_.groups * o_.terms;
    const auto whole = [&](std::int64_t at) { return end - (from + at * step) >= side_; };
    std::int64_t i = 0;
    if (side_ == 16)
      for (; i < count && whole(i); ++i) std::memcpy(to + i * 16, from + i * step, 64);
    else if (side_ == 8)
      for (; i < count && whole(i); ++i) std::memcpy(to + i * 8, from + i * step, 32);
    for (; i < count; ++i)
      for (std::int64_t t = 0; t < terms; ++t) to[i * side_ + t] = from[i * step + t];
  }

  /// total [term][tap][lane] -> out [channel][term][tap]: a transposed matrix, written by whole lines.
  void write(std::int64_t block) const {
    constexpr std::int64_t kLine = 16;
    const std::int64_t rows = (s_.term1 - s_.term0) * taps_, step = o_.terms * taps_;
    const std::int64_t lanes = channels_.lanes_of(block), width = channels_.width(block);
    const float* total = total_.data() + (block - s_.block0) * block_floats_;
    float* out = o_.out + first_channel(block) * step + s_.term0 * taps_;
    for (std::int64_t r = 0; r < rows; r += kLine)
      for (std::int64_t j = 0; j < width; j += 4) {
        const float* from = total + r * lanes + j;
        float* to = out + j * step + r;
        if (r + kLine <= rows && j + 4 <= width)
          for (std::int64_t i = 0; i < kLine; i += 4)
            transpose4(from + i * lanes, lanes, to + i, step);
        else
          for (std::int64_t n = 0; n < std::min<std::int64_t>(4, width - j); ++n)
            for (std::int64_t i = 0; i < std::min(kLine, rows - r); ++i)
              to[n * step + i] = from[i * lanes + n];
      }
  }

  const Outer& o_;
  const Kernels& k_;
  const Panels& channels_;
  Share s_;
  std::int64_t taps_, side_, positions_, slab_w_, block_floats_;
  Scratch total_, partial_, g_pack_;
  bool direct_;
  Scratch slab_;
  std::vector<std::int64_t> tap_offsets_;  // in the copy
  std::vector<Row> rows_;
  std::vector<OuterRun> runs_;
};

}  // namespace

void run_outer(const Outer& o) {
  const Kernels k = kernels();
  const Panels channels(o.channels, 1);
  // Up to 3 blocks (8 of a 1x1 kernel) share a copied slab of x; totals of at most 512 KiB; about 8 pieces a thread.
  const std::int64_t share = !copies(o) ? 1 : o.kernel_h * o.kernel_w > 1 ? 3 : 8;
  const std::int64_t tiles = (o.terms + k.pixels - 1) / k.pixels;
  const std::int64_t sets = (channels.blocks() + share - 1) / share;
  const std::int64_t per_set = (channels.blocks() + sets - 1) / sets;
  const std::int64_t tile_bytes = o.kernel_h * o.kernel_w * k.pixels * channels.lanes * 4 * per_set;
  const std::int64_t fit = (tiles * tile_bytes + (1 << 19) - 1) / (1 << 19);
  const std::int64_t all = o.groups * sets;
  const std::int64_t want = thread_count() == 1 ? 1 : (8 * thread_count() + all - 1) / all;
  const std::int64_t ranges = std::clamp<std::int64_t>(std::max(fit, want), 1, tiles);
  parallel_for(all * ranges, [&](std::int64_t piece) {
    const std::int64_t set = piece / ranges % sets, r = piece % ranges;
    Piece(o, k, channels,
          {piece / ranges / sets, channels.blocks() * set / sets,
           channels.blocks() * (set + 1) / sets, o.terms * r / ranges, o.terms * (r + 1) / ranges})
        .run();
  });
}

void sum_rows(const float* g, std::int64_t batch, std::int64_t rows, std::int64_t channels,
              float* out) {
  std::fill_n(out, channels, 0.0f);
  const Kernels k = kernels();
  // A sample of one row is its own sum, so the rows are one chain of additions.
  if (rows == 1) return k.sum_rows(g, batch, channels, channels, out);
  const std::int64_t chunks = chunks_of(rows);
  Scratch sums(batch * chunks * channels);
  parallel_for(batch * chunks, [&](std::int64_t piece) {
    const std::int64_t b = piece / chunks, at = piece % chunks * kChunk;
    k.sum_rows(g + (b * rows + at) * channels, std::min(kChunk, rows - at), channels, channels,
               sums.data() + piece * channels);
  });
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t c = 0; c < channels; ++c) {
      float sample = 0.0f;
      for (std::int64_t n = 0; n < chunks; ++n)
        sample = sample + sums.data()[(b * chunks + n) * channels + c];
      out[c] = out[c] + sample;
    }
}

}  // namespace dact::contract
