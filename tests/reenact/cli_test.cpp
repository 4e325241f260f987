// The command line: the nearest name, and what the exit codes mean. The program as a whole:
// tests/reenact/program.sh.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/suggest.hpp"

using namespace dact;
using namespace dact::cli;

TEST_CASE("edit_distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("abcd", "acbd") == 1);
  CHECK(edit_distance("--seed", "--seeds") == 1);
}

TEST_CASE("nearest_name finds what was meant and does not guess wildly") {
  const std::vector<std::string> known = {"--device",  "--numerics", "--threads",  "--seed",
                                          "--quiet",   "--html",     "--log-json", "--json",
                                          "--version", "--help"};
  const std::vector<std::pair<std::string, std::string>> typed = {
      {"--thread", "--threads"},    {"--treads", "--threads"},   {"--thraeds", "--threads"},
      {"--devise", "--device"},     {"--devic", "--device"},     {"--numeric", "--numerics"},
      {"--sed", "--seed"},          {"--seeed", "--seed"},       {"--quite", "--quiet"},
      {"--log_json", "--log-json"}, {"--logjson", "--log-json"}, {"--jsno", "--json"},
      {"--htlm", "--html"},         {"--verison", "--version"},  {"-version", "--version"},
      {"--hlep", "--help"}};
  for (const auto& [word, meant] : typed) {
    CAPTURE(word);
    CHECK(nearest_name(word, known) == meant);
  }
  CHECK(nearest_name("--completely-different", known).empty());
  CHECK(nearest_name("--seed", {}).empty());
}

TEST_CASE("every kind of error has its exit code") {
  CHECK(exit_code(ErrorKind::usage) == 2);
  CHECK(exit_code(ErrorKind::device) == 2);
  CHECK(exit_code(ErrorKind::io) == 3);
  CHECK(exit_code(ErrorKind::weights) == 4);
  CHECK(exit_code(ErrorKind::resource) == 5);
  CHECK(exit_code(ErrorKind::numeric) == 6);
  CHECK(exit_code(ErrorKind::cancelled) == 130);
  CHECK(exit_code(ErrorKind::shape) == 1);
  CHECK(exit_code(ErrorKind::dtype) == 1);
  CHECK(exit_code(ErrorKind::internal) == 1);
}
