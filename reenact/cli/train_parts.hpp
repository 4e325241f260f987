// The parts of a training run: its data and recipe by name, and the files it leaves. For train_run.cpp.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "reenact/cli/train_run.hpp"
#include "reenact/train/trainer.hpp"

namespace dact::cli {

/// config.data or config.held_out: the world, or a folder of clips.
std::unique_ptr<train::DataSource> training_data(const TrainConfig& config, bool held_out,
                                                 std::uint64_t seed);

/// The files that stages begin from: the configuration's, else the shipped ones. throws  WeightsError
std::string diffae_path(const TrainConfig& config);
std::vector<std::string> judge_paths(const TrainConfig& config);

/// The recipe with the weights that it needs from other files, those and its own (init_from) on `device`. data and held_out
/// must outlive it.
/// throws  UsageError (a setting that the recipe needs is missing), IoError, WeightsError naming the file
std::unique_ptr<train::Recipe> make_recipe(const TrainRun& run, const train::DataSource& data,
                                           const train::DataSource& held_out,
                                           const train::Plan& plan, Device device);

/// report.html.
void write_train_report(const TrainRun& run, const train::Trainer& trainer,
                        const train::Recipe& recipe, std::uint64_t seed);

/// NAME.safetensors, NAME.json, NAME.svg, NAME.md. Leaves the recipe's shipped module with the rounded weights.
void write_train_result(const TrainRun& run, const train::Trainer& trainer, train::Recipe& recipe,
                        std::uint64_t seed, const train::Metrics& metrics);

}  // namespace dact::cli
