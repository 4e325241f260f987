// The commands: each lives in <name>_command.cpp and enters the table in program.cpp by its add
// function.
#pragma once
#include <functional>

#include "reenact/cli/options.hpp"

namespace dact::cli {

/// One subcommand: what CLI11 parses into, and what runs then. `run` gives the exit code or throws
/// dact::Error.
struct Command {
  CLI::App* app = nullptr;
  std::function<int(Context&)> run;
};

Command add_audit(CLI::App& program);
Command add_autoencode(CLI::App& program);
Command add_compare(CLI::App& program);
Command add_decode(CLI::App& program);
Command add_doctor(CLI::App& program);
Command add_draw(CLI::App& program);
Command add_encode(CLI::App& program);
Command add_eval(CLI::App& program);
Command add_info(CLI::App& program);
Command add_interpolate(CLI::App& program);
Command add_invert(CLI::App& program);
Command add_net(CLI::App& program);
Command add_reenact(CLI::App& program);
Command add_synth(CLI::App& program);
Command add_train(CLI::App& program);
Command add_weights(CLI::App& program);

/// `--version`, with `--json` as one object.
int print_version(bool json);

}  // namespace dact::cli
