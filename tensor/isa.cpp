#include "tensor/isa.hpp"

#include <fmt/format.h>
#if defined(DACT_HAVE_X86_ISAS)
#include <cpuid.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr Isa kAll[] = {Isa::portable, Isa::avx2, Isa::avx512};
constexpr int kUnset = -1;
std::atomic<int> current{kUnset};

#if defined(DACT_HAVE_X86_ISAS)
/// The builtin of clang 14 does not know this one by name.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

std::vector<Isa> detect() {
  std::vector<Isa> found{Isa::portable};
#if defined(DACT_HAVE_X86_ISAS)
  // Exactly the sets that cmake/dact.cmake compiles the copies for. The builtin also asks whether
  // the operating system saves the wide registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2) found.push_back(Isa::avx2);
  if (avx2 && avx512) found.push_back(Isa::avx512);
#endif
  return found;
}

bool is_available(Isa isa) {
  const std::vector<Isa>& have = available_isas();
  return std::find(have.begin(), have.end(), isa) != have.end();
}

[[noreturn]] void refuse(std::string_view where, std::string_view got) {
  std::string have;
  for (Isa isa : available_isas())
    have += fmt::format("{}{}", have.empty() ? "" : ", ", name_of(isa));
  throw UsageError(
      where, fmt::format("must be an instruction set this build and CPU have ({}), got \"{}\"",
                         have, got));
}

Isa default_isa() {
  const char* text = std::getenv("DACT_ISA");
  if (text == nullptr || *text == '\0') return available_isas().back();
  for (Isa isa : kAll)
    if (name_of(isa) == text && is_available(isa)) return isa;
  refuse("DACT_ISA", text);
}

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::portable:
      break;
  }
  return "portable";
}

const std::vector<Isa>& available_isas() {
  static const std::vector<Isa>& found = *new std::vector<Isa>(detect());  // outlives all users
  return found;
}

Isa isa() {
  int value = current.load(std::memory_order_relaxed);
  if (value == kUnset) {
    // Two threads may both come here; the first one's answer, or a set_isa() in between, stays.
    const int wanted = static_cast<int>(default_isa());
    if (current.compare_exchange_strong(value, wanted)) value = wanted;
  }
  return static_cast<Isa>(value);
}

void set_isa(Isa isa) {
  if (!is_available(isa)) refuse("set_isa", name_of(isa));
  current.store(static_cast<int>(isa), std::memory_order_relaxed);
}

}  // namespace dact
