// `diffusionact audit`: every check over every operator; recordings of runs and where two of them part.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "autograd/catalogue.hpp"
#include "autograd/observe.hpp"
#include "io/file.hpp"
#include "reenact/cli/audit_report.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/operator_table.hpp"
#include "reenact/cli/program.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/error.hpp"
#include "tensor/math_table.hpp"

namespace dact::cli {
namespace {

struct AuditOptions {
  std::vector<std::string> ops, diff, command;
  std::string json, html, markdown, record;
  bool exhaustive = false;
  std::uint64_t stride = 1;
};

// One line per entry on stderr: verdict, name, level, and the first failure.
struct Lines final : audit::Progress {
  Context& context;
  explicit Lines(Context& c) : context(c) {}
  void after(const audit::OpReport& op, std::size_t done, std::size_t total) override {
    std::string line = fmt::format("[{:>3}/{}] {} {:<22} {}  worst {:.3g} of {:.3g} {}", done,
                                   total, audit::name_of(op.verdict), op.name, op.level,
                                   op.worst_error, op.bound, op.unit);
    for (const audit::CheckResult& c : op.checks)
      if (c.verdict == audit::Verdict::fail) line += fmt::format("\n    {}: {}", c.check, c.detail);
    context.say(line);
    context.event(
        "operator",
        {{"name", op.name}, {"verdict", audit::name_of(op.verdict)}, {"digest", op.digest}});
  }
};

void require_operators(const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const OpDef* op : catalogue()) names.emplace_back(op->name);
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = nearest_name(name, names);
    throw UsageError("--op",
                     fmt::format("must name an operator of tensor/OPERATORS.md, got \"{}\"{}", name,
                                 near.empty() ? "" : "; did you mean " + near + "?"));
  }
}

int run_checks(Context& context, const AuditOptions& options) {
  require_operators(options.ops);
  Lines lines(context);
  cuda::set_audit_mode(true);  // a fault inside a kernel then fails that kernel's operator
  const audit::Report report = audit::audit_all(options.ops, &lines);
  if (!options.json.empty()) write_file(options.json, audit_json(report).dump(2) + "\n");
  if (!options.html.empty()) write_file(options.html, audit_html(report));
  if (!options.markdown.empty()) write_file(options.markdown, operator_table(report));
  fmt::print("{} operators: {} passed, {} failed, 0 skipped; CUDA: {}\n", report.operators.size(),
             report.pass, report.fail, device_summary(report));
  for (const audit::OpReport& op : report.operators)
    if (op.verdict == audit::Verdict::fail) {
      fmt::print("reproduce: diffusionact audit --op {}\n", op.name);
      break;
    }
  fmt::print("digest: {}\n", report.digest);
  return report.fail ? kMismatch : kOk;
}

int run_exhaustive(Context& context, const AuditOptions& o) {
  int code = kOk;
  fmt::print("| function | largest error, ulp | bound | at | inputs |\n|---|---|---|---|---|\n");
  for (const std::string& name : o.ops.empty() ? math_function_names() : o.ops) {
    context.say(fmt::format("measuring {} over its inputs ...", name));
    const MathError e = measure_math(name, o.stride);
    fmt::print("| {} | {:.3f} | {:.3g} | {:a}{} | {} |\n", name, e.max_ulp, e.bound,
               static_cast<double>(e.worst_x),
               e.binary ? fmt::format(", {:a}", static_cast<double>(e.worst_y)) : "", e.count);
    std::fflush(stdout);
    if (e.max_ulp > e.bound) code = kMismatch;
  }
  return code;
}

// Runs another command of this program and writes one line per operator call, forward and backward.
int run_record(Context& context, const AuditOptions& options) {
  if (options.command.empty())
    throw UsageError("audit --record",
                     "a command must follow, as in: audit --record run.tsv -- audit --op softmax");
  std::vector<const char*> words{"diffusionact"};
  for (const std::string& word : options.command) words.push_back(word.c_str());
  DigestRecorder recorder;
  const int code = run_program(static_cast<int>(words.size()), words.data());
  std::string text;
  for (const std::string& line : recorder.lines()) text += line + "\n";
  write_file(options.record, text);
  context.say(
      fmt::format("{} operator calls recorded in {}", recorder.lines().size(), options.record));
  return code;
}

std::vector<std::string> lines_of(const std::string& path) {
  constexpr std::uint64_t kLimit = 1ull << 32;  // 4 GiB: some ten million calls
  std::vector<std::string> lines;
  const std::string text = read_file(path, kLimit);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

int run_diff(const AuditOptions& options) {
  const std::vector<std::string> a = lines_of(options.diff[0]), b = lines_of(options.diff[1]);
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() && y == b.end()) {
    fmt::print("the same {} operator calls\n", a.size());
    return kOk;
  }
  fmt::print("the runs part at call {}\n", x - a.begin());
  fmt::print("  {}: {}\n", options.diff[0], x == a.end() ? "ended" : *x);
  fmt::print("  {}: {}\n", options.diff[1], y == b.end() ? "ended" : *y);
  return kMismatch;
}

}  // namespace

Command add_audit(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "audit",
      "Example: diffusionact audit --html audit.html\n\nChecks every "
      "operator: accuracy, gradient, and the same bits on a "
      "rerun, for any thread count, batch, layout and instruction set, and on "
      "a card (--device cuda; the default uses one that is there). Exit code "
      "7 when something differs.");
  auto o = std::make_shared<AuditOptions>();
  app->add_option(
      "--op", o->ops,
      "only this operator, with --exhaustive this elementary function (may be given more "
      "than once)");
  app->add_option("--json", o->json, "write the report as JSON to this file");
  app->add_option("--html", o->html, "write the report as one HTML page to this file");
  app->add_option("--markdown", o->markdown,
                  "write the operator table of the documentation to this file");
  app->add_flag("--exhaustive", o->exhaustive,
                "measure the elementary functions over all 2^32 inputs (long)");
  app->add_option("--stride", o->stride, "with --exhaustive: only every Nth input")
      ->check(CLI::PositiveNumber);
  app->add_option("--record", o->record,
                  "run the command after -- and write its operator calls to this file");
  app->add_option("--diff", o->diff, "two recordings: name the first call where they part")
      ->expected(2);
  app->add_option("command", o->command, "after --record FILE --: a command of this program");
  return {app, [o](Context& context) {
            if (!o->diff.empty()) return run_diff(*o);
            if (!o->record.empty()) return run_record(context, *o);
            if (o->exhaustive) return run_exhaustive(context, *o);
            return run_checks(context, *o);
          }};
}

}  // namespace dact::cli
