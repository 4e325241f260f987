#include "tests/cuda/emulator.hpp"

#include <cstring>

#include "tensor/cuda/units.hpp"
#include "tensor/device.hpp"
#include "tensor/memory.hpp"

namespace dact::cuda {
namespace {

Order current = Order::ascending;

// Guarded and poisoned like all memory of the CPU, so that a kernel's write beyond its result is found.
void* allocate(std::size_t bytes) { return allocate_bytes(bytes); }
void release(void* block, std::size_t bytes) noexcept { free_bytes(block, bytes); }
void move(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
void clear(void* block, std::size_t bytes) { std::memset(block, 0, bytes); }

constexpr Backend kEmulated{"emulated", allocate, release, move, move, clear, [] {}};

}  // namespace

Order emulated_order() { return current; }
void set_emulated_order(Order order) { current = order; }

void use_emulator() {
  set_backend(&kEmulated);
  install_all();
}

}  // namespace dact::cuda
