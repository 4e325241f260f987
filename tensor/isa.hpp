// Which compiled copy of the *.simd.cpp kernels runs. All copies give the same bits.
#pragma once
#include <string_view>
#include <vector>

namespace dact {

enum class Isa { portable, avx2, avx512 };

std::string_view name_of(Isa isa);
/// What this build holds and this CPU runs, slowest first; always begins with portable.
const std::vector<Isa>& available_isas();
/// In use: DACT_ISA=avx512|avx2|portable, else the fastest available. A value this machine lacks is a UsageError that
/// lists what it has.
Isa isa();
void set_isa(Isa isa);

/// Picks the copy of a kernel: `pick_isa(&isa_portable::f, &isa_avx2::f, &isa_avx512::f)`.
template <class F>
F pick_isa(F portable, [[maybe_unused]] F avx2, [[maybe_unused]] F avx512) {
  switch (isa()) {
    case Isa::avx512:
      return avx512;
    case Isa::avx2:
      return avx2;
    case Isa::portable:
      break;
  }
  return portable;
}

}  // namespace dact

// DACT_PICK(kernel): the running instruction set's copy of dact::<isa>::kernel.
#if defined(DACT_HAVE_X86_ISAS)
#define DACT_PICK(kernel)                                                    \
  ::dact::pick_isa(&::dact::isa_portable::kernel, &::dact::isa_avx2::kernel, \
                   &::dact::isa_avx512::kernel)
#else
#define DACT_PICK(kernel) (&::dact::isa_portable::kernel)
#endif
