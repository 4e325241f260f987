// The command line: the nearest name, what the exit codes mean, progress, Ctrl-C. The program as a
// whole: tests/reenact/program.sh.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "autograd/observe.hpp"
#include "io/file.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/options.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/numerics.hpp"
#include "tests/reenact/program.hpp"

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
  const std::vector<std::string> known = {
      "--device", "--numerics",     "--threads", "--seed",        "--quiet",       "--html",
      "--json",   "--log-json",     "--version", "--help",        "--model",       "--weights",
      "--fill",   "--no-clip",      "--out",     "--no-manifest", "--steps",       "--z",
      "--xT",     "--invert-steps", "--frames",  "--watch",       "--watch-every", "--as"};
  const std::vector<std::pair<std::string, std::string>> typed = {
      {"--thread", "--threads"},
      {"--treads", "--threads"},
      {"--thraeds", "--threads"},
      {"--devise", "--device"},
      {"--devic", "--device"},
      {"--numeric", "--numerics"},
      {"--sed", "--seed"},
      {"--seeed", "--seed"},
      {"--quite", "--quiet"},
      {"--log_json", "--log-json"},
      {"--logjson", "--log-json"},
      {"--jsno", "--json"},
      {"--htlm", "--html"},
      {"--verison", "--version"},
      {"-version", "--version"},
      {"--hlep", "--help"},
      {"--modle", "--model"},
      {"--modell", "--model"},
      {"--models", "--model"},
      {"--weight", "--weights"},
      {"--wieghts", "--weights"},
      {"--wights", "--weights"},
      {"--weigths", "--weights"},
      {"--fil", "--fill"},
      {"--filll", "--fill"},
      {"--noclip", "--no-clip"},
      {"--no_clip", "--no-clip"},
      {"--no-clipp", "--no-clip"},
      {"--uot", "--out"},
      {"--ouput", "--out"},
      {"--nomanifest", "--no-manifest"},
      {"--no-manifst", "--no-manifest"},
      {"--no-mainfest", "--no-manifest"},
      {"--step", "--steps"},
      {"--stesp", "--steps"},
      {"--setps", "--steps"},
      {"--xt", "--xT"},
      {"--xTT", "--xT"},
      {"--invert-step", "--invert-steps"},
      {"--invertsteps", "--invert-steps"},
      {"--inverse-steps", "--invert-steps"},
      {"--frame", "--frames"},
      {"--framse", "--frames"},
      {"--farmes", "--frames"},
      {"--wacth", "--watch"},
      {"--wathc", "--watch"},
      {"--watch-evry", "--watch-every"},
      {"--watchevery", "--watch-every"},
      {"--zz", "--z"},
      {"--numrics", "--numerics"}};
  int right = 0;
  for (const auto& [word, meant] : typed)
    if (nearest_name(word, known) == meant)
      ++right;
    else
      MESSAGE(word, " gave ", nearest_name(word, known));
  CHECK(typed.size() == 50);
  CHECK(right >= 48);  // the goal is 45
  CHECK(nearest_name("--completely-different", known).empty());
  CHECK(nearest_name("--seed", {}).empty());
}

TEST_CASE("a manifest tells the numerics mode") {
  GlobalOptions options;
  options.device = "cpu";
  options.quiet = true;
  const Context context(options);
  CHECK(Manifest(context, "decode").entries().at("numerics") == "strict");
  const NumericsScope mode(Numerics::tf32);
  CHECK(Manifest(context, "decode").entries().at("numerics") == "tf32");
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

namespace {

// Progress under a clock that the test moves; everything printed, in one text.
struct Watched {
  double now = 100;
  std::string printed;
  Progress progress;
  explicit Watched(std::int64_t total, ProgressStyle style)
      : progress(
            "invert", total, style, [this] { return now; },
            [this](std::string_view text) { printed += text; }) {}
  void step(std::int64_t done, double seconds) {
    now += seconds;
    progress.update(done, "t=380");
  }
};

}  // namespace

TEST_CASE("progress on a terminal: the usual fields, at most ten times a second, the end always") {
  Watched w(50, {.bar = true});
  w.step(20, 41);
  CHECK(w.printed == "\r\x1b[Kinvert:  40%|████      | 20/50 [00:41<01:02, 2.05s/it, t=380]");
  w.printed.clear();
  w.step(21, 0.05);
  CHECK(w.printed.empty());
  w.step(22, 0.06);
  CHECK(w.printed.find(" 22/50 [00:41<00:52, 1.87s/it") != std::string::npos);
  w.step(50, 0.01);
  CHECK(w.printed.find("100%|██████████| 50/50 [00:41<00:00, 1.22it/s") != std::string::npos);
}

TEST_CASE("progress in colour keeps its fields, quiet progress says nothing") {
  Watched w(4, {.bar = true, .colour = true});
  w.step(1, 1);
  CHECK(w.printed.find("|\x1b[32m██        \x1b[0m| 1/4") != std::string::npos);
  Watched quiet(4, {.quiet = true, .bar = true});
  quiet.step(4, 100);
  CHECK(quiet.printed.empty());
}

TEST_CASE("progress elsewhere: whole lines every 10 s or 5 %, none of it for short work") {
  Watched w(1000, {});
  for (int i = 1; i <= 9; ++i) w.step(i, 1);
  CHECK(w.printed.empty());  // 9 s and 0.9 %
  w.step(10, 1);
  CHECK(w.printed == "invert:   1% 10/1000 [00:10<16:30, 1.00it/s, t=380]\n");
  w.step(59, 2);
  CHECK(w.printed.find("59/1000") == std::string::npos);  // 4.9 % later
  w.step(60, 1);
  CHECK(w.printed.find(" 60/1000 [00:13<03:24, 4.62it/s, t=380]\n") != std::string::npos);
  CHECK(w.printed.find('\r') == std::string::npos);

  Watched brief(20, {});
  for (int i = 1; i <= 20; ++i) brief.step(i, 0.04);
  CHECK(brief.printed.empty());
}

TEST_CASE(
    "progress for a program: an object a line, the first and the last always, also when quiet") {
  Watched w(50, {.quiet = true, .json = true});
  w.step(1, 0.01);
  w.step(2, 0.05);
  w.step(20, 0.94);
  w.step(50, 0.01);
  std::istringstream lines(w.printed);
  std::vector<nlohmann::json> told;
  for (std::string line; std::getline(lines, line);) told.push_back(nlohmann::json::parse(line));
  REQUIRE(told.size() == 3);
  CHECK(told[0].at("done") == 1);
  CHECK(told[1] == nlohmann::json::parse(R"({"schema": 1, "event": "progress", "what": "invert",
      "done": 20, "total": 50, "share": 0.4, "seconds": 1.0, "eta": 1.5, "extra": "t=380"})"));
  CHECK(told[2].at("done") == 50);
  CHECK(told[2].at("eta") == 0.0);
  const auto unknown = nlohmann::json::parse(progress_json({.what = "\"a\"", .left = HUGE_VAL}));
  CHECK(unknown.at("what") == "\"a\"");
  CHECK(unknown.at("total").is_null());
  CHECK(unknown.at("eta").is_null());
}

TEST_CASE("the log gives every float back bit for bit, and NaN by its bits alone") {
  const test::Folder folder;
  GlobalOptions options;
  options.log_json = folder.file("log");
  const std::vector<double> values{0.1, -0.0, 1e300, 5e-324, std::nan("")};
  const auto logged = [&] { return nlohmann::json::parse(read_file(options.log_json, 1000)); };
  Context(options).event("none", {{"n", 3}});
  CHECK_FALSE(logged().contains("bits"));
  Context(options).event("e", {{"a", {{"b/c", values}}}, {"n", 3}, {"x", 0.5F}});
  const auto line = logged();
  CHECK(line.at("schema") == 2);
  CHECK(line.at("bits").size() == values.size() + 1);
  CHECK(line.at("bits").at("/x") == "3fe0000000000000");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string pointer = "/a/b~1c/" + std::to_string(i);
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    CHECK(std::stoull(line.at("bits").at(pointer).get<std::string>(), nullptr, 16) == bits);
    const auto& number = line.at(nlohmann::json::json_pointer(pointer));
    if (std::isnan(values[i]))
      CHECK(number.is_null());
    else
      CHECK(std::bit_cast<std::uint64_t>(number.get<double>()) == bits);
  }
}

TEST_CASE("times and rates as people write them") {
  CHECK(clock_text(0.4) == "00:00");
  CHECK(clock_text(125) == "02:05");
  CHECK(clock_text(3725) == "1:02:05");
  CHECK(clock_text(HUGE_VAL) == "?");
  CHECK(rate_text(0, 3) == "?it/s");
  CHECK(rate_text(10, 20) == "2.00s/it");
  CHECK(rate_text(30, 20) == "1.50it/s");
}

TEST_CASE("a first signal asks, a second one stops operators, and both are forgotten afterwards") {
  {
    const InterruptGuard guard;
    CHECK_FALSE(interrupted());
    std::raise(SIGINT);
    CHECK(interrupted());
    CHECK_FALSE(cancel_requested());
    std::raise(SIGTERM);
    CHECK(cancel_requested());
  }
  CHECK_FALSE(interrupted());
  CHECK_FALSE(cancel_requested());
}
