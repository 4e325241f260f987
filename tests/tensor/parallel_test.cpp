// The thread pool: every piece once, exceptions, nesting, several callers, the floating-point mode.
#include "tensor/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tensor/error.hpp"

using namespace dact;

namespace {

struct ThreadCount {  // puts the former count back
  explicit ThreadCount(int n) : before(thread_count()) { set_thread_count(n); }
  ~ThreadCount() { set_thread_count(before); }
  int before;
};

// Without the optimiser: the mode of this moment decides. 1 + 2^-25 is 1 to nearest and above 1
// upwards.
bool rounds_to_nearest() {
  volatile float one = 1, tiny = 0x1p-25f;
  return one + tiny == 1.0f && -one - tiny == -1.0f;
}
bool keeps_subnormals() {
  volatile float small = 0x1p-126f, half = 0.5f;
  const volatile float result = small * half;
  return result != 0;
}

}  // namespace

TEST_CASE("parallel_for: every piece exactly once, with any number of threads") {
  for (const int threads : {1, 2, 3, 7, 16}) {
    const ThreadCount scope(threads);
    CHECK(thread_count() == threads);
    for (const std::int64_t pieces : {0, 1, 2, 3, 16, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(pieces));
      parallel_for(pieces, [&](std::int64_t p) { ++seen[static_cast<std::size_t>(p)]; });
      for (auto& count : seen) REQUIRE(count == 1);
    }
  }
}

TEST_CASE("parallel_for: many short jobs one after the other, with pauses that let workers sleep") {
  const ThreadCount scope(4);
  std::int64_t total = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::int64_t> out(9, 0);  // plain: written by pieces, read here
    parallel_for(9, [&](std::int64_t p) { out[static_cast<std::size_t>(p)] = p + round; });
    for (std::int64_t p = 0; p < 9; ++p) total += out[static_cast<std::size_t>(p)] - p - round;
    if (round % 300 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(total == 0);
}

TEST_CASE("parallel_for: pieces of one job run on more than one thread") {
  const ThreadCount scope(2);
  std::atomic<int> arrived{0};
  // Each piece waits for the other: this ends only if two threads are at work.
  parallel_for(2, [&](std::int64_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST_CASE("parallel_ranges: covers [0, n) without overlap, in ranges of at least a grain") {
  const ThreadCount scope(3);
  for (const std::int64_t n : {0, 1, 5, 64, 1000, 1001}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(n));
    std::atomic<std::int64_t> shortest{n};
    parallel_ranges(n, 10, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      if (end - begin < shortest) shortest = end - begin;
    });
    for (auto& count : seen) REQUIRE(count == 1);
    if (n >= 1000) CHECK(shortest >= 10);
  }
}

TEST_CASE("parallel_for: nested calls run in place") {
  const ThreadCount scope(3);
  std::vector<std::atomic<int>> seen(64);
  parallel_for(8, [&](std::int64_t outer) {
    const auto self = std::this_thread::get_id();
    parallel_for(8, [&](std::int64_t inner) {
      if (std::this_thread::get_id() == self) ++seen[static_cast<std::size_t>(outer * 8 + inner)];
    });
  });
  for (auto& count : seen) CHECK(count == 1);
}

TEST_CASE("parallel_for: an exception reaches the caller, and the pool works on") {
  for (const int threads : {1, 2, 5}) {
    const ThreadCount scope(threads);
    for (int round = 0; round < 20; ++round) {
      std::atomic<int> begun{0};
      const auto job = [&](std::int64_t p) {
        ++begun;
        if (p == 3) throw ShapeError("piece", "must not be 3, got 3");
        if (p > 3)
          std::this_thread::sleep_for(std::chrono::microseconds(50));  // lets the throw come first
      };
      REQUIRE_THROWS_WITH_AS(parallel_for(10000, job), "piece: must not be 3, got 3", ShapeError);
      CHECK(begun.load() < 10000);  // pieces not yet begun are dropped
      if (threads == 1) CHECK(begun.load() == 4);
      begun = 0;
      parallel_for(100, [&](std::int64_t) { ++begun; });
      REQUIRE(begun.load() == 100);
    }
    // All pieces throw at once: one of the exceptions arrives.
    CHECK_THROWS_AS(parallel_for(64, [](std::int64_t) { throw std::runtime_error("each"); }),
                    std::runtime_error);
  }
}

TEST_CASE("parallel_for: several user threads at once, while another changes the thread count") {
  const ThreadCount scope(3);
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> users;
  for (int u = 0; u < 4; ++u)
    users.emplace_back([&] {
      for (int round = 0; round < 300; ++round) parallel_for(10, [&](std::int64_t p) { sum += p; });
    });
  users.emplace_back([] {
    for (int round = 0; round < 20; ++round) set_thread_count(1 + round % 4);
  });
  for (std::thread& user : users) user.join();
  CHECK(sum == 4 * 300 * 45);
}

TEST_CASE("parallel_for: more threads than CPUs") {
  const ThreadCount scope(64);
  std::atomic<std::int64_t> sum{0};
  for (int round = 0; round < 50; ++round) parallel_for(200, [&](std::int64_t p) { sum += p; });
  CHECK(sum == 50 * 19900);
}

TEST_CASE(
    "parallel_for: pieces round to nearest and keep subnormals; the caller's mode comes back") {
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    const ThreadCount scope(1);
    const int before = std::fegetround();
    std::fesetround(FE_UPWARD);
#if defined(__x86_64__)
    const unsigned mxcsr = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mxcsr | 0x8040);  // FTZ and DAZ
#endif
    REQUIRE(!rounds_to_nearest());
    set_thread_count(threads);  // workers start from a thread in this mode
    std::atomic<int> good{0};
    const auto look = [&] { good += rounds_to_nearest() && keeps_subnormals() ? 1 : 0; };
    parallel_for(50, [&](std::int64_t) { look(); });
    const int in_pieces = good.exchange(0);
    parallel_ranges(1, 1, [&](std::int64_t, std::int64_t) { look(); });
    const int in_range = good.exchange(0);
    try {
      parallel_for(2, [&](std::int64_t) { throw std::runtime_error("out"); });
    } catch (const std::runtime_error&) {
    }
    const bool restored = !rounds_to_nearest();
#if defined(__x86_64__)
    const bool flushes = !keeps_subnormals();
    __builtin_ia32_ldmxcsr(mxcsr);
    CHECK(flushes);
#endif
    std::fesetround(before);
    CHECK(in_pieces == 50);
    CHECK(in_range == 1);
    CHECK(restored);
    CHECK(rounds_to_nearest());
  }
}

TEST_CASE("set_thread_count: 1 to 256, not from inside a piece") {
  CHECK_THROWS_WITH_AS(set_thread_count(0), "set_thread_count: must be from 1 to 256, got 0",
                       UsageError);
  CHECK_THROWS_AS(set_thread_count(257), UsageError);
  CHECK_THROWS_AS(set_thread_count(-1), UsageError);
  const ThreadCount scope(2);
  CHECK_THROWS_AS(parallel_for(4, [](std::int64_t) { set_thread_count(3); }), UsageError);
  CHECK(thread_count() == 2);
}
