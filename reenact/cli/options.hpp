// Options that are the same on every command, and the line to the user.
#pragma once
#include <cstdint>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tensor/dtype.hpp"

namespace CLI {
class App;
}

namespace dact::cli {

inline constexpr std::uint64_t kDefaultSeed = 0;

/// As typed. `--threads` beats DACT_THREADS, `--device` beats DACT_DEVICE; 0 threads: the
/// environment decides.
struct GlobalOptions {
  std::string device = "auto";
  std::string numerics = "strict";
  std::string seed = "0";
  int threads = 0;
  bool quiet = false;
  std::string progress = "auto";
  std::string log_json;
};

void add_global_options(CLI::App& program, GlobalOptions& options);

/// What a command works with, once the options were checked: the seed drawn, the threads set, the
/// log open.
class Context {
 public:
  /// UsageError for a value that this machine or build lacks; the text lists what it has. `card_may_lack`: the command
  /// itself reports that there is no card (the audit); for all others --device cuda without one is a DeviceError.
  explicit Context(const GlobalOptions& options, bool card_may_lack = false);
  std::uint64_t seed() const { return seed_; }
  bool quiet() const { return quiet_; }
  /// Where networks run: --device, else DACT_DEVICE, else a card where there is one.
  Device device() const { return device_; }
  /// One line for a person, on stderr; silent with --quiet.
  void say(std::string_view line);
  /// One object for a program, a line of --log-json. Adds "schema", "event" and, where there are floats, "bits": of
  /// each its IEEE 754 double as 16 hex digits, by its JSON pointer. The decimals are the shortest that give these bits
  /// back; what is not finite is null and stands in "bits" alone.
  void event(std::string_view name, nlohmann::ordered_json fields);

 private:
  std::uint64_t seed_ = kDefaultSeed;
  bool quiet_ = false;
  Device device_ = Device::cpu;
  std::string log_path_;
  std::ofstream log_;
};

}  // namespace dact::cli
