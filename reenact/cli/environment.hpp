// What a result was made with: the block that --version --json, doctor and the audit's report
// share.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace dact::cli {

/// A part that may be missing from this build, as configure printed it.
struct Part {
  const char* name;
  bool on;
  const char* cost;
  const char* remedy;  // empty: nothing to do about it
};
std::span<const Part> parts();

/// Version, commit, dirty flag, compiler, flags, CPU, instruction set in use, threads, parts. No
/// time, host name or path.
nlohmann::ordered_json environment();

/// "0.1.0 (commit 1234567890ab, modified)"
std::string version_line();
/// Name of the processor as the system gives it; "unknown" otherwise.
std::string cpu_name();

}  // namespace dact::cli
