// The one product kernel: tiles of outputs, each output one fma chain over ascending k (NUMERICS.md 3). Operands come
// through loaders, so that matrices, convolutions and their gradients are the same loop:
//   struct Loader {
//     static constexpr bool kAlongTerms;  neighbours in memory follow k; else they follow rows (columns)
//     struct Line;                        what a thread keeps of a row (column)
//     Line line(batch, i) const;          i may lie beyond the last row: such a line is never stored
//     float load(line, batch, k) const;   k < terms(batch)
//     bool lands(line, k) const;          of a: false where the chain has no term (kSkips)
//   };
// Terms beyond the chain's end are not computed: a term +0 would turn a sum of -0 into +0.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"
#include "tensor/sum.hpp"

namespace dact::cuda {

// ---- loaders

/// A batch of matrices: element (i, k) of batch b at p[offset(b) + i * line_step + k * term_step].
template <bool along_terms>
struct MatrixLoader {
  static constexpr bool kAlongTerms = along_terms, kSkips = false;
  struct Line {
    const float* at;
  };
  const float* p;
  std::int64_t lines, line_step, term_step;
  const std::int64_t* matrix_of;  // which matrix batch b reads, or null: b itself
  std::int64_t matrices, inner_step,
      outer_step;  // matrix m at m % matrices * inner + m / matrices * outer

  DACT_INLINE Line line(std::int64_t batch, std::int64_t i) const {
    const std::int64_t m = matrix_of ? matrix_of[batch] : batch;
    const Split s = split(m, matrices);
    return {p + s.rest * inner_step + s.quotient * outer_step + (i < lines ? i : 0) * line_step};
  }
  DACT_INLINE float load(const Line& l, std::int64_t, std::int64_t k) const {
    return l.at[k * term_step];
  }
  DACT_INLINE bool lands(const Line&, std::int64_t) const { return true; }
};

/// Sizes of one convolution; x [B, H, W, C], y [B, OH, OW, N] as stored.
struct ConvSizes {
  int batch, in_c, in_h, in_w, out_c, out_h, out_w, kernel_h, kernel_w;
  int stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w, groups;
  int in_group, out_group;
};

/// Rows: output pixels; terms (kh, kw, c); pixels outside the image are +0. Batch: the group.
struct ConvLoader {
  static constexpr bool kAlongTerms = true, kSkips = false;
  struct Line {
    const float* image;
    int y, x;  // of tap (0, 0)
  };
  const float* in;
  ConvSizes s;

  DACT_INLINE Line line(std::int64_t group, std::int64_t i) const {
    const std::int64_t pixels = static_cast<std::int64_t>(s.out_h) * s.out_w;
    const Split image = split(i < pixels * s.batch ? i : 0, pixels);
    const int p = static_cast<int>(image.rest), y = p / s.out_w;
    return {in + image.quotient * s.in_h * s.in_w * s.in_c + group * s.in_group,
            y * s.stride_h - s.padding_h, (p - y * s.out_w) * s.stride_w - s.padding_w};
  }
  DACT_INLINE float load(const Line& l, std::int64_t, std::int64_t k) const {
    const int tap = static_cast<int>(k) / s.in_group, c = static_cast<int>(k) - tap * s.in_group;
    const int ky = tap / s.kernel_w, kx = tap - ky * s.kernel_w;
    const int y = l.y + ky * s.dilation_h, x = l.x + kx * s.dilation_w;
    if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) return 0.0f;
    return l.image[(static_cast<std::int64_t>(y) * s.in_w + x) * s.in_c + c];
  }
  DACT_INLINE bool lands(const Line&, std::int64_t) const { return true; }
};

/// Rows: input pixels; terms (kh, kw, n) of the gradient g of the outputs, those of taps that land on one.
struct ConvGradientLoader {
  static constexpr bool kAlongTerms = true, kSkips = true;
  struct Line {
    const float* image;
    int y, x;  // i + padding
  };
  const float* g;
  ConvSizes s;

  DACT_INLINE Line line(std::int64_t group, std::int64_t i) const {
    const std::int64_t pixels = static_cast<std::int64_t>(s.in_h) * s.in_w;
    const Split image = split(i < pixels * s.batch ? i : 0, pixels);
    const int p = static_cast<int>(image.rest), y = p / s.in_w;
    return {g + image.quotient * s.out_h * s.out_w * s.out_c + group * s.out_group, y + s.padding_h,
            p - y * s.in_w + s.padding_w};
  }
  /// The output pixel that term k reads, or -1.
  DACT_INLINE std::int64_t pixel(const Line& l, int k) const {
    const int tap = k / s.out_group, ky = tap / s.kernel_w, kx = tap - ky * s.kernel_w;
    const int y = l.y - ky * s.dilation_h, x = l.x - kx * s.dilation_w;
    if (y < 0 || x < 0) return -1;
    const int oy = y / s.stride_h, ox = x / s.stride_w;
    if (oy * s.stride_h != y || ox * s.stride_w != x || oy >= s.out_h || ox >= s.out_w) return -1;
    return static_cast<std::int64_t>(oy) * s.out_w + ox;
  }
  DACT_INLINE float load(const Line& l, std::int64_t, std::int64_t k) const {
    const std::int64_t at = pixel(l, static_cast<int>(k));
    return at < 0 ? 0.0f : l.image[at * s.out_c + static_cast<int>(k) % s.out_group];
  }
  DACT_INLINE bool lands(const Line& l, std::int64_t k) const {
    return pixel(l, static_cast<int>(k)) >= 0;
  }
};

/// A chunk of at most 1024 positions of one sample: what a batch index of a weight gradient means.
struct Chunks {
  std::int64_t positions, per_sample, first_sample, groups;
  struct At {
    std::int64_t group, sample, from;
  };
  DACT_INLINE At at(std::int64_t batch) const {
    const Split g = split(batch, groups), c = split(g.quotient, per_sample);
    return {g.rest, first_sample + c.quotient, c.rest * kChunk};
  }
  DACT_INLINE std::int64_t terms(std::int64_t batch) const {
    const std::int64_t left = positions - at(batch).from;
    return left < kChunk ? left : kChunk;
  }
};

/// Rows: output channels of a group; terms: positions of a chunk of g.
struct OuterGradientLoader {
  static constexpr bool kAlongTerms = false, kSkips = false;
  struct Line {
    const float* at;
  };
  const float* g;
  ConvSizes s;
  Chunks chunks;
  DACT_INLINE Line line(std::int64_t batch, std::int64_t n) const {
    const Chunks::At c = chunks.at(batch);
    return {g + (c.sample * chunks.positions + c.from) * s.out_c + c.group * s.out_group +
            (n < s.out_group ? n : 0)};
  }
  DACT_INLINE float load(const Line& l, std::int64_t, std::int64_t k) const {
    return l.at[k * s.out_c];
  }
  DACT_INLINE bool lands(const Line&, std::int64_t) const { return true; }
};

/// Columns: (tap, input channel); terms: positions of a chunk, inputs outside the image +0.
struct OuterInputLoader {
  static constexpr bool kAlongTerms = false, kSkips = false;
  struct Line {
    const float* image;
    int y, x, from;  // offsets of the tap; first position of the chunk
  };
  const float* in;
  ConvSizes s;
  Chunks chunks;
  DACT_INLINE Line line(std::int64_t batch, std::int64_t column) const {
    const Chunks::At c = chunks.at(batch);
    const int most = s.kernel_h * s.kernel_w * s.in_group;
    const int j = column < most ? static_cast<int>(column) : 0;
    const int tap = j / s.in_group, ky = tap / s.kernel_w, kx = tap - ky * s.kernel_w;
    return {
        in + c.sample * s.in_h * s.in_w * s.in_c + c.group * s.in_group + (j - tap * s.in_group),
        ky * s.dilation_h - s.padding_h, kx * s.dilation_w - s.padding_w, static_cast<int>(c.from)};
  }
  DACT_INLINE float load(const Line& l, std::int64_t, std::int64_t k) const {
    const int p = l.from + static_cast<int>(k), row = p / s.out_w;
    const int y = row * s.stride_h + l.y, x = (p - row * s.out_w) * s.stride_w + l.x;
    if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) return 0.0f;
    return l.image[(static_cast<std::int64_t>(y) * s.in_w + x) * s.in_c];
  }
  DACT_INLINE bool lands(const Line&, std::int64_t) const { return true; }
};

// ---- the kernel

/// Where output (i, j) of batch b goes: out[offset(b) + i * row_step + j * column_step].
struct Target {
  float* out;
  std::int64_t rows, columns, row_step, column_step;
  std::int64_t matrices, inner_step, outer_step;  // as in MatrixLoader
  const float* bias;                              // [columns] of batch 0, or null; added last
  std::int64_t bias_step;                         // to the next batch's
};

struct alignas(16) Quad {
  float v[4];
};

/// side x side outputs a block of 256 threads, (side / 16)^2 each. Tiles of 8 terms are double-buffered: a step loads
/// tile s into one buffer while it computes tile s - 1 from the other, so one barrier a step is enough.
template <int side, class A, class B>
struct ContractKernel {
  static constexpr int kThreads = 256, kTerms = 8, kEach = side / 16,
                       kLoads = side * kTerms / kThreads;
  static constexpr int kResident =
      2;  // blocks of a multiprocessor, so at most 128 registers a thread
  // Sizes of arrays. A row is 4 floats longer, so that a warp that stores 4 rows x 8 terms meets all 32 banks.
  static constexpr std::size_t kLong = side + 4, kTile = side / 16,
                               kLineLoads = side * kTerms / kThreads;
  struct Shared {
    alignas(16) float a[2][kTerms][kLong];
    alignas(16) float b[2][kTerms][kLong];
    bool lands[A::kSkips ? 2 : 1][A::kSkips ? kTerms : 1][A::kSkips ? kLong : 1];
  };
  struct Registers {
    float acc[kTile][kTile];
    typename A::Line a[A::kAlongTerms ? kLineLoads : 1];
    typename B::Line b[B::kAlongTerms ? kLineLoads : 1];
  };
  A a;
  B b;
  Target to;
  std::int64_t terms;  // of every batch, unless chunked
  bool chunked;
  Chunks chunks;

  DACT_INLINE std::int64_t row_tiles() const { return (to.rows + side - 1) / side; }
  DACT_INLINE std::int64_t column_tiles() const { return (to.columns + side - 1) / side; }
  DACT_INLINE std::int64_t terms_of(std::int64_t batch) const {
    return chunked ? chunks.terms(batch) : terms;
  }
  struct Tile {
    std::int64_t batch, row, column;
  };
  /// Neighbouring blocks share rows of a.
  DACT_INLINE Tile tile_of(std::int64_t block) const {
    const Split c = split(block, column_tiles()), r = split(c.quotient, row_tiles());
    return {r.quotient, r.rest * side, c.rest * side};
  }

  DACT_INLINE std::int64_t steps(std::int64_t block) const {
    return (terms_of(tile_of(block).batch) + kTerms - 1) / kTerms + 1;
  }

  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers& r) const {
    const Tile tile = tile_of(t.block);
    const std::int64_t all = terms_of(tile.batch), last = (all + kTerms - 1) / kTerms;
    if (s == 0) begin(tile, t.index, r);
    if (s < last) {
      const int buffer = static_cast<int>(s % 2);
      fetch<A>(a, r.a, tile.batch, s * kTerms, all, t.index, m.a[buffer]);
      fetch<B>(b, r.b, tile.batch, s * kTerms, all, t.index, m.b[buffer]);
      if constexpr (A::kSkips) mark(r.a, s * kTerms, all, t.index, m.lands[buffer]);
    }
    if (s > 0) {
      const std::int64_t left = all - (s - 1) * kTerms;
      multiply(t.index, static_cast<int>((s - 1) % 2),
               left < kTerms ? static_cast<int>(left) : kTerms, m, r);
    }
    if (s == last) store(tile, t.index, r);
  }

 private:
  /// Which line and term of a tile load number j of a thread is.
  template <class L>
  DACT_INLINE static int line_of(int thread, int j) {
    return L::kAlongTerms ? thread / kTerms + j * (kThreads / kTerms) : thread % side;
  }
  template <class L>
  DACT_INLINE static int term_of(int thread, int j) {
    return L::kAlongTerms ? thread % kTerms : thread / side + j * (kThreads / side);
  }
  /// Output number i of a thread along rows (columns): 4 neighbours, then 4 half a tile further; every warp's reads
  /// are then free of bank conflicts.
  DACT_INLINE static int place(int i, int thread_side) {
    if constexpr (kEach == 8) return (i / 4) * (side / 2) + thread_side * 4 + i % 4;
    return thread_side * kEach + i;
  }

  DACT_INLINE void begin(const Tile& tile, int thread, Registers& r) const {
    for (int i = 0; i < kEach; ++i)
      for (int j = 0; j < kEach; ++j) r.acc[i][j] = 0.0f;
    for (int j = 0; j < (A::kAlongTerms ? kLoads : 1); ++j)
      r.a[j] = a.line(tile.batch, tile.row + line_of<A>(thread, j));
    for (int j = 0; j < (B::kAlongTerms ? kLoads : 1); ++j)
      r.b[j] = b.line(tile.batch, tile.column + line_of<B>(thread, j));
  }

  template <class L>
  DACT_INLINE void fetch(const L& loader, const typename L::Line* lines, std::int64_t batch,
                         std::int64_t first, std::int64_t all, int thread,
                         float (*lines_of_tile)[kLong]) const {
    DACT_UNROLL
    for (int j = 0; j < kLoads; ++j) {
      const int k = term_of<L>(thread, j);
      const bool inside = first + k < all;
      lines_of_tile[k][line_of<L>(thread, j)] =
          inside ? loader.load(lines[L::kAlongTerms ? j : 0], batch, first + k) : 0.0f;
    }
  }

  DACT_INLINE void mark(const typename A::Line* lines, std::int64_t first, std::int64_t all,
                        int thread, bool (*marks)[A::kSkips ? kLong : 1]) const {
    for (int j = 0; j < kLoads; ++j) {
      const int k = term_of<A>(thread, j);
      marks[k][line_of<A>(thread, j)] =
          first + k < all && a.lands(lines[A::kAlongTerms ? j : 0], first + k);
    }
  }

  // i, j: outputs of the thread
  DACT_INLINE void multiply(int thread, int buffer, int count, const Shared& m,
                            Registers& r) const {
    const int down = thread / 16, across = thread % 16;
    if (count == kTerms) {
      DACT_UNROLL
      for (int k = 0; k < kTerms; ++k) term(buffer, k, down, across, m, r);
    } else {
      for (int k = 0; k < count; ++k) term(buffer, k, down, across, m, r);
    }
  }
  DACT_INLINE void term(int buffer, int k, int down, int across, const Shared& m,
                        Registers& r) const {
    float x[kTile], y[kTile];
    read(m.a[buffer][k], down, x);
    read(m.b[buffer][k], across, y);
    DACT_UNROLL
    for (int i = 0; i < kEach; ++i) {
      if constexpr (A::kSkips)
        if (!m.lands[buffer][k][place(i, down)]) continue;
      DACT_UNROLL
      for (int j = 0; j < kEach; ++j) r.acc[i][j] = math::fma(x[i], y[j], r.acc[i][j]);
    }
  }
  DACT_INLINE static void read(const float* row, int thread_side, float* x) {
    if constexpr (kEach % 4 == 0) {
      DACT_UNROLL
      for (int q = 0; q < kEach; q += 4) {
        const Quad quad = *reinterpret_cast<const Quad*>(row + place(q, thread_side));
        for (int i = 0; i < 4; ++i) x[q + i] = quad.v[i];
      }
    } else {
      for (int i = 0; i < kEach; ++i) x[i] = row[place(i, thread_side)];
    }
  }

  DACT_INLINE void store(const Tile& tile, int thread, const Registers& r) const {
    const Split s = split(tile.batch, to.matrices);
    float* out = to.out + s.rest * to.inner_step + s.quotient * to.outer_step;
    const float* bias = to.bias ? to.bias + tile.batch * to.bias_step : nullptr;
    DACT_UNROLL
    for (int i = 0; i < kEach; ++i) {
      const std::int64_t row = tile.row + place(i, thread / 16);
      if (row >= to.rows) continue;
      DACT_UNROLL
      for (int j = 0; j < kEach; ++j) {
        const std::int64_t column = tile.column + place(j, thread % 16);
        if (column >= to.columns) continue;
        const float v = r.acc[i][j];
        out[row * to.row_step + column * to.column_step] = bias ? v + bias[column] : v;
      }
    }
  }
};

// ---- sums of chunks, and sums over rows

/// total[e] (+)= per sample of `samples`: chunk results ascending from +0; samples ascending. part: [sample, chunk,
/// group][row][column] of chains; e runs over the weight [groups * rows, terms, taps].
struct AddChunks {
  const float* part;
  float* total;
  ConvSizes s;
  std::int64_t samples, chunks;
  bool first;
  DACT_INLINE void operator()(std::int64_t e) const {
    const int taps = s.kernel_h * s.kernel_w, per_channel = taps * s.in_group;
    const Split channel = split(e, per_channel), of = split(channel.quotient, s.out_group);
    const int c = static_cast<int>(channel.rest) / taps,
              tap = static_cast<int>(channel.rest) % taps;
    const std::int64_t matrix = static_cast<std::int64_t>(s.out_group) * per_channel;
    const float* at = part + of.quotient * matrix + of.rest * per_channel + tap * s.in_group + c;
    float all = first ? 0.0f : total[e];
    for (std::int64_t b = 0; b < samples; ++b) {
      float sample = 0.0f;
      for (std::int64_t k = 0; k < chunks; ++k, at += matrix * s.groups) sample = sample + *at;
      all = all + sample;
    }
    total[e] = all;
  }
};

/// part[(b * chunks + chunk) * channels + c]: chain of additions over a chunk of 1024 rows.
struct RowSums {
  const float* g;
  float* part;
  std::int64_t rows, chunks, channels;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split c = split(i, channels), b = split(c.quotient, chunks);
    const std::int64_t from = b.rest * kChunk, to = rows - from < kChunk ? rows : from + kChunk;
    float sum = 0.0f;
    for (std::int64_t r = from; r < to; ++r)
      sum = sum + g[(b.quotient * rows + r) * channels + c.rest];
    part[i] = sum;
  }
};
struct AddRowSums {
  const float* part;
  float* out;
  std::int64_t batch, chunks, channels;
  DACT_INLINE void operator()(std::int64_t c) const {
    float all = 0.0f;
    for (std::int64_t b = 0; b < batch; ++b) {
      float sample = 0.0f;
      for (std::int64_t k = 0; k < chunks; ++k)
        sample = sample + part[(b * chunks + k) * channels + c];
      all = all + sample;
    }
    out[c] = all;
  }
};

/// out[e] = sum of the matrices of `from` that batch b of out serves, ascending from +0: matmul's broadcast batches.
/// order[begin[m] .. begin[m + 1]) are the batches of matrix m of out.
struct AddBatches {
  const float* from;
  const std::int64_t *begin, *order;
  std::int64_t matrix;
  float* out;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split m = split(e, matrix);
    float sum = 0.0f;
    for (std::int64_t k = begin[m.quotient]; k < begin[m.quotient + 1]; ++k)
      sum = sum + from[order[k] * matrix + m.rest];
    out[e] = sum;
  }
};

}  // namespace dact::cuda
