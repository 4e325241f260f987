// One path for every layout: elementwise kernels see only dense runs. The output of an elementwise operator is dense,
// so a plan over it runs through its memory in order; an operand laid out like the output is read where it lies, any
// other passes, a block at a time, through a buffer that stays in the first cache.
#pragma once
#include <cstring>

#include "tensor/loop.hpp"

namespace dact {

inline constexpr std::int64_t kBlock = 512;

/// Where an operand that is not read in place passes through; one per operand and range of work.
template <class T>
struct Block {
  T at[kBlock];
  bool filled = false;  // with an operand of a single value: nothing to do for the next block
};

/// Operand k of a plan, read in the plan's order.
template <class T, std::size_t K>
class BlockReader {
 public:
  BlockReader(const LoopPlan<K>& plan, std::size_t k, const T* data)
      : plan_(&plan), k_(k), data_(data) {
    for (int i = 0; i < plan.rank; ++i) {
      flat_ = flat_ && plan.stride[k][i] == plan.stride[0][i];
      single_ = single_ && plan.stride[k][i] == 0;
    }
  }
  bool flat() const { return flat_; }
  /// Elements [begin, begin + n), n <= kBlock unless flat(): in place, or gathered into `block`.
  const T* read(std::int64_t begin, std::int64_t n, Block<T>& block) const {
    if (flat_) return data_ + begin;
    if (single_) {
      if (!block.filled) copy_run(data_, 0, kBlock, block.at);
      block.filled = true;
      return block.at;
    }
    std::int64_t index[kMaxRank], rest = begin, at = 0;
    for (int i = plan_->rank - 1; i >= 0; --i) {
      index[i] = rest % plan_->size[i];
      rest /= plan_->size[i];
      at += index[i] * plan_->stride[k_][i];
    }
    gather(index, at, n, block.at);
    return block.at;
  }

 private:
  // Row by row: the rest of the current row, then the odometer turns.
  void gather(std::int64_t (&index)[kMaxRank], std::int64_t at, std::int64_t n, T* to) const {
    const int last = plan_->rank - 1;
    const std::int64_t *size = plan_->size, *stride = plan_->stride[k_];
    for (;;) {
      const std::int64_t row = size[last] - index[last], run = row < n ? row : n;
      copy_run(data_ + at, stride[last], run, to);
      to += run;
      n -= run;
      if (n == 0) return;
      at -= index[last] * stride[last];
      index[last] = 0;
      int axis = last - 1;
      for (; index[axis] == size[axis] - 1; --axis) {
        at -= index[axis] * stride[axis];
        index[axis] = 0;
      }
      ++index[axis];
      at += stride[axis];
    }
  }
  static void copy_run(const T* from, std::int64_t stride, std::int64_t n, T* to) {
    if (stride == 1) {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    } else if (stride == 0) {
      const T v = *from;
      for (std::int64_t i = 0; i < n; ++i) to[i] = v;
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
    }
  }

  const LoopPlan<K>* plan_;
  std::size_t k_;
  const T* data_;
  bool flat_ = true, single_ = true;
};

/// fn(blocks, begin, n) over all elements in the plan's order, in parallel: whole ranges when every operand is flat,
/// else pieces of kBlock. `Blocks` is the caller's array or struct of Block, one copy per range.
template <class Blocks, std::size_t K, class F>
void for_each_block(const LoopPlan<K>& plan, bool all_flat, F&& fn) {
  constexpr std::int64_t kGrain = 8192;  // elements worth handing to another thread
  if (plan.numel == 0) return;
  parallel_ranges(plan.numel, kGrain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t step = all_flat ? end - begin : kBlock;
    Blocks blocks;
    for (std::int64_t i = begin; i < end; i += step) fn(blocks, i, end - i < step ? end - i : step);
  });
}

}  // namespace dact
