// `diffusionact doctor`: what this machine and build have, what is wrong, and the one next step.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "build_config.hpp"
#include "io/video.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {
namespace {

/// One line of the report. A fault has an exit code and the step that mends it.
struct Finding {
  std::string subject, state;
  int code = kOk;
  std::string next;
};

/// Runs a probe; what it throws becomes the finding, so that one fault does not hide the others.
template <class F>
Finding probe(const char* subject, const char* next, F&& state) {
  try {
    return {subject, state(), kOk, ""};
  } catch (const Error& error) {
    return {subject, error.what(), exit_code(error.kind()), next};
  }
}

std::string instruction_set_state() {
  std::string all;
  for (const Isa each : available_isas()) all += fmt::format(" {}", name_of(each));
  return fmt::format("{} in use; this machine and build have{}", name_of(isa()), all);
}

Finding memory_finding() {
  constexpr double kGiB = 1073741824.0;
  constexpr double kLeast = 0.5;  // GiB: what the test suite needs, rounded up
  Finding finding =
      probe("memory", "unset DACT_MEMORY_LIMIT, or give bytes or a number with K, M or G", [&] {
        return fmt::format("budget {:.1f} GiB", static_cast<double>(memory_stats().limit) / kGiB);
      });
  if (finding.code == kOk && static_cast<double>(memory_stats().limit) < kLeast * kGiB)
    return {"memory", finding.state + fmt::format(", less than {} GiB", kLeast), kResources,
            "close other programs or raise DACT_MEMORY_LIMIT"};
  return finding;
}

std::string cuda_state() {
  if (const cuda::CardStatus card = cuda::card_status(); card.built) return card.text;
  const bool driver = std::filesystem::exists("/proc/driver/nvidia/version");
  return fmt::format("not in this build; NVIDIA driver {}", driver ? "found" : "not found");
}

Finding part_finding(const Part& part) {
  if (part.on) return {part.name, "on", kOk, ""};
  return {part.name, fmt::format("off: {}", part.cost), kOk, part.remedy};
}

std::vector<Finding> examine() {
  std::vector<Finding> all;
  all.push_back({"version", version_line(), kOk, ""});
  all.push_back({"compiler", fmt::format("{}, {}", kCompiler, kBuildType), kOk, ""});
  all.push_back({"CPU", cpu_name(), kOk, ""});
  all.push_back(probe("instruction set", "unset DACT_ISA, or take a name from the list",
                      instruction_set_state));
  all.push_back(probe("threads", "unset DACT_THREADS, or give a number from 1 to 256",
                      [] { return fmt::format("{}", thread_count()); }));
  all.push_back(memory_finding());
  all.push_back({"CUDA device", cuda_state(), kOk, ""});
  for (const Part& part : parts()) all.push_back(part_finding(part));
  if (has_ffmpeg())
    all.push_back({"videos (ffmpeg)", "on", kOk, ""});
  else
    all.push_back(
        {"videos (ffmpeg)", "off: numbered pictures in and out only", kOk, "install ffmpeg"});
  return all;
}

/// Faults first, then missing parts.
std::string next_step(const std::vector<Finding>& all) {
  for (const Finding& f : all)
    if (f.code != kOk) return f.next;
  for (const Finding& f : all)
    if (!f.next.empty()) return f.next;
  return "nothing is missing";
}

int run_doctor(bool json) {
  const std::vector<Finding> all = examine();
  int code = kOk;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Finding& f : all) {
    if (code == kOk) code = f.code;
    if (json)
      rows.push_back({{"subject", f.subject}, {"state", f.state}, {"ok", f.code == kOk}});
    else
      fmt::print("{:<22} {}{}\n", f.subject, f.code == kOk ? "" : "FAULT: ", f.state);
  }
  if (json)
    fmt::print("{}\n",
               nlohmann::ordered_json{{"findings", rows}, {"next", next_step(all)}}.dump(2));
  else
    fmt::print("next: {}\n", next_step(all));
  return code;
}

}  // namespace

Command add_doctor(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "doctor",
      "Example: diffusionact doctor\n\nWhat this machine and build have, and the one next step.");
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "the same as one JSON object");
  return {app, [json](Context&) { return run_doctor(*json); }};
}

}  // namespace dact::cli
