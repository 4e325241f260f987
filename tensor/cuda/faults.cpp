#include "tensor/cuda/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "tensor/device.hpp"
#include "tensor/error.hpp"

namespace dact::cuda {
namespace {

struct Launched {
  const char* kernel;
  std::string_view op;  // names of operators live for ever, too
};

std::mutex launches;
std::array<Launched, 8> last;  // more would not be read
std::size_t queued = 0;        // since the last wait

// "; queued since the last wait, newest first: contract (conv2d), ..."
std::string suspects() {
  const std::lock_guard lock(launches);
  std::string list;
  for (std::size_t i = 0; i < std::min(queued, last.size()); ++i) {
    const Launched& l = last[(queued - 1 - i) % last.size()];
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", l.kernel,
                        l.op.empty() ? "" : fmt::format(" ({})", l.op));
  }
  if (list.empty()) return "";
  return fmt::format(
      "; queued since the last wait, newest first: {}{}; DACT_DEVICE_AUDIT=1 waits after each and "
      "names the one",
      list, queued > last.size() ? ", ..." : "");
}

}  // namespace

std::string operator_name() {
  const std::string_view name = current_operator();
  return name.empty() ? "cuda" : std::string(name);
}

void note_launch(const char* kernel) {
  const std::lock_guard lock(launches);
  last[queued++ % last.size()] = {kernel, current_operator()};
}

void note_wait() {
  const std::lock_guard lock(launches);
  queued = 0;
}

void throw_kernel_fault(const char* kernel, const std::string& why) {
  throw DeviceError(operator_name(), fmt::format("kernel \"{}\" must run{}, got {}", kernel,
                                                 current_operands(), why));
}

void throw_call_fault(const char* call, const std::string& why) {
  throw DeviceError(operator_name(), fmt::format("{} must succeed{}, got {}{}", call,
                                                 current_operands(), why, suspects()));
}

}  // namespace dact::cuda
