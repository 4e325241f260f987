// One job at a time. The caller opens a gate, workers walk in, everybody takes pieces from one
// counter, the caller shuts the gate and waits for those inside only: a worker that the system has
// put aside is not waited for.
#include "tensor/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/system.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dact {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMostThreads = 256;
// Handing over costs about 1 us to a spinning thread and 50 us to a sleeping one, so that waiting
// longer than the second cannot win much and holds up others on a busy machine.
constexpr std::chrono::microseconds kSpin{50};
// The caller, who waits for the last pieces, gives its core away between looks before it sleeps.
constexpr std::chrono::milliseconds kYield{1};

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// True once done() is; false when the time is over. The clock is read once in 32 looks.
template <class Done>
bool spin_until(std::chrono::microseconds time, Done done) {
  const Clock::time_point end = Clock::now() + time;
  do {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      pause();
    }
  } while (Clock::now() < end);
  return false;
}

thread_local bool inside_piece = false;

struct Job {
  void (*fn)(void*, std::int64_t) = nullptr;
  void* context = nullptr;
  std::int64_t pieces = 0;
};

class Pool {
 public:
  int threads();
  void resize(int n);
  void run(const Job& job);

 private:
  void start_workers();
  void stop_workers();
  void work(std::uint64_t seen);
  void take_pieces();
  bool enter(std::uint64_t& seen);
  void leave();
  void close_and_wait();

  // gate_: generation << 17 | open << 16 | workers inside
  static constexpr std::uint64_t kInside = 0xffff, kOpen = 0x10000, kGeneration = 0x20000;

  std::mutex running_;  // held by the one caller whose job this is, and by resize()
  std::atomic<int> threads_{0};
  std::vector<std::thread> workers_;
  bool started_ = false;
  std::chrono::microseconds spin_{0};

  Job job_;  // written while nobody is inside
  std::exception_ptr error_;
  alignas(64) std::atomic<std::uint64_t> gate_{0};
  alignas(64) std::atomic<std::int64_t> next_{0};
  alignas(64) std::atomic<bool> failed_{false};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> stop_{false};
  std::mutex sleep_;  // of both conditions; never held while a piece runs
  std::condition_variable opened_, emptied_;
};

// Never destroyed: static objects may still compute while the process ends.
Pool& pool() {
  static Pool& the = *new Pool;
  return the;
}

int parse_threads(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > kMostThreads)
    throw UsageError("DACT_THREADS", fmt::format("must be a whole number from 1 to {}, got \"{}\"",
                                                 kMostThreads, text));
  return value;
}

int default_threads() {
  const char* text = std::getenv("DACT_THREADS");
  if (text != nullptr && *text != '\0') return parse_threads(text);
  return std::min(available_cpus(), kMostThreads);
}

int Pool::threads() {
  int n = threads_.load(std::memory_order_relaxed);
  if (n == 0) {
    const int wanted = default_threads();
    if (threads_.compare_exchange_strong(n, wanted)) n = wanted;
  }
  return n;
}

void Pool::resize(int n) {
  if (n < 1 || n > kMostThreads)
    throw UsageError("set_thread_count",
                     fmt::format("must be from 1 to {}, got {}", kMostThreads, n));
  if (inside_piece)
    throw UsageError("set_thread_count",
                     fmt::format("must not be called from inside a parallel_for, got {}", n));
  const std::lock_guard lock(running_);
  stop_workers();
  threads_.store(n, std::memory_order_relaxed);
}

void Pool::start_workers() {
  if (started_) return;
  started_ = true;
  const int n = threads();
  // With more threads than CPUs a spinning thread stands in the way of the one it waits for.
  spin_ = n <= available_cpus() ? kSpin : std::chrono::microseconds{0};
  workers_.reserve(static_cast<std::size_t>(n - 1));
  try {
    const std::uint64_t seen = gate_.load();
    for (int i = 1; i < n; ++i) workers_.emplace_back([this, seen] { work(seen); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those there are do the work, the results are the same.
  }
}

void Pool::stop_workers() {
  {
    const std::lock_guard lock(sleep_);
    stop_.store(true);
  }
  opened_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  stop_.store(false);
  started_ = false;
}

bool Pool::enter(std::uint64_t& seen) {
  std::uint64_t gate = gate_.load(std::memory_order_acquire);
  while ((gate & kOpen) != 0 && gate / kGeneration != seen / kGeneration) {
    if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) {
      seen = gate;
      return true;
    }
  }
  return false;
}

void Pool::leave() {
  const std::uint64_t before = gate_.fetch_sub(1);
  if ((before & kOpen) != 0 || (before & kInside) != 1 || !caller_sleeps_.load()) return;
  { const std::lock_guard lock(sleep_); }  // the caller is now before its look or in its sleep
  emptied_.notify_one();
}

void Pool::work(std::uint64_t seen) {
  const FloatMode mode;
  inside_piece = true;
  while (true) {
    bool in = false;
    const auto ready = [&] { return (in = enter(seen)) || stop_.load(); };
    if (!spin_until(spin_, ready)) {
      std::unique_lock lock(sleep_);
      sleepers_.fetch_add(1);
      opened_.wait(lock, ready);
      sleepers_.fetch_sub(1);
    }
    if (!in) return;
    take_pieces();
    leave();
  }
}

void Pool::take_pieces() {
  for (std::int64_t piece; (piece = next_.fetch_add(1, std::memory_order_relaxed)) < job_.pieces;) {
    try {
      job_.fn(job_.context, piece);
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
      next_.store(job_.pieces, std::memory_order_relaxed);  // drops what has not begun
    }
  }
}

void Pool::close_and_wait() {
  gate_.fetch_and(~kOpen);
  const auto empty = [&] { return (gate_.load() & kInside) == 0; };
  if (spin_until(spin_, empty)) return;
  for (const Clock::time_point end = Clock::now() + kYield; Clock::now() < end;) {
    if (empty()) return;
    std::this_thread::yield();
  }
  std::unique_lock lock(sleep_);
  caller_sleeps_.store(true);
  emptied_.wait(lock, empty);
  caller_sleeps_.store(false);
}

void run_in_place(const Job& job) {
  for (std::int64_t piece = 0; piece < job.pieces; ++piece) job.fn(job.context, piece);
}

void Pool::run(const Job& job) {
  // A second user thread does not wait for the first one's job.
  std::unique_lock running(running_, std::defer_lock);
  if (job.pieces <= 1 || inside_piece || threads() == 1 || !running.try_lock())
    return run_in_place(job);
  start_workers();
  job_ = job;
  error_ = nullptr;
  failed_.store(false, std::memory_order_relaxed);
  next_.store(0, std::memory_order_relaxed);
  gate_.store((gate_.load() / kGeneration + 1) * kGeneration + kOpen);
  // Sequentially consistent on both sides: either this sees the sleeper or the sleeper sees the
  // gate.
  if (const int asleep = sleepers_.load(); asleep > 0) {
    { const std::lock_guard lock(sleep_); }
    for (std::int64_t i = std::min<std::int64_t>(asleep, job.pieces - 1); i > 0; --i)
      opened_.notify_one();
  }
  inside_piece = true;
  take_pieces();
  inside_piece = false;
  close_and_wait();
  if (failed_.load(std::memory_order_relaxed)) {
    const std::exception_ptr error = std::exchange(error_, nullptr);
    running.unlock();
    std::rethrow_exception(error);
  }
}

}  // namespace

int thread_count() { return pool().threads(); }
void set_thread_count(int n) { pool().resize(n); }

void detail::run_pieces(std::int64_t pieces, void (*fn)(void*, std::int64_t), void* context) {
  const FloatMode mode;
  pool().run({fn, context, pieces});
}

}  // namespace dact
