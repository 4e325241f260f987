#include "reenact/cli/train_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/clip_folder.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/cli/train_report.hpp"
#include "reenact/train/artefact.hpp"
#include "reenact/train/diffae_recipe.hpp"
#include "reenact/train/face_recipes.hpp"
#include "reenact/train/heads64_judges.hpp"
#include "reenact/train/stage_recipes.hpp"
#include "reenact/train/trainer.hpp"
#include "reenact/train/world_source.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using namespace train;

constexpr char kConfigNote[] = "config", kCommandsNote[] = "commands";

// ---- data and recipe

std::unique_ptr<DataSource> source_of(const TrainConfig& c, bool held_out, std::uint64_t seed) {
  const std::string& where = held_out ? c.held_out : c.data;
  if (where != "world") return open_clip_folder(where, seed);
  world::DatasetPlan plan{.frames = c.frames, .every = c.every};
  plan.population = static_cast<std::uint64_t>(held_out ? c.held_out_population : c.population);
  plan.identities = held_out ? c.held_out_identities : c.identities;
  plan.clips = held_out ? c.held_out_clips : c.clips;
  return std::make_unique<WorldSource>(plan, seed);
}

nn::StateDict weights_in(const std::string& path) { return read_safetensors(path).tensors; }

void load_judge(nn::Module& module, const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name + ".safetensors";
  try {
    nn::load_state_dict(module, weights_in(path));
  } catch (const WeightsError& error) {
    throw WeightsError(path, error.what());
  }
}

std::shared_ptr<const Judges> judges_of(const TrainConfig& c) {
  if (c.judges.empty())
    throw UsageError("train", "stages 2 and 3 must have --judges FOLDER, got none");
  auto judges = std::make_shared<Heads64Judges>();
  load_judge(judges->estimator, c.judges, "estimator");
  load_judge(judges->eyes, c.judges, "gaze");
  load_judge(judges->embedder, c.judges, "embedder");
  load_judge(judges->parser, c.judges, "parser");
  load_judge(judges->looks, c.judges, "style");
  return judges;
}

std::unique_ptr<Recipe> stage_of(const TrainRun& run, const DataSource& data,
                                 const DataSource& held_out, std::uint64_t seed) {
  const TrainConfig& c = run.config;
  if (c.diffae.empty())
    throw UsageError("train",
                     "stages must have --diffae FILE, the autoencoder's weights, got none");
  if (c.reduction != "mse" && c.reduction != "norm")
    throw UsageError("train", "reduction must be mse or norm, got " + c.reduction);
  StageModels models;
  models.diffae = std::make_shared<diffusion::DiffAE>(diffusion::diffae_config(c.configuration));
  nn::load_state_dict(*models.diffae, weights_in(c.diffae));
  models.encoder = std::make_shared<reenact::ReenactmentEncoder>(models.diffae->config);
  models.encoder->init_from(models.diffae->encoder);
  StageOptions options;
  options.stage = run.recipe.back() - '0';
  options.seed = seed;
  options.train_steps = c.train_steps;
  options.inversion_steps = c.train_inversion_steps;
  options.weights = c.weights;
  options.distance = c.reduction == "norm" ? Distance::norm : Distance::mse;
  options.judged_pairs = std::max<std::int64_t>(1, c.swap_pairs);
  if (options.stage > 1) models.judges = judges_of(c);
  return make_stage_recipe(data, held_out, std::move(models), options);
}

std::unique_ptr<Recipe> recipe_of(const TrainRun& run, const DataSource& data,
                                  const DataSource& held_out, const Plan& plan) {
  const TrainConfig& c = run.config;
  if (run.recipe.starts_with("stage")) return stage_of(run, data, held_out, plan.seed);
  if (run.recipe == "diffae") {
    DiffAEOptions options;
    options.configuration = c.configuration;
    options.seed = plan.seed;
    options.aux_weight = c.aux_weight;
    options.encoder_phase = plan.phases.size() > 1;
    options.ridge_fit = 2 * c.judged;
    options.ridge_test = c.judged;
    options.swap_pairs = c.swap_pairs;
    return make_diffae_recipe(data, held_out, options);
  }
  const FaceOptions options{.seed = plan.seed, .judged = c.judged};
  if (run.recipe == "estimator") return make_estimator_recipe(data, held_out, options);
  if (run.recipe == "gaze") return make_gaze_recipe(data, held_out, options);
  if (run.recipe == "embedder") return make_embedder_recipe(data, held_out, options);
  if (run.recipe == "parser") return make_parser_recipe(data, held_out, options);
  return make_style_recipe(data, held_out, options);
}

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
        on_terminal_(::isatty(STDERR_FILENO) != 0) {}

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
    if (last_told_ == 0) first_ = {at, part};
    last_told_ = at;
    const double left =
        part > first_.part ? (at - first_.time) / (part - first_.part) * (1 - part) : std::nan("");
    std::string line =
        fmt::format("{} {:>6}  {:3.0f}%  left {}  {:.3g} pictures/s  loss {:.4g}", r.phase, r.step,
                    100 * part, clock_text(left), r.pictures_per_second, r.loss);
    if (r.terms.size() > 1)
      for (const Term& t : r.terms) line += fmt::format("  {} {:.4g}", t.name, t.value);
    context_.say(line);
  }

  struct Mark {
    double time = 0, part = 0;
  };
  Context& context_;
  const TrainRun& run_;
  RunLog log_;
  bool on_terminal_;
  double last_told_ = 0;
  Mark first_;
};

// ---- files of the run

std::string in_folder(const TrainRun& run, const std::string& name) {
  return (fs::path(run.out) / name).string();
}

void write_report(const TrainRun& run, const Trainer& trainer, const Recipe& recipe,
                  std::uint64_t seed) {
  std::vector<std::string> grids;
  for (const auto& entry : fs::directory_iterator(run.out)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("grid-") && name.ends_with(".png")) grids.push_back(entry.path().string());
  }
  std::sort(grids.begin(), grids.end());
  constexpr std::size_t kMostGrids = 8;  // a page to open, not an archive
  if (grids.size() > kMostGrids) grids.erase(grids.begin(), grids.end() - kMostGrids);
  ReportFacts facts{.title = "training of " + run.recipe, .facts = {}};
  facts.facts = {{"steps", std::to_string(trainer.steps())},
                 {"pictures", std::to_string(trainer.pictures())},
                 {"time", clock_text(trainer.seconds())},
                 {"seed", std::to_string(seed)},
                 {"data", recipe.data()},
                 {"digest", trainer.digest()},
                 {"program", version_line()}};
  write_file(in_folder(run, "report.html"),
             report_html(facts, curves_of_log(in_folder(run, "log.jsonl")), grids));
}

// The settings with the lengths that the run turned out to have.
TrainConfig settled(const TrainConfig& config, const Trainer& trainer) {
  TrainConfig c = config;
  const std::vector<std::int64_t> lengths = trainer.phase_lengths();
  c.steps = lengths.back();
  c.minutes = 0;
  c.encoder_minutes = 0;
  c.encoder_steps = lengths.size() > 1 ? lengths.front() : 0;
  return c;
}

std::string command_of(const TrainRun& run, std::uint64_t seed) {
  return fmt::format("diffusionact train {0} --config {0}.json --out runs/{0} --seed {1}{2}",
                     run.recipe, seed,
                     run.init_from.empty() ? "" : " --init-from " + file_name_of(run.init_from));
}

// The commands behind a finished file, from its own metadata.
std::string commands_behind(const std::string& path) {
  if (path.empty()) return "";
  const SafetensorsReader reader(path);
  const auto it = reader.metadata().find(kCommandsNote);
  return it == reader.metadata().end() ? "" : it->second;
}

std::vector<std::string> chain_of(const TrainRun& run, std::uint64_t seed) {
  std::vector<std::string> chain;
  const auto add = [&](const std::string& commands) {
    std::istringstream lines(commands);
    for (std::string line; std::getline(lines, line);)
      if (std::find(chain.begin(), chain.end(), line) == chain.end()) chain.push_back(line);
  };
  if (run.recipe.starts_with("stage")) {
    add(commands_behind(run.config.diffae));
    if (run.recipe != "stage1")
      for (const char* judge : {"estimator", "gaze", "embedder", "parser", "style"})
        add(commands_behind(run.config.judges + "/" + judge + ".safetensors"));
  }
  add(commands_behind(run.init_from));
  add(command_of(run, seed));
  return chain;
}

void write_artefact(const TrainRun& run, Trainer& trainer, Recipe& recipe, std::uint64_t seed,
                    const Metrics& metrics) {
  const nn::StateDict half = half_precision(trainer.shipped_weights());
  std::vector<std::string> order;
  std::vector<std::pair<std::string, std::string>> digests;
  for (const nn::Named& p : nn::state(recipe.shipped())) {
    order.push_back(p.key);
    digests.emplace_back(p.key, dact::digest_of(half.at(p.key)));
  }
  nn::load_state_dict(recipe.shipped(), half);  // the weights as a reader will have them
  const std::vector<std::string> chain = chain_of(run, seed);
  std::map<std::string, std::string> metadata{
      {"network", run.recipe},
      {"configuration", run.config.configuration},
      {"seed", std::to_string(seed)},
      {"version", version_line()},
      {kCommandsNote, fmt::format("{}", fmt::join(chain, "\n"))}};
  metadata[std::string(kWeightsDigestKey)] = nn::weights_digest(recipe.shipped());
  metadata[std::string(kContentDigestKey)] = content_digest(metadata, digests);
  const std::string path = in_folder(run, run.recipe + ".safetensors");
  write_safetensors(path, half, metadata, order);
  const TrainConfig again = settled(run.config, trainer);
  write_file(in_folder(run, run.recipe + ".json"), config_text(again, run.recipe, false) + "\n");
  write_file(in_folder(run, run.recipe + ".svg"),
             curves_svg(curves_of_log(in_folder(run, "log.jsonl"))));
  CardFacts card{.name = run.recipe,
                 .parameters = nn::parameter_count(recipe.shipped()),
                 .bytes = static_cast<std::int64_t>(fs::file_size(path)),
                 .digest = metadata[std::string(kWeightsDigestKey)],
                 .commands = chain,
                 .config = config_text(again, run.recipe, true),
                 .seed = std::to_string(seed),
                 .data = recipe.data(),
                 .device = fmt::format("{}, {} threads", cpu_name(), thread_count()),
                 .version = version_line(),
                 .steps = {},
                 .pictures = trainer.pictures(),
                 .seconds = trainer.seconds(),
                 .by_clock = run.config.steps == 0,
                 .curves = run.recipe + ".svg",
                 .metrics = metrics};
  const Plan plan = plan_of(again, run.recipe, seed);
  for (std::size_t i = 0; i < plan.phases.size(); ++i)
    card.steps.emplace_back(plan.phases[i].name, trainer.phase_lengths()[i]);
  write_file(in_folder(run, run.recipe + ".md"), model_card(card));
}

// ---- resume

// What may differ between a run and its continuation.
TrainConfig without_habits(TrainConfig c) {
  const TrainConfig standard;
  c.keep = standard.keep;
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
  const ordered_json present = ordered_json::parse(now);
  for (const auto& [key, value] : present.items())
    if (!before.is_object() || !before.contains(key) || before[key] != value)
      differing += (differing.empty() ? "" : ", ") + key;
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

  const auto data = source_of(run.config, false, seed),
             held_out = source_of(run.config, true, seed);
  const std::unique_ptr<Recipe> recipe = recipe_of(run, *data, *held_out, plan);
  if (!run.init_from.empty()) recipe->initialise(weights_in(run.init_from));
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
  write_report(run, trainer, *recipe, seed);
  if (outcome == Outcome::stopped) {
    context.say(fmt::format("stopped after step {}; continue with --resume", trainer.steps()));
    return kInterrupted;
  }
  if (outcome == Outcome::gate_failed) return kMismatch;
  fmt::print("{}\n", trainer.digest());
  write_artefact(run, trainer, *recipe, seed, listener.last_metrics);
  context.event("trained", {{"recipe", run.recipe},
                            {"steps", trainer.steps()},
                            {"pictures", trainer.pictures()},
                            {"seconds", trainer.seconds()},
                            {"digest", trainer.digest()}});
  return kOk;
}

}  // namespace dact::cli
