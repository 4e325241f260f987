#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reenact/cli/commands.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"

namespace dact::cli {

int print_version(bool json) {
  if (json) {
    fmt::print("{}\n", environment().dump(2));
  } else {
    fmt::print("diffusionact {}\n", version_line());
  }
  return kOk;
}

}  // namespace dact::cli
