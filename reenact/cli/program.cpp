#include "reenact/cli/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/error.hpp"
#include "tensor/numerics.hpp"

namespace dact::cli {
namespace {

using AddCommand = Command (*)(CLI::App&);
constexpr AddCommand kCommands[] = {
    add_reenact, add_encode, add_invert, add_decode, add_autoencode, add_interpolate,
    add_compare, add_eval,   add_draw,   add_synth,  add_train,      add_info,
    add_weights, add_net,    add_audit,  add_doctor,
};

using Words = std::span<const char* const>;

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands(nullptr))
    names.push_back(command->get_name());
  return names;
}

/// The command that the words name, or nullptr: the first word that is one.
const CLI::App* named_command(const CLI::App& program, Words words) {
  for (const char* word : words)
    for (const CLI::App* command : program.get_subcommands(nullptr))
      if (command->get_name() == word) return command;
  return nullptr;
}

/// "did you mean --threads?" for the first unknown option or command among the words; empty when
/// there is none.
std::string suggestion(const CLI::App& program, Words words) {
  const CLI::App* command = named_command(program, words);
  std::vector<std::string> known = option_names(program);
  if (command != nullptr) {
    const std::vector<std::string> own = option_names(*command);
    known.insert(known.end(), own.begin(), own.end());
    for (const CLI::App* part : command->get_subcommands(nullptr)) {  // of `net`: keys, run, ...
      const std::vector<std::string> more = option_names(*part);
      known.insert(known.end(), more.begin(), more.end());
    }
  }
  std::string near;
  for (const char* each : words) {
    const std::string word = std::string(each).substr(0, std::string(each).find('='));
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    if (word.starts_with("-"))
      near = nearest_name(word, known);
    else if (command == nullptr)
      near = nearest_name(word, command_names(program));
    else if (command->get_name() != word && named_command(*command, words) == nullptr)  // net kyes
      near = nearest_name(word, command_names(*command));
    if (!near.empty()) return fmt::format("; did you mean {}?", near);
  }
  return "";
}

/// The list of commands on one line each: the first sentence behind the example.
class OneLineCommands final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    std::string text = command->get_description();
    text = text.substr(std::min(text.size(), text.find("\n\n") + 2));
    text = text.substr(0, text.find_first_of(".:"));
    return fmt::format("  {:<12} {}\n", command->get_name(), text);
  }
};

void print_help(const CLI::App& program, const CLI::App* command) {
  if (command == nullptr) {
    fmt::print("{}\nEach has its own: diffusionact COMMAND --help\n", program.help());
    return;
  }
  fmt::print("{}\nOptions of every command:", command->help());
  for (const std::string& name : option_names(program))
    if (name != "--help" && name != "--version" && name != "--json") fmt::print(" {}", name);
  fmt::print("; see diffusionact --help\n");
}

int usage_error(const CLI::App& program, Words words, const std::string& what) {
  const CLI::App* command = named_command(program, words);
  fmt::print(stderr, "error: {}{}\nsee: diffusionact {}--help\n", what, suggestion(program, words),
             command == nullptr ? "" : command->get_name() + " ");
  return kUsage;
}

Numerics numerics_of(const std::string& text) {
  for (const Numerics mode : {Numerics::strict, Numerics::tf32, Numerics::bf16})
    if (text == name_of(mode)) return mode;
  if (text == "fast") return Numerics::bf16;
  throw UsageError("--numerics",
                   fmt::format("must be strict, tf32, bf16 or fast, got \"{}\"", text));
}

// A fast mode that changed nothing would be untrue in the manifest.
void require_card(Numerics mode, Device device, const std::string& command) {
  constexpr std::string_view kOnCard[] = {"encode",      "invert", "decode",  "autoencode",
                                          "interpolate", "net",    "reenact", "eval"};
  if (mode == Numerics::strict) return;
  if (device == Device::cpu)
    throw UsageError("--numerics",
                     fmt::format("must be strict on device cpu, got {}", name_of(mode)));
  if (std::ranges::find(kOnCard, command) == std::end(kOnCard))
    throw UsageError("--numerics",
                     fmt::format("must be strict for {}, got {}", command, name_of(mode)));
}

int run_command(const GlobalOptions& options, const std::vector<Command>& commands) {
  const Numerics mode = numerics_of(options.numerics);
  for (const Command& command : commands)
    if (command.app->parsed()) {
      Context context(options, command.app->get_name() == "audit");
      require_card(mode, context.device(), command.app->get_name());
      if (mode != Numerics::strict) context.say(fmt::format("numerics: {}", name_of(mode)));
      const NumericsScope scope(mode);
      return command.run(context);
    }
  return kUsage;
}

/// Every error ends here as one line and one exit code.
template <class F>
int guarded(F&& body) {
  try {
    return body();
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return exit_code(error.kind());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: the system must give memory, got none\n");
    return kResources;
  } catch (const std::exception& error) {
    fmt::print(stderr, "internal error: {}\n", error.what());
    return kInternal;
  }
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  const Words words(argv + 1, static_cast<std::size_t>(std::max(argc, 1) - 1));
  CLI::App program(
      "Example: diffusionact doctor\n\nFace reenactment by diffusion, the same bits everywhere.",
      "diffusionact");
  program.fallthrough();
  program.formatter(std::make_shared<OneLineCommands>());
  program.set_help_flag("--help,-h", "this text");
  GlobalOptions options;
  add_global_options(program, options);
  bool version = false, json = false;
  program.add_flag("--version", version,
                   "version and commit; with --json all that a result depends on");
  program.add_flag("--json", json, "with --version: one JSON object");
  std::vector<Command> commands;
  for (const AddCommand add : kCommands) commands.push_back(add(program));
  return guarded([&] {
    try {
      program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      print_help(program, named_command(program, words));
      return kOk;
    } catch (const CLI::ParseError& error) {
      return usage_error(program, words, error.what());
    }
    if (version) return print_version(json);
    if (program.get_subcommands().empty())
      return usage_error(program, words, "a command must be given, got none");
    return run_command(options, commands);
  });
}

}  // namespace dact::cli
