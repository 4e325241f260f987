// The FMA peak of this core in this minute: what every `peak_ratio` is measured against.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstdint>

#include "tensor/isa.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dact::bench {

inline double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
inline double thread_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
inline double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }

/// Sixteen independent chains of `rounds` fused multiply-adds: no chain waits for another, so only the units limit.
inline constexpr int kChains = 16;
#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) inline float fma_loop_512(std::int64_t rounds) {
  __m512 acc[kChains];
  for (auto& a : acc) a = _mm512_set1_ps(1.0f);
  const __m512 b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(1e-6f);
  for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 16
    for (int j = 0; j < kChains; ++j) acc[j] = _mm512_fmadd_ps(acc[j], b, c);
  float sum = 0;
  for (const auto& a : acc) sum += _mm512_cvtss_f32(a);
  return sum;
}
// 12 chains: 14 registers of 16, and more than latency x units on every core so far
__attribute__((target("avx2,fma"), noinline)) inline float fma_loop_256(std::int64_t rounds) {
  __m256 acc[12];
  for (auto& a : acc) a = _mm256_set1_ps(1.0f);
  const __m256 b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(1e-6f);
  for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 12
    for (int j = 0; j < 12; ++j) acc[j] = _mm256_fmadd_ps(acc[j], b, c);
  float sum = 0;
  for (const auto& a : acc) sum += _mm256_cvtss_f32(a);
  return sum;
}
#endif
__attribute__((noinline)) inline float fma_loop_plain(std::int64_t rounds) {
  float acc[kChains];
  for (auto& a : acc) a = 1.0f;
  for (std::int64_t i = 0; i < rounds; ++i)
    for (float& a : acc) a = __builtin_fmaf(a, 0.999f, 1e-6f);
  float sum = 0;
  for (const float a : acc) sum += a;
  return sum;
}

/// FLOP per second on one thread with the vectors of the running instruction set; best of five runs of a few ms.
inline double fma_peak() {
  double flops = 2.0 * kChains, best = 0;
  float (*loop)(std::int64_t) = fma_loop_plain;
#if defined(__x86_64__)
  if (isa() == Isa::avx512) loop = fma_loop_512, flops = 2.0 * kChains * 16;
  if (isa() == Isa::avx2) loop = fma_loop_256, flops = 2.0 * 12 * 8;
#endif
  const std::int64_t rounds = isa() == Isa::portable ? 20000 : 200000;
  for (int r = 0; r < 5; ++r) {
    const double begin = thread_seconds();
    volatile float keep = loop(rounds);
    static_cast<void>(keep);
    best = std::max(best, flops * static_cast<double>(rounds) / (thread_seconds() - begin));
  }
  return best;
}

/// The core's clock, from a chain of dependent 64-bit multiplications: three cycles each on every x86 core since 2011.
/// Not additions: Intel's since 2021 adds a constant without spending a cycle.
inline double clock_hz() {
  constexpr std::int64_t kRounds = 1000000;
  constexpr double kCycles = 3;
  double best = 0;
  for (int r = 0; r < 5; ++r) {
    const double begin = thread_seconds();
    std::uint64_t x = 1, factor = 0x9E3779B97F4A7C15;
    for (std::int64_t i = 0; i < kRounds; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < 8; ++j) {
        x *= factor;
        asm volatile("" : "+r"(x), "+r"(factor));  // keeps the multiplications apart and in order
      }
    }
    best =
        std::max(best, 8.0 * kCycles * static_cast<double>(kRounds) / (thread_seconds() - begin));
  }
  return best;
}

}  // namespace dact::bench
