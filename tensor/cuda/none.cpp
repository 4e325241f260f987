// A build without CUDA.
#include "tensor/cuda/card.hpp"
#include "tensor/error.hpp"

namespace dact::cuda {

CardStatus card_status() { return {false, false, "CUDA is not part of this build"}; }
void start() {
  throw DeviceError("cuda", "device must be cpu, got cuda: CUDA is not part of this build");
}
void set_audit_mode(bool) {}
CardMemory card_memory() { return {}; }
void set_card_memory_limit(std::size_t) {}
void release_cached_card_memory() {}
Stopwatch::Stopwatch() = default;
Stopwatch::~Stopwatch() = default;
void Stopwatch::start() {}
double Stopwatch::stop() { return 0; }

}  // namespace dact::cuda
