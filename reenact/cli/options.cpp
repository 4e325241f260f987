#include "reenact/cli/options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>

#include "reenact/cli/progress.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {
namespace {

constexpr int kLogSchema = 2;

/// A number, or "random": drawn from the system once, then said aloud, so that the run can be
/// repeated.
std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  if (text == "random") {
    if (getentropy(&seed, sizeof seed) != 0)
      throw ResourceError("--seed random", "the system must give 8 random bytes, got an error");
    return seed;
  }
  const char* end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, seed);
  if (code != std::errc() || at != end)
    throw UsageError("--seed", fmt::format("must be 0 .. 2^64 - 1 or random, got \"{}\"", text));
  return seed;
}

struct Chosen {
  Device device;
  std::string text;  // for the first line: what it is, and why not the other
};

Chosen choose_device(const std::string& device, bool card_may_lack) {
  if (device == "cpu") return {Device::cpu, "cpu"};
  // a device that the process has installed already is taken as it is
  if (device == "cuda" && backend() != nullptr) return {Device::cuda, std::string(backend()->name)};
  const cuda::CardStatus card = cuda::card_status();
  const bool required = device == "cuda" && !card_may_lack;
  if (required && !card.built)
    throw DeviceError("--device", "this build has cpu, got cuda (the CUDA backend is not in it)");
  if (required && !card.usable)
    throw DeviceError("--device", fmt::format("cuda must be usable, got: {}", card.text));
  if (device != "cuda" && device != "auto")
    throw UsageError("--device", fmt::format("must be auto, cpu or cuda, got \"{}\"", device));
  if (!card.usable) return {Device::cpu, card.built ? fmt::format("cpu ({})", card.text) : "cpu"};
  cuda::start();
  return {Device::cuda, fmt::format("cuda ({})", card.text)};
}

bool is_progress_json(const std::string& progress) {
  if (progress != "auto" && progress != "json")
    throw UsageError("--progress", fmt::format("must be auto or json, got \"{}\"", progress));
  return progress == "json";
}

// See Context::event.
nlohmann::ordered_json bits_of(const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json bits = nlohmann::ordered_json::object();
  const nlohmann::ordered_json flat = fields.flatten();
  for (const auto& [pointer, value] : flat.items())
    if (value.is_number_float())
      bits[pointer] = fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value.get<double>()));
  return bits;
}

}  // namespace

void add_global_options(CLI::App& program, GlobalOptions& options) {
  const std::string group = "Options of every command";
  program.add_option("--device", options.device, "auto, cpu or cuda")
      ->envname("DACT_DEVICE")
      ->group(group);
  program
      .add_option(
          "--numerics", options.numerics,
          "strict: the same bits everywhere; on a card also tf32, bf16, or fast: the fastest")
      ->group(group);
  program.add_option("--threads", options.threads, "how many (environment: DACT_THREADS)")
      ->group(group);
  program.add_option("--seed", options.seed, "a number (default 0), or random")->group(group);
  program.add_flag("--quiet", options.quiet, "no talk on stderr")->group(group);
  program
      .add_option("--progress", options.progress,
                  "auto: a bar or lines; json: an object per line on stderr, also with --quiet")
      ->group(group);
  program
      .add_option("--log-json", options.log_json, "write events to FILE, one JSON object per line")
      ->group(group);
}

Context::Context(const GlobalOptions& options, bool card_may_lack)
    : seed_(parse_seed(options.seed)), quiet_(options.quiet), log_path_(options.log_json) {
  set_progress_json(is_progress_json(options.progress));
  if (options.threads != 0) set_thread_count(options.threads);
  if (!log_path_.empty()) {
    log_.open(log_path_, std::ios::trunc);
    if (!log_)
      throw IoError("--log-json", fmt::format("the file must be writable, got \"{}\"", log_path_));
  }
  const Chosen chosen = choose_device(options.device, card_may_lack);
  device_ = chosen.device;
  if (cuda::card_status().built) say(fmt::format("device: {}", chosen.text));
  if (options.seed == "random") say(fmt::format("seed: {}", seed_));
}

void Context::say(std::string_view line) {
  if (!quiet_) fmt::print(stderr, "{}\n", line);
}

void Context::event(std::string_view name, nlohmann::ordered_json fields) {
  if (!log_.is_open()) return;
  nlohmann::ordered_json line{{"schema", kLogSchema}, {"event", name}};
  line.update(fields);
  if (nlohmann::ordered_json bits = bits_of(fields); !bits.empty()) line["bits"] = std::move(bits);
  log_ << line.dump() << '\n' << std::flush;
  if (!log_)
    throw IoError("--log-json", fmt::format("the file must stay writable, got \"{}\"", log_path_));
}

}  // namespace dact::cli
