#include "reenact/cli/train_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/file.hpp"
#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/cli/train_parts.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using namespace train;

constexpr char kConfigNote[] = "config";

// ---- log

ordered_json number_or_null(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

// log.jsonl: begun anew, or gone on with after the step of a checkpoint.
class RunLog {
 public:
  RunLog(std::string path, std::int64_t keep_to_step) : path_(std::move(path)) {
    std::string kept;
    if (keep_to_step > 0 && fs::exists(path_)) kept = lines_up_to(keep_to_step);
    write_file(path_, kept);
    out_.open(path_, std::ios::app);
  }
  void add(const ordered_json& record) {
    out_ << record.dump() << "\n" << std::flush;
    if (!out_) throw IoError(path_, "the log must take a line, got an error: the disk may be full");
  }

 private:
  std::string lines_up_to(std::int64_t step) const {
    std::ifstream in(path_);
    std::string kept;
    for (std::string line; std::getline(in, line);) {
      const ordered_json record = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (record.is_object() && record.value("step", std::int64_t{0}) <= step) kept += line + "\n";
    }
    return kept;
  }
  std::string path_;
  std::ofstream out_;
};

// ---- what the run tells

class RunListener final : public TrainListener {
 public:
  RunListener(Context& context, const TrainRun& run, std::int64_t resumed_at)
      : context_(context),
        run_(run),
        log_((fs::path(run.out) / "log.jsonl").string(), resumed_at),
        on_terminal_(::isatty(STDERR_FILENO) != 0),
        begun_{now(), resumed_at > 0 ? 1.0 : 0.0} {}

  void stepped(const StepRecord& r) override {
    ordered_json terms;
    for (const Term& t : r.terms) terms[t.name] = number_or_null(t.value);
    log_.add({{"event", "step"},
              {"step", r.step},
              {"pictures", r.pictures},
              {"phase", r.phase},
              {"loss", number_or_null(r.loss)},
              {"terms", terms},
              {"rate", r.rate},
              {"gradient_norm", number_or_null(r.gradient_norm)},
              {"pictures_per_second", r.pictures_per_second},
              {"seconds", r.seconds}});
    tell(r);
  }

  void evaluated(const StepRecord& r, const Metrics& metrics, const Tensor& grid) override {
    last_metrics = metrics;
    ordered_json values;
    std::string line = fmt::format("  evaluation at {} pictures:", r.pictures);
    for (const auto& [name, value] : metrics) {
      values[name] = number_or_null(value);
      line += fmt::format(" {} {:.4g}", name, value);
    }
    log_.add(
        {{"event", "evaluation"}, {"step", r.step}, {"pictures", r.pictures}, {"metrics", values}});
    context_.say(line);
    if (grid.defined() && has_image_format("png"))
      write_image((fs::path(run_.out) / fmt::format("grid-{:09}.png", r.pictures)).string(), grid,
                  {{std::string(kXmpKey), xmp_of(DigitalSource::trained_algorithmic_media)}});
  }

  void saved(const std::string& path, const std::string& digest) override {
    log_.add({{"event", "checkpoint"}, {"file", file_name_of(path)}, {"digest", digest}});
  }
  void remark(const std::string& text) override {
    log_.add({{"event", "remark"}, {"text", text}});
    context_.say(text);
  }
  bool stop() override { return interrupted(); }
  double now() override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(since).count();
  }

  Metrics last_metrics;

 private:
  // A line every 10 s; on a terminal every 2.
  void tell(const StepRecord& r) {
    const double at = now(), part = r.progress;
    if (r.step > 1 && part < 1 && at - last_told_ < (on_terminal_ ? 2 : 10)) return;
    const double left = seconds_left(at, part);
    if (last_told_ == 0) first_ = {at, part};
    last_told_ = at;
    if (progress_style(context_.quiet()).json) {
      print_progress_json({.what = r.phase,
                           .done = r.step,
                           .share = part,
                           .seconds = r.seconds,
                           .left = left,
                           .extra = fmt::format("loss={:.4g}", r.loss)});
      return;
    }
    std::string line =
        fmt::format("{} {:>6}  {:3.0f}%  left {}  {:.3g} pictures/s  loss {:.4g}", r.phase, r.step,
                    100 * part, clock_text(left), r.pictures_per_second, r.loss);
    if (r.terms.size() > 1)
      for (const Term& t : r.terms) line += fmt::format("  {} {:.4g}", t.name, t.value);
    context_.say(line);
  }

  // By the pace since the first line, whose step was slower than the others; on that line since the start.
  double seconds_left(double at, double part) const {
    for (const Mark& mark : {first_, begun_})
      if (part > mark.part) return (at - mark.time) / (part - mark.part) * (1 - part);
    return std::nan("");
  }

  struct Mark {
    double time = 0, part = 1;
  };
  Context& context_;
  const TrainRun& run_;
  RunLog log_;
  bool on_terminal_;
  double last_told_ = 0;
  Mark begun_;  // of a resumed run it tells nothing
  Mark first_;
};

// ---- resume

// What may differ between a run and its continuation.
TrainConfig without_habits(TrainConfig c) {
  const TrainConfig standard;
  c.keep = standard.keep;
  c.name = standard.name;
  c.log_every = standard.log_every;
  c.save_every = standard.save_every;
  return c;
}

void require_same_run(const TrainRun& run, const TensorFile& checkpoint) {
  const auto note = checkpoint.metadata.find(kConfigNote);
  const std::string now = config_text(without_habits(run.config), run.recipe, false);
  if (note != checkpoint.metadata.end() && note->second == now) return;
  std::string differing;
  const auto before = note == checkpoint.metadata.end()
                          ? ordered_json()
                          : ordered_json::parse(note->second, nullptr, /*allow_exceptions=*/false);
  // a setting that the run's program did not have yet had what is its default today
  const auto standard =
      ordered_json::parse(config_text(default_config(run.recipe), run.recipe, false));
  const ordered_json present = ordered_json::parse(now);
  for (const auto& [key, value] : present.items())
    if (!before.is_object() || before.value(key, standard.at(key)) != value)
      differing += (differing.empty() ? "" : ", ") + key;
  if (differing.empty()) return;
  throw UsageError("train --resume",
                   "the settings must be those of the run, got others: " + differing);
}

}  // namespace

int run_training(Context& context, const TrainRun& run) {
  const std::uint64_t seed = context.seed();
  const Plan plan = plan_of(run.config, run.recipe, seed);
  const CheckpointFolder folder(run.out, static_cast<int>(run.config.keep));
  if (!run.resume && !folder.files().empty())
    throw UsageError("train", run.out +
                                  " must hold no checkpoints, got some: continue with --resume, "
                                  "or choose another folder");
  std::vector<std::string> skipped;
  const std::optional<TensorFile> checkpoint = run.resume ? folder.latest(skipped) : std::nullopt;
  for (const std::string& each : skipped) context.say("passed over: " + each);
  if (checkpoint) require_same_run(run, *checkpoint);

  const auto data = training_data(run.config, false, seed);
  const auto held_out = training_data(run.config, true, seed);
  const std::unique_ptr<Recipe> recipe = make_recipe(run, *data, *held_out, plan, context.device());
  const std::int64_t resumed_at = checkpoint ? std::stoll(checkpoint->metadata.at("step")) : 0;
  RunListener listener(context, run, resumed_at);
  Trainer trainer(*recipe, plan, listener, &folder);
  trainer.set_notes({{kConfigNote, config_text(without_habits(run.config), run.recipe, false)}});
  if (checkpoint) trainer.restore(*checkpoint);
  context.say(fmt::format("{}: {} parameters; {}{}", run.recipe,
                          nn::parameter_count(recipe->shipped()), recipe->data(),
                          checkpoint ? fmt::format("; going on after step {}", resumed_at) : ""));
  const InterruptGuard guard;
  const Outcome outcome = trainer.run();
  write_train_report(run, trainer, *recipe, seed);
  if (outcome == Outcome::stopped) {
    context.say(fmt::format("stopped after step {}; continue with --resume", trainer.steps()));
    return kInterrupted;
  }
  if (outcome == Outcome::gate_failed) return kMismatch;
  fmt::print("{}\n", trainer.digest());
  write_train_result(run, trainer, *recipe, seed, listener.last_metrics);
  context.event("trained", {{"recipe", run.recipe},
                            {"steps", trainer.steps()},
                            {"pictures", trainer.pictures()},
                            {"seconds", trainer.seconds()},
                            {"digest", trainer.digest()}});
  return kOk;
}

}  // namespace dact::cli
