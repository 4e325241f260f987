#include "reenact/cli/shipped.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "tensor/error.hpp"

namespace dact::cli {

std::string shipped_weights() {
  namespace fs = std::filesystem;
  if (const char* named = std::getenv("DACT_WEIGHTS"); named != nullptr && *named != '\0')
    return named;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::string searched;
  for (const char* place : {"../share/diffusionact/weights", "../../reenact/weights"}) {
    const fs::path folder = (program / place).lexically_normal();
    if (fs::is_directory(folder, error)) return folder.string();
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw WeightsError("weights", "the shipped weights must be in one of " + searched +
                                    ", got none; --weights or DACT_WEIGHTS names their folder");
}

}  // namespace dact::cli
