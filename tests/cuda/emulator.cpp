#include "tests/cuda/emulator.hpp"

#include <cstring>
#include <map>

#include "tensor/cuda/faults.hpp"
#include "tensor/cuda/units.hpp"
#include "tensor/device.hpp"
#include "tensor/memory.hpp"
#include "tensor/ops/fast/fast.device.hpp"
#include "tensor/ops/fast/mma.hpp"
#include "tensor/system.hpp"

namespace dact::cuda {
namespace {

Order current = Order::ascending;

bool heap_in_use = false;
std::map<void*, std::size_t> of_heap;  // every block that it holds

void* take(std::size_t bytes) {
  void* const block = allocate_bytes(bytes);
  of_heap[block] = bytes;
  return block;
}
void give_back(void* block, std::size_t bytes) noexcept {
  of_heap.erase(block);
  free_bytes(block, bytes);
}
void restart() {
  for (const auto& [block, bytes] : of_heap) free_bytes(block, bytes);
  of_heap.clear();
}

// Guarded and poisoned like all memory of the CPU, so that a kernel's write beyond its result is found.
void* allocate(std::size_t bytes) {
  return heap_in_use ? emulated_heap().allocate(bytes) : allocate_bytes(bytes);
}
void release(void* block, std::size_t bytes) noexcept {
  if (of_heap.contains(block))
    emulated_heap().release(block, bytes);
  else
    free_bytes(block, bytes);
}

std::int64_t until_fault = 0;  // launches; 0: none is planted
bool fault_is_late = false, fault_waits = false;

void wait() {
  if (fault_waits) {
    fault_waits = false;
    if (heap_in_use) emulated_heap().lose();
    throw_call_fault("waiting for the card", "a planted fault");
  }
  note_wait();
}

void upload(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
void download(void* to, const void* from, std::size_t bytes) {
  wait();
  std::memcpy(to, from, bytes);
}
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

constexpr Backend kEmulated{"emulated", allocate, release, upload, download, clear, wait};

}  // namespace

Order emulated_order() { return current; }
void set_emulated_order(Order order) { current = order; }

CardHeap& emulated_heap() {
  static CardHeap& the =
      *new CardHeap({take, give_back, [] { return available_memory(); }, restart});
  return the;
}
void use_emulated_heap(bool on) { heap_in_use = on; }

void fail_emulated_launch(std::int64_t nth, bool late) {
  until_fault = nth;
  fault_is_late = late;
  fault_waits = false;
}

void check_launch(const char* kernel) {
  note_launch(kernel);
  if (until_fault == 0 || --until_fault > 0) return;
  if (!fault_is_late) throw_kernel_fault(kernel, "a planted fault");
  fault_waits = true;
}

void use_emulator() {
  set_backend(&kEmulated);
  install_all();
  fast::set_gemm(&gemm);
}

}  // namespace dact::cuda
