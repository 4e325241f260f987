#include "tensor/parallel.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace dact {
namespace {

// The control bits of the floating-point unit: rounding, subnormals, traps.
#if defined(__x86_64__)
constexpr std::uint64_t kFlags = 0x3f;     // MXCSR's sticky exception flags, not control
constexpr std::uint64_t kStrict = 0x1f80;  // all exceptions masked, to nearest, FTZ and DAZ clear
std::uint64_t get_mode() { return _mm_getcsr() & ~kFlags; }
void set_mode(std::uint64_t mode) {
  _mm_setcsr(static_cast<unsigned>(mode | (_mm_getcsr() & kFlags)));
}
#elif defined(__aarch64__)
constexpr std::uint64_t kStrict = 0;  // FPCR: no traps, to nearest, FZ clear
std::uint64_t get_mode() {
  std::uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void set_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
constexpr std::uint64_t kStrict = FE_TONEAREST;
std::uint64_t get_mode() { return static_cast<std::uint64_t>(std::fegetround()); }
void set_mode(std::uint64_t mode) { std::fesetround(static_cast<int>(mode)); }
#endif

}  // namespace

// Writing the control word stalls the pipeline, so it is written only where it differs.
FloatMode::FloatMode() : saved_(get_mode()) {
  if (saved_ != kStrict) set_mode(kStrict);
}

FloatMode::~FloatMode() {
  if (saved_ != kStrict) set_mode(saved_);
}

}  // namespace dact
