// Convolutions forward and their data gradients: rows of pixels that meet the same taps go through
// the microkernel together. At the border of the image the set of taps changes, so the axes are cut
// into classes; a class of one column is walked downwards, which keeps its tiles as full as those
// of the interior.
#include <algorithm>

#include "tensor/ops/contract/contract.hpp"
#include "tensor/parallel.hpp"

namespace dact::contract {
namespace {

bool same_taps(const AxisClass& a, const AxisClass& b) {
  for (std::size_t k = 0; k < a.at.size(); ++k)
    if (std::min<std::int64_t>(a.at[k], 0) != std::min<std::int64_t>(b.at[k], 0)) return false;
  return true;
}

/// Adds one position; it joins the class before it when both meet the same taps and `joins`.
void add_position(std::vector<AxisClass>& classes, AxisClass&& one, bool joins) {
  if (joins && same_taps(classes.back(), one))
    ++classes.back().count;
  else
    classes.push_back(std::move(one));
}

struct Range {
  std::int64_t from, to;
  std::int64_t count() const { return to - from; }
};
Range part_of(Range whole, std::int64_t part, std::int64_t parts) {
  return {whole.from + whole.count() * part / parts,
          whole.from + whole.count() * (part + 1) / parts};
}
/// The positions of a class that lie in a range of the axis.
Range clip(const AxisClass& c, Range r) {
  const auto position = [&](std::int64_t at) {
    return std::clamp<std::int64_t>((at - c.first + c.step - 1) / c.step, 0, c.count);
  };
  return {position(r.from), position(r.to)};
}

/// What one piece of work computes: an image, a range of rows, a range of channel blocks.
struct Walk {
  static constexpr std::int64_t kDown = 4;
  const Gather& g;
  const Kernels& k;
  const Panels& panels;
  const float* zeros;  // terms * taps of a row
  std::int64_t b;
  std::vector<Run> runs;

  /// The runs of taps ky in [ky0, ky1) at position i of a row class and j of a column class. Pixels
  /// go on along the columns, or along the rows when `down`. Neighbours in memory become one run.
  void collect(const AxisClass& row, std::int64_t i, const AxisClass& col, std::int64_t j,
               bool down, std::int64_t group, const float* w, std::int64_t lanes, std::int64_t ky0,
               std::int64_t ky1) {
    runs.clear();
    const std::int64_t pixel = g.groups * g.terms;
    const std::int64_t step = down ? row.in_step * g.in_w * pixel : col.in_step * pixel;
    const std::int64_t kernel_w = static_cast<std::int64_t>(col.at.size());
    for (std::int64_t ky = ky0; ky < ky1; ++ky)
      for (std::int64_t kx = 0; kx < kernel_w; ++kx) {
        const std::int64_t y = row.at[static_cast<std::size_t>(ky)];
        const std::int64_t x = col.at[static_cast<std::size_t>(kx)];
        if (y == AxisClass::kSkip || x == AxisClass::kSkip) continue;
        const bool zero = y < 0 || x < 0;
        const float* at =
            zero ? zeros
                 : g.in +
                       ((b * g.in_h + y + i * row.in_step) * g.in_w + x + j * col.in_step) * pixel +
                       group * g.terms;
        append({at, zero ? 0 : step, g.terms, w + (ky * kernel_w + kx) * g.terms * lanes}, lanes,
               zero && kx > 0);
      }
  }

  void append(const Run& next, std::int64_t lanes, bool same_row_zero) {
    if (!runs.empty()) {
      Run& last = runs.back();
      const bool both_zero = same_row_zero && last.at == zeros && next.at == zeros;
      const bool beside = next.at != zeros && last.at != zeros && next.at == last.at + last.length;
      if ((both_zero || beside) && next.w == last.w + last.length * lanes) {
        last.length += next.length;
        return;
      }
    }
    runs.push_back(next);
  }

  /// Positions `is` of a row class times positions `js` of a column class.
  void patch(const AxisClass& row, Range is, const AxisClass& col, Range js, std::int64_t group,
             std::int64_t block, std::int64_t ky0, std::int64_t ky1) {
    const std::int64_t lanes = panels.lanes_of(block), pixel = g.groups * g.channels;
    const float* w = g.panels + group * panels.floats() + panels.offset(block);
    const std::int64_t channel = group * g.channels + block * panels.lanes;
    const bool last = ky1 == static_cast<std::int64_t>(row.at.size());
    const bool down = is.count() > js.count();
    const std::int64_t lines = down ? js.count() : is.count();
    for (std::int64_t line = 0; line < lines; ++line) {
      const std::int64_t i = is.from + (down ? 0 : line), j = js.from + (down ? line : 0);
      collect(row, i, col, j, down, group, w, lanes, ky0, ky1);
      const std::int64_t y = row.first + i * row.step, x = col.first + j * col.step;
      k.tiles({runs.data(), static_cast<std::int64_t>(runs.size()), down ? is.count() : js.count(),
               panels.width(block), g.bias && last ? g.bias + channel : nullptr,
               g.out + ((b * g.out_h + y) * g.out_w + x) * pixel + channel,
               down ? row.step * g.out_w * pixel : col.step * pixel, ky0 > 0});
    }
  }

  void area(Range ys, Range xs, std::int64_t group, std::int64_t block) {
    // A panel beyond L2 is cut between rows of taps; the chain is stored and goes on.
    constexpr std::int64_t kPanelBytes = 800 * 1024;
    const std::int64_t kernel_h = static_cast<std::int64_t>(g.rows[0].at.size());
    const std::int64_t per_tap = panels.terms / kernel_h * panels.lanes_of(block) * 4;
    const std::int64_t fit = std::clamp<std::int64_t>(kPanelBytes / per_tap, 1, kernel_h);
    const std::int64_t cuts = (kernel_h + fit - 1) / fit;
    for (std::int64_t c = 0; c < cuts; ++c)
      for (const AxisClass& row : g.rows)
        for (const AxisClass& col : g.cols) {
          const Range is = clip(row, ys), js = clip(col, xs);
          if (is.count() <= 0 || js.count() <= 0) continue;
          // Downwards only 4 pixels at a time: rows may lie a large power of two apart, and then
          // all pixels of a tile meet in one set of the cache.
          const std::int64_t most = js.count() < kDown ? kDown : is.count();
          for (std::int64_t i = is.from; i < is.to; i += most)
            patch(row, {i, std::min(is.to, i + most)}, col, js, group, block, kernel_h * c / cuts,
                  kernel_h * (c + 1) / cuts);
        }
  }
};

/// How to walk a piece of several channel blocks: in patches whose inputs stay in L2 while the blocks pass by.
struct Patches {
  std::int64_t rows, cols;
};
Patches patches(const Gather& g, std::int64_t rows, std::int64_t blocks) {
  if (blocks <= 1) return {1, 1};
  const std::int64_t kernel_h = static_cast<std::int64_t>(g.rows[0].at.size());
  // half of 1 MiB, but not so few that a block's weights are read too often
  const std::int64_t pixels = std::max<std::int64_t>(256, 131072 / (g.groups * g.terms));
  const std::int64_t down = g.rows[0].in_step, across = g.cols[0].in_step;
  const std::int64_t wide = g.out_w * across;
  const std::int64_t high = pixels / wide - (kernel_h - 1);
  if (high >= 2 * down) return {(rows * down + high - 1) / high, 1};
  constexpr std::int64_t kHigh = 4;
  const std::int64_t part = std::max<std::int64_t>(24, pixels / (kHigh * down + kernel_h - 1));
  return {(rows + kHigh - 1) / kHigh, (wide + part - 1) / part};
}

}  // namespace

std::vector<AxisClass> forward_axis(std::int64_t out, std::int64_t in, std::int64_t kernel,
                                    std::int64_t stride, std::int64_t padding,
                                    std::int64_t dilation) {
  std::vector<AxisClass> classes;
  for (std::int64_t o = 0; o < out; ++o) {
    AxisClass one{o, 1, 1, stride, {}};
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = o * stride - padding + k * dilation;
      one.at.push_back(at >= 0 && at < in ? at : AxisClass::kZero);
    }
    add_position(classes, std::move(one), o > 0);
  }
  return classes;
}

std::vector<AxisClass> backward_axis(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                     std::int64_t stride, std::int64_t padding,
                                     std::int64_t dilation) {
  std::vector<AxisClass> classes;
  for (std::int64_t residue = 0; residue < std::min(stride, in); ++residue)
    for (std::int64_t i = residue; i < in; i += stride) {
      AxisClass one{i, 1, stride, 1, {}};
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t at = i + padding - k * dilation;
        const bool lands = at >= 0 && at % stride == 0 && at / stride < out;
        one.at.push_back(lands ? at / stride : AxisClass::kSkip);
      }
      add_position(classes, std::move(one), i != residue);
    }
  return classes;
}

void run_gather(const Gather& g) {
  if (g.batch == 0 || g.rows.empty() || g.cols.empty()) return;
  const Kernels k = kernels();
  const std::int64_t kernel_h = static_cast<std::int64_t>(g.rows[0].at.size());
  const std::int64_t kernel_w = static_cast<std::int64_t>(g.cols[0].at.size());
  const Panels panels(g.channels, kernel_h * kernel_w * g.terms);
  Scratch zeros(kernel_w * g.terms);
  zeros.fill_zero();
  const std::int64_t blocks = g.groups * panels.blocks();
  const Cut cut = cut_work(g.batch, g.out_h, g.out_w, blocks, panels.terms);
  parallel_for(g.batch * cut.row_ranges * cut.block_ranges, [&](std::int64_t piece) {
    const std::int64_t part = piece % cut.block_ranges, range = piece / cut.block_ranges;
    Walk walk{g, k, panels, zeros.data(), range / cut.row_ranges, {}};
    const Range ys = part_of({0, g.out_h}, range % cut.row_ranges, cut.row_ranges);
    const Range ns = part_of({0, blocks}, part, cut.block_ranges);
    const Patches cuts = patches(g, ys.count(), ns.count());
    for (std::int64_t p = 0; p < cuts.rows * cuts.cols; ++p)
      for (std::int64_t n = ns.from; n < ns.to; ++n)
        walk.area(part_of(ys, p / cuts.cols, cuts.rows),
                  part_of({0, g.out_w}, p % cuts.cols, cuts.cols), n / panels.blocks(),
                  n % panels.blocks());
  });
}

}  // namespace dact::contract
