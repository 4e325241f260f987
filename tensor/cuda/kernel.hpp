// What a CUDA kernel is here: a struct with its arguments that the same source runs on a card (launch.cuh) and, thread
// by thread, on the CPU (emulator of the tests). nvcc pays for headers, so this one has none but <cstdint>.
//
//   struct AddKernel {                       one thread per item, no cooperation
//     const float *a, *b;
//     float* y;
//     DACT_INLINE void operator()(std::int64_t i) const { y[i] = a[i] + b[i]; }
//   };
//   launch("add", n, AddKernel{a, b, y});    items 0 .. n-1
//
//   struct FoldKernel {                      blocks of threads that share memory
//     static constexpr int kThreads = 256;
//     struct Shared { .. };                  of a block
//     struct Registers { .. };               of a thread, kept between steps
//     DACT_INLINE std::int64_t steps(std::int64_t block) const;
//     DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers& r) const;
//   };
//   launch("fold", blocks, FoldKernel{..});  between two steps all threads of a block meet
//
// Neither may depend on the order of threads within a step: the emulator runs them in several.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

// Loops whose trip count is known and whose arrays must stay in a card's registers.
#if defined(__CUDACC__)
#define DACT_UNROLL _Pragma("unroll")
#else
#define DACT_UNROLL
#endif

namespace dact::cuda {

struct Thread {
  std::int64_t block;
  int index;  // in its block
};

/// How kernel K is run by the installed backend; nullptr where it has none.
template <class K>
struct Launcher {
  static inline void (*run)(const char* name, std::int64_t n, const K& kernel) = nullptr;
};

/// DeviceError that names the running operator and the kernel.
[[noreturn]] void refuse_launch(const char* kernel);

template <class K>
void launch(const char* name, std::int64_t n, const K& kernel) {
  if (Launcher<K>::run == nullptr) refuse_launch(name);
  if (n > 0) Launcher<K>::run(name, n, kernel);
}

}  // namespace dact::cuda
