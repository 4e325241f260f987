// The program `diffusionact`: data on stdout, talk on stderr, an exit code of exit_codes.hpp.
#pragma once

namespace dact::cli {

int run_program(int argc, const char* const* argv);

}  // namespace dact::cli
