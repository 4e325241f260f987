#include "reenact/cli/program.hpp"

int main(int argc, char** argv) { return dact::cli::run_program(argc, argv); }
