// The thread pool: bounded spin, then sleep; work is cut into pieces that own their outputs, so no result depends on
// who takes which piece.
#pragma once
#include <cstdint>
#include <type_traits>

namespace dact {

/// Threads that parallel_for uses, the caller included. Default: DACT_THREADS, else the CPUs this process may run on.
int thread_count();
/// 1 <= n <= 256; UsageError otherwise.
void set_thread_count(int n);

/// While alive, this thread rounds to nearest, keeps subnormals and traps nothing; then its former mode is back.
class FloatMode {
 public:
  FloatMode();
  ~FloatMode();
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
  std::uint64_t saved_;
};

namespace detail {
void run_pieces(std::int64_t pieces, void (*fn)(void*, std::int64_t), void* context);
}

/// Calls fn(piece) for piece = 0 .. pieces-1, each exactly once, on any thread, in any order; returns when all are
/// done. A call from inside a piece runs in place, and so does one made while another user thread's is under way.
/// Pieces run with FloatMode, on the caller too. The first exception is rethrown here after all running pieces ended;
/// pieces not yet begun are dropped.
template <class F>
void parallel_for(std::int64_t pieces, F&& fn) {
  using Fn = std::remove_reference_t<F>;
  detail::run_pieces(
      pieces, [](void* f, std::int64_t piece) { (*static_cast<Fn*>(f))(piece); },
      const_cast<void*>(static_cast<const void*>(&fn)));
}

/// Calls fn(begin, end) over [0, n) in ranges of at least `grain` items, cut for balance (about 8 ranges a thread).
template <class F>
void parallel_ranges(std::int64_t n, std::int64_t grain, F&& fn) {
  if (n <= 0) return;
  const std::int64_t most = std::int64_t{thread_count()} * 8;
  std::int64_t pieces = (n + grain - 1) / (grain > 0 ? grain : 1);
  if (thread_count() == 1 || pieces <= 1) {
    parallel_for(1, [&](std::int64_t) {
      fn(std::int64_t{0}, n);
    });  // in place, in the same floating-point mode
    return;
  }
  if (pieces > most) pieces = most;
  parallel_for(pieces, [&](std::int64_t p) { fn(n * p / pieces, n * (p + 1) / pieces); });
}

}  // namespace dact
