// Runs kernel structs (kernel.hpp): on a card when nvcc compiles this, else thread by thread on the CPU, which is how
// the tests prove the index arithmetic of every kernel without a card. A unit (*.cu) ends in one function that installs
// its kernels: `void install_copy() { install<CopyKernel<std::uint32_t>>(); .. }`.
#pragma once
#include "tensor/cuda/kernel.hpp"

namespace dact::cuda {

/// After each launch. DeviceError that names the kernel when it failed; in audit mode waits for the kernel's end first.
/// The emulator's fails where a test asks for it.
void check_launch(const char* kernel);

}  // namespace dact::cuda

#if defined(__CUDACC__)

namespace dact::cuda {

/// The queue of the calling thread's device; a cudaStream_t.
cudaStream_t current_stream();
/// DeviceError: more blocks than a launch takes.
[[noreturn]] void refuse_blocks(const char* kernel, std::int64_t blocks);

inline constexpr int kItemThreads = 256;
inline constexpr std::int64_t kMostBlocks = 0x7fffffff;

template <class K>
__global__ void __launch_bounds__(kItemThreads) run_item(const K kernel, const std::int64_t n) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kItemThreads + threadIdx.x;
  if (i < n) kernel(i);
}

template <class K>
constexpr int resident_blocks() {
  if constexpr (requires { K::kResident; })
    return K::kResident;
  else
    return 1;
}

template <class K>
__global__ void __launch_bounds__(K::kThreads, resident_blocks<K>()) run_block(const K kernel) {
  __shared__ typename K::Shared shared;
  typename K::Registers registers;
  const Thread thread{static_cast<std::int64_t>(blockIdx.x), static_cast<int>(threadIdx.x)};
  const std::int64_t steps = kernel.steps(thread.block);
  for (std::int64_t s = 0; s < steps; ++s) {
    kernel.step(s, thread, shared, registers);
    __syncthreads();
  }
}

template <class K>
void run(const char* name, std::int64_t n, const K& kernel) {
  constexpr bool kBlocks = requires { K::kThreads; };
  const std::int64_t blocks = kBlocks ? n : (n + kItemThreads - 1) / kItemThreads;
  if (blocks > kMostBlocks) refuse_blocks(name, blocks);
  if constexpr (kBlocks)
    run_block<<<static_cast<unsigned>(blocks), K::kThreads, 0, current_stream()>>>(kernel);
  else
    run_item<<<static_cast<unsigned>(blocks), kItemThreads, 0, current_stream()>>>(kernel, n);
  check_launch(name);
}

}  // namespace dact::cuda

#else
#include <cstring>
#include <memory>

namespace dact::cuda {

/// In which order the emulator runs the threads of a step, and the blocks: a result that changes with it is a race.
enum class Order { ascending, descending, interleaved };
Order emulated_order();

template <class F>
void in_order(std::int64_t n, F&& f) {
  switch (emulated_order()) {
    case Order::ascending:
      for (std::int64_t i = 0; i < n; ++i) f(i);
      break;
    case Order::descending:
      for (std::int64_t i = n - 1; i >= 0; --i) f(i);
      break;
    case Order::interleaved:
      for (std::int64_t i = 1; i < n; i += 2) f(i);
      for (std::int64_t i = 0; i < n; i += 2) f(i);
      break;
  }
}

// Memory that no step has written holds NaN bits, as a card may hold anything.
template <class K>
void run_emulated_block(const K& kernel, std::int64_t block, typename K::Shared& shared,
                        typename K::Registers* registers) {
  std::memset(static_cast<void*>(&shared), 0xff, sizeof shared);
  std::memset(static_cast<void*>(registers), 0xff, sizeof *registers * K::kThreads);
  const std::int64_t steps = kernel.steps(block);
  for (std::int64_t s = 0; s < steps; ++s)
    in_order(K::kThreads, [&](std::int64_t t) {
      kernel.step(s, Thread{block, static_cast<int>(t)}, shared, registers[t]);
    });
}

template <class K>
void run(const char* name, std::int64_t n, const K& kernel) {
  if constexpr (requires { K::kThreads; }) {
    static_assert(sizeof(typename K::Shared) <= 48 * 1024,
                  "a block has 48 KiB of static shared memory");
    const auto shared = std::make_unique<typename K::Shared>();
    const auto registers = std::make_unique<typename K::Registers[]>(K::kThreads);
    in_order(n, [&](std::int64_t b) { run_emulated_block(kernel, b, *shared, registers.get()); });
  } else {
    in_order(n, [&](std::int64_t i) { kernel(i); });
  }
  check_launch(name);
}

}  // namespace dact::cuda
#endif

namespace dact::cuda {

template <class K>
void install() {
  static_assert(sizeof(K) <= 4000, "arguments of a launch are at most 4 KiB");
  Launcher<K>::run = &run<K>;
}

}  // namespace dact::cuda
