// `diffusionact train`: a recipe by name, its settings by file and flags, its run in a folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/train_config.hpp"
#include "reenact/cli/train_run.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct TrainOptions {
  std::string name, config_file, out, init_from;
  bool resume = false, dump_config = false;
  /// Flags as typed, by field: they win over the file.
  std::map<std::string, std::string> flags;
};

// A flag's text as the file would hold it.
void set_flag(TrainConfig& config, const std::string& name, const std::string& text) {
  for (const ConfigField& f : fields_of(config)) {
    if (name != f.name) continue;
    if (auto* const* words = std::get_if<std::string*>(&f.value)) {
      **words = text;
      return;
    }
    const auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    auto* const* integer = std::get_if<std::int64_t*>(&f.value);
    if (integer != nullptr ? !value.is_number_integer() : !value.is_number())
      throw UsageError("--" + name,
                       fmt::format("must be {}, got \"{}\"",
                                   integer != nullptr ? "a whole number" : "a number", text));
    if (integer != nullptr)
      **integer = value.get<std::int64_t>();
    else
      *std::get<double*>(f.value) = value.get<double>();
  }
}

TrainConfig config_of(const TrainOptions& o) {
  TrainConfig config = default_config(o.name);
  if (!o.config_file.empty()) read_config(config, o.name, o.config_file);
  for (const auto& [name, text] : o.flags)
    if (!text.empty()) set_flag(config, name, text);
  return config;
}

int run_train(Context& context, const TrainOptions& o) {
  const TrainConfig config = config_of(o);
  if (o.dump_config) {
    fmt::print("{}\n", config_text(config, o.name, false));
    return kOk;
  }
  if (o.out.empty())
    throw UsageError("train", "--out must name a folder for checkpoints, log and report, got none");
  return run_training(context, {.recipe = o.name,
                                .config = config,
                                .out = o.out,
                                .init_from = o.init_from,
                                .resume = o.resume});
}

}  // namespace

Command add_train(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "train",
      "Example: diffusionact train diffae --config diffae.json --out runs/diffae\n\n"
      "Trains a network of the heads64 family: diffae, estimator, gaze, embedder, parser, style, "
      "stage1, stage2, stage3.\nThe folder takes checkpoints, log.jsonl, report.html, and at the "
      "end "
      "NAME.safetensors with its card NAME.md.\nSettings come from the file, then from flags: "
      "--dump-config lists them with their values, --learning-rate\nsets learning_rate, and so "
      "on.");
  auto o = std::make_shared<TrainOptions>();
  app->add_option("NAME", o->name, "what to train")->required();
  app->add_option("--config", o->config_file, "JSON file with settings");
  app->add_flag("--dump-config", o->dump_config, "print all settings as JSON and stop");
  app->add_option("--out", o->out, "folder of the run");
  app->add_flag("--resume", o->resume,
                "go on from the newest checkpoint in the folder, bit for bit");
  app->add_option("--init-from", o->init_from, "begin with the weights of this finished file");
  TrainConfig names;
  for (const ConfigField& f : fields_of(names)) {
    std::string flag = "--" + std::string(f.name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    const bool common = std::string(f.name) == "steps" || std::string(f.name) == "minutes" ||
                        std::string(f.name) == "data" || std::string(f.name) == "keep";
    app->add_option(flag, o->flags[f.name], f.help)->group(common ? "OPTIONS" : "");
  }
  return {app, [o](Context& context) { return run_train(context, *o); }};
}

}  // namespace dact::cli
