#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "io/safetensors.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/cli/train_parts.hpp"
#include "reenact/cli/train_report.hpp"
#include "reenact/train/artefact.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/digest.hpp"
#include "tensor/parallel.hpp"

namespace dact::cli {

using namespace train;

namespace {

namespace fs = std::filesystem;

constexpr char kCommandsNote[] = "commands";

std::string in_folder(const TrainRun& run, const std::string& name) {
  return (fs::path(run.out) / name).string();
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

std::string finished_name(const TrainRun& run) {
  return run.config.name.empty() ? run.recipe : run.config.name;
}

// The commands behind a finished file, first to last, from its own metadata.
std::vector<std::string> commands_behind(const std::string& path) {
  std::vector<std::string> commands;
  if (path.empty()) return commands;
  const SafetensorsReader reader(path);
  const auto it = reader.metadata().find(kCommandsNote);
  if (it == reader.metadata().end()) return commands;
  std::istringstream lines(it->second);
  for (std::string line; std::getline(lines, line);) commands.push_back(line);
  return commands;
}

// NAME, or NAME.K where K - 1 runs of this name lie behind --init-from: settings and folder of each stay, so that the
// whole chain can be run again.
std::string stem_of(const TrainRun& run) {
  const std::string name = finished_name(run);
  const std::vector<std::string> behind = commands_behind(run.init_from);
  for (int runs = 1;; ++runs) {
    const std::string stem = runs == 1 ? name : fmt::format("{}.{}", name, runs);
    const std::string config = fmt::format(" --config {}.json ", stem);
    if (std::ranges::none_of(behind, [&](const std::string& command) {
          return command.find(config) != std::string::npos;
        }))
      return stem;
  }
}

// --init-from as it stands in the chain: the file in the folder of the command that made it.
std::string origin_of(const TrainRun& run) {
  constexpr std::string_view kOut = " --out ";
  if (run.init_from.empty()) return "";
  const std::vector<std::string> behind = commands_behind(run.init_from);
  std::string folder;
  if (!behind.empty())
    if (const std::size_t at = behind.back().find(kOut); at != std::string::npos) {
      const std::size_t begin = at + kOut.size();
      folder = behind.back().substr(begin, behind.back().find(' ', begin) - begin) + "/";
    }
  return " --init-from " + folder + file_name_of(run.init_from);
}

std::string command_of(const TrainRun& run, std::uint64_t seed) {
  return fmt::format("diffusionact train {0} --config {1}.json --out runs/{1} --seed {2}{3}",
                     run.recipe, stem_of(run), seed, origin_of(run));
}

std::vector<std::string> chain_of(const TrainRun& run, std::uint64_t seed) {
  std::vector<std::string> chain;
  const auto add = [&](const std::vector<std::string>& commands) {
    for (const std::string& line : commands)
      if (std::find(chain.begin(), chain.end(), line) == chain.end()) chain.push_back(line);
  };
  if (run.recipe.starts_with("stage")) {
    add(commands_behind(diffae_path(run.config)));
    if (run.recipe != "stage1")
      for (const std::string& judge : judge_paths(run.config)) add(commands_behind(judge));
  }
  add(commands_behind(run.init_from));
  add({command_of(run, seed)});
  return chain;
}

// Half precision; returns the digest of the weights as a reader will have them.
std::string write_weights_file(const TrainRun& run, const Trainer& trainer, Recipe& recipe,
                               std::uint64_t seed, const std::vector<std::string>& chain) {
  const nn::StateDict half = half_precision(trainer.shipped_weights());
  std::vector<std::string> order;
  std::vector<std::pair<std::string, std::string>> digests;
  for (const nn::Named& p : nn::state(recipe.shipped())) {
    order.push_back(p.key);
    digests.emplace_back(p.key, dact::digest_of(half.at(p.key)));
  }
  nn::load_state_dict(recipe.shipped(), half);  // the weights as a reader will have them
  std::map<std::string, std::string> metadata{
      {"network", finished_name(run)},
      {"configuration", run.config.configuration},
      {"seed", std::to_string(seed)},
      {"version", version_line()},
      {kCommandsNote, fmt::format("{}", fmt::join(chain, "\n"))}};
  metadata[std::string(kWeightsDigestKey)] = nn::weights_digest(recipe.shipped());
  metadata[std::string(kContentDigestKey)] = content_digest(metadata, digests);
  write_safetensors(in_folder(run, finished_name(run) + ".safetensors"), half, metadata, order);
  return metadata[std::string(kWeightsDigestKey)];
}

}  // namespace

void write_train_report(const TrainRun& run, const Trainer& trainer, const Recipe& recipe,
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

void write_train_result(const TrainRun& run, const Trainer& trainer, Recipe& recipe,
                        std::uint64_t seed, const Metrics& metrics) {
  const std::vector<std::string> chain = chain_of(run, seed);
  const std::string digest = write_weights_file(run, trainer, recipe, seed, chain);
  const TrainConfig again = settled(run.config, trainer);
  write_file(in_folder(run, stem_of(run) + ".json"), config_text(again, run.recipe, false) + "\n");
  write_file(in_folder(run, finished_name(run) + ".svg"),
             curves_svg(curves_of_log(in_folder(run, "log.jsonl"))));
  CardFacts card{.name = finished_name(run),
                 .parameters = nn::parameter_count(recipe.shipped()),
                 .bytes = static_cast<std::int64_t>(
                     fs::file_size(in_folder(run, finished_name(run) + ".safetensors"))),
                 .digest = digest,
                 .commands = chain,
                 .config = config_text(again, run.recipe, true),
                 .seed = std::to_string(seed),
                 .data = recipe.data(),
                 .device = nn::device_of(recipe.trained()) == Device::cpu
                               ? fmt::format("{}, {} threads", cpu_name(), thread_count())
                               : cuda::card_status().text,
                 .version = version_line(),
                 .steps = {},
                 .pictures = trainer.pictures(),
                 .seconds = trainer.seconds(),
                 .by_clock = run.config.steps == 0,
                 .curves = finished_name(run) + ".svg",
                 .metrics = metrics};
  const Plan plan = plan_of(again, run.recipe, seed);
  for (std::size_t i = 0; i < plan.phases.size(); ++i)
    card.steps.emplace_back(plan.phases[i].name, trainer.phase_lengths()[i]);
  write_file(in_folder(run, finished_name(run) + ".md"), model_card(card));
}

}  // namespace dact::cli
