// `eval`: a model on a benchmark of the world, in the paper's tables.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "io/file.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/eval_report.hpp"
#include "reenact/cli/eval_weights.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/progress.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {
namespace {

struct EvalCommand {
  EvalWeightsOptions weights;
  eval::EvalOptions eval;
  std::string set = "bench-v1", out, points = "networks";
  bool no_manifest = false;
};

// Work of the units that are not kept, and requests to stop.
class EvalProgress final : public eval::EvalWatcher {
 public:
  EvalProgress(Context& context, std::int64_t total)
      : progress_("eval", total, progress_style(context.quiet())) {}
  void worked(std::int64_t pictures) override {
    done_ += pictures;
    progress_.update(done_, now_);
    if (interrupted())
      throw Cancelled("eval", "stopped as asked; the same command goes on from what is done");
  }
  void begin(const eval::Unit& unit) {
    now_ = fmt::format("{} {}", eval::name_of(unit.kind), unit.number);
  }

 private:
  Progress progress_;
  std::int64_t done_ = 0;
  std::string now_;
};

std::string unit_path(const std::string& out, const eval::Unit& unit) {
  return (std::filesystem::path(out) / "units" /
          fmt::format("{}-{:03}.safetensors", eval::name_of(unit.kind), unit.number))
      .string();
}

Manifest eval_manifest(Context& context, const EvalCommand& o, const EvalNetworks& networks) {
  Manifest m(context, "eval");
  networks.describe(m);
  m.set("set", o.set);
  m.set("points", o.points);
  m.set("steps", o.eval.steps);
  m.set("inversion_steps", o.eval.inversion_steps);
  m.set("step_choices", fmt::format("{}", fmt::join(o.eval.step_choices, " ")));
  m.set("inversion_choices", fmt::format("{}", fmt::join(o.eval.inversion_choices, " ")));
  m.set("least_confidence", fmt::format("{}", o.eval.least_confidence));
  return m;
}

std::string key_of(const Manifest& manifest) {
  std::string text;
  for (const auto& [key, value] : manifest.entries()) text += key + "\t" + value + "\n";
  return sha256(text);
}

// All units, from files where there are any.
std::vector<eval::UnitResult> all_units(Context& context, const EvalCommand& o,
                                        const eval::Evaluation& evaluation,
                                        const std::string& key) {
  std::vector<std::optional<eval::UnitResult>> units;
  std::int64_t work = 0, kept = 0;
  for (const eval::Unit& unit : evaluation.units()) {
    units.push_back(eval::kept_unit(unit_path(o.out, unit), unit, key));
    work += units.back() ? 0 : evaluation.work(unit);
    kept += units.back() ? 1 : 0;
  }
  if (kept > 0)
    context.say(fmt::format("{}: {} of {} parts were done before", o.out, kept, units.size()));
  EvalProgress progress(context, work);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i]) continue;
    const eval::Unit& unit = evaluation.units()[i];
    progress.begin(unit);
    units[i] = evaluation.run(unit, &progress);
    eval::keep_unit(unit_path(o.out, unit), *units[i], key);
    context.event("unit", {{"table", eval::name_of(unit.kind)},
                           {"number", unit.number},
                           {"digest", units[i]->rows.front().digest}});
  }
  std::vector<eval::UnitResult> all;
  for (auto& unit : units) all.push_back(std::move(*unit));
  return all;
}

void write_tables(const EvalCommand& o, const EvalFacts& facts,
                  const std::vector<eval::UnitResult>& units) {
  const auto in_out = [&](const char* name) {
    return (std::filesystem::path(o.out) / name).string();
  };
  const std::string text = eval_markdown(facts);
  write_file(in_out("eval.json"), eval_json(facts));
  write_file(in_out("eval.md"), text);
  write_file(in_out("eval.html"), eval_html(facts, units));
  fmt::print("{}\ndigest: {}\n", text, facts.digest);
}

int run_eval(Context& context, EvalCommand o) {
  const InterruptGuard guard;
  if (o.points != "networks" && o.points != "truth")
    throw UsageError("--points", "must be networks or truth, got \"" + o.points + "\"");
  o.eval.points = o.points == "truth" ? eval::PointsFrom::truth : eval::PointsFrom::networks;
  o.eval.seed = context.seed();
  const world::BenchSet& set = world::bench_set(o.set);
  const EvalNetworks networks =
      load_eval_networks(o.weights, o.eval.points == eval::PointsFrom::networks, context.device());
  const eval::Evaluation evaluation(set, networks.subjects(), *networks.judge, o.eval);
  make_output_folder((std::filesystem::path(o.out) / "units").string());
  const FileLock lock((std::filesystem::path(o.out) / ".lock").string());
  Manifest manifest = eval_manifest(context, o, networks);
  const std::vector<eval::UnitResult> units = all_units(context, o, evaluation, key_of(manifest));
  if (o.no_manifest) manifest.leave_out();
  EvalFacts facts = eval_facts(units);
  facts.set = set.name;
  facts.clips_in_set = set.plan.identities;
  facts.clips = o.eval.limit == 0 ? facts.clips_in_set : std::min(o.eval.limit, facts.clips_in_set);
  facts.threads = thread_count();
  facts.filled = o.weights.subject.fill.has_value();
  facts.manifest = manifest.picture_metadata();
  write_tables(o, facts, units);
  return kOk;
}

void add_eval_subject(CLI::App& app, EvalCommand& o) {
  ReenactWeightsOptions& w = o.weights.subject;
  app.add_option("--model", w.model, "heads64, or another of 64 pixels")->capture_default_str();
  app.add_option(
      "--weights", w.weights,
      "folder of reenact-MODEL.safetensors, diffae-MODEL.safetensors, "
      "MODEL.estimator.safetensors, MODEL.gaze.safetensors; default: heads64 as it comes "
      "with the program");
  app.add_option("--judges", o.weights.judges,
                 "folder of MODEL.judge-estimator.safetensors, -gaze, -embedder, -parser (default: "
                 "that of --weights)");
  app.add_option("--fill", w.fill,
                 "instead of weights: made by formula from names and this seed; the figures then "
                 "mean nothing");
  app.add_option("--preset", w.preset, "which UNet copy inverts and decodes, as in reenact");
  app.add_option("--points", o.points,
                 "whose points drive: found by the networks, or the world's truth")
      ->capture_default_str();
}

}  // namespace

Command add_eval(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "eval",
      "Example: diffusionact eval --set bench-v1 --weights weights --out eval\n\nA model on a "
      "benchmark, in the paper's tables: self, cross-subject and large-pose reenactment, steps; "
      "with reference rows, gates, the paper's figures. Writes eval.json, eval.md and eval.html. "
      "What was done is kept: after Ctrl-C the same command goes on.");
  auto o = std::make_shared<EvalCommand>();
  app->add_option("--set", o->set, "bench-v1")->capture_default_str();
  app->add_option("--out", o->out, "folder for the tables and the parts that are done")->required();
  add_eval_subject(*app, *o);
  app->add_option("--steps", o->eval.steps, "of every frame")->capture_default_str();
  app->add_option("--inversion-steps", o->eval.inversion_steps, "of every source")
      ->capture_default_str();
  app->add_option("--limit", o->eval.limit, "only the first N clips, and N cross pairs; 0: all")
      ->capture_default_str();
  app->add_option("--step-clips", o->eval.step_clips, "clips of the two tables of steps; 0: none")
      ->capture_default_str();
  app->add_option("--batch", o->eval.batch, "frames at a time; no bit depends on it")
      ->capture_default_str();
  app->add_option("--least-confidence", o->eval.least_confidence,
                  "a frame whose judged confidence is not above it has failed")
      ->capture_default_str();
  app->add_flag("--no-manifest", o->no_manifest,
                "leave the settings out of the tables; the synthetic mark stays");
  return {app, [o](Context& context) { return run_eval(context, *o); }};
}

}  // namespace dact::cli
