#include "reenact/cli/environment.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "build_config.hpp"
#include "commit.hpp"
#include "tensor/device.hpp"
#include "tensor/isa.hpp"
#include "tensor/numerics.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {
namespace {

constexpr Part kParts[] = {
#include "parts.inc"
};

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const Isa each : available_isas()) names.emplace_back(name_of(each));
  return names;
}

}  // namespace

std::span<const Part> parts() { return kParts; }

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string version_line() {
  return fmt::format("{} (commit {}{})", kVersion, std::string_view(kCommit).substr(0, 12),
                     kDirty ? ", modified" : "");
}

nlohmann::ordered_json environment() {
  nlohmann::ordered_json features = nlohmann::ordered_json::object();
  for (const Part& part : parts()) features[part.name] = part.on;
  return {{"version", kVersion},
          {"commit", kCommit},
          {"dirty", kDirty},
          {"compiler", kCompiler},
          {"build_type", kBuildType},
          {"flags", kFlags},
          {"system", kSystem},
          {"cpu", cpu_name()},
          {"instruction_sets", instruction_sets()},
          {"instruction_set_in_use", name_of(isa())},
          {"threads", thread_count()},
          {"random_generator", "philox4x32-10"},
          {"numerics", name_of(numerics())},
          {"device", backend() == nullptr ? "cpu" : backend()->name},
          {"parts", features}};
}

}  // namespace dact::cli
