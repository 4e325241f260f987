#include "tests/cuda/emulator.hpp"

#include <cstring>

#include "tensor/cuda/units.hpp"
#include "tensor/device.hpp"
#include "tensor/memory.hpp"
#include "tensor/ops/fast/fast.device.hpp"
#include "tensor/ops/fast/mma.hpp"

namespace dact::cuda {
namespace {

Order current = Order::ascending;

// Guarded and poisoned like all memory of the CPU, so that a kernel's write beyond its result is found.
void* allocate(std::size_t bytes) { return allocate_bytes(bytes); }
void release(void* block, std::size_t bytes) noexcept { free_bytes(block, bytes); }
void move(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
void clear(void* block, std::size_t bytes) { std::memset(block, 0, bytes); }

// What cuBLAS does, column by column: factors rounded, sums in f32.
template <class Mode>
float rounded(const float* p) {
  const float pair[2] = {*p, 0.0f};
  return Mode::term(Mode::word(pair), 0);
}
template <class Mode>
void multiply(const fast::Gemm& g, const float* a, const float* b, float* c) {
  for (int j = 0; j < g.n; ++j)
    for (int i = 0; i < g.m; ++i) {
      float sum = 0.0f;
      for (int k = 0; k < g.k; ++k) {
        const std::int64_t of_a =
            g.transpose_a ? k + std::int64_t{i} * g.lda : i + std::int64_t{k} * g.lda;
        const std::int64_t of_b =
            g.transpose_b ? j + std::int64_t{k} * g.ldb : k + std::int64_t{j} * g.ldb;
        sum += rounded<Mode>(a + of_a) * rounded<Mode>(b + of_b);
      }
      float& to = c[i + std::int64_t{j} * g.ldc];
      to = g.add ? to + sum : sum;
    }
}
void gemm(const fast::Gemm& g, Numerics mode) {
  for (std::int64_t n = 0; n < g.batch; ++n)
    (mode == Numerics::bf16 ? multiply<Bf16> : multiply<Tf32>)(g, g.a + n * g.a_step,
                                                               g.b + n * g.b_step,
                                                               g.c + n * g.c_step);
}

constexpr Backend kEmulated{"emulated", allocate, release, move, move, clear, [] {}};

}  // namespace

Order emulated_order() { return current; }
void set_emulated_order(Order order) { current = order; }

void use_emulator() {
  set_backend(&kEmulated);
  install_all();
  fast::set_gemm(&gemm);
}

}  // namespace dact::cuda
