#include <fmt/format.h>

#include "io/safetensors.hpp"
#include "reenact/cli/clip_folder.hpp"
#include "reenact/cli/shipped.hpp"
#include "reenact/cli/train_parts.hpp"
#include "reenact/train/diffae_recipe.hpp"
#include "reenact/train/face_recipes.hpp"
#include "reenact/train/heads64_judges.hpp"
#include "reenact/train/stage_recipes.hpp"
#include "reenact/train/world_source.hpp"
#include "tensor/error.hpp"

namespace dact::cli {

using namespace train;

namespace {

nn::StateDict weights_in(const std::string& path) { return read_safetensors(path).tensors; }

void load_judge(nn::Module& module, const std::string& path) {
  try {
    nn::load_state_dict(module, weights_in(path));
  } catch (const WeightsError& error) {
    throw WeightsError(path, error.what());
  }
}

std::shared_ptr<const Judges> judges_of(const TrainConfig& c, Device device) {
  const std::vector<std::string> paths = judge_paths(c);
  auto judges = std::make_shared<Heads64Judges>();
  nn::Module* const modules[] = {&judges->estimator, &judges->eyes, &judges->embedder,
                                 &judges->parser, &judges->looks};
  for (std::size_t i = 0; i < paths.size(); ++i) load_judge(*modules[i], paths[i]);
  nn::move_to(*judges, device);
  return judges;
}

std::unique_ptr<Recipe> stage_of(const TrainRun& run, const DataSource& data,
                                 const DataSource& held_out, std::uint64_t seed, Device device) {
  const TrainConfig& c = run.config;
  if (c.reduction != "mse" && c.reduction != "norm")
    throw UsageError("train", "reduction must be mse or norm, got " + c.reduction);
  if (c.swap_pairs < 1)
    throw UsageError("train", fmt::format("swap_pairs must be 1 or more for {}, got {}", run.recipe,
                                          c.swap_pairs));
  StageModels models;
  models.diffae = std::make_shared<diffusion::DiffAE>(diffusion::diffae_config(c.configuration));
  nn::load_state_dict(*models.diffae, weights_in(diffae_path(c)));
  models.encoder = std::make_shared<reenact::ReenactmentEncoder>(models.diffae->config);
  models.encoder->init_from(models.diffae->encoder);
  nn::move_to(*models.diffae, device);
  StageOptions options;
  options.stage = run.recipe.back() - '0';
  options.seed = seed;
  options.train_steps = c.train_steps;
  options.inversion_steps = c.train_inversion_steps;
  options.weights = c.weights;
  options.distance = c.reduction == "norm" ? Distance::norm : Distance::mse;
  options.judged_pairs = c.swap_pairs;
  if (options.stage > 1) models.judges = judges_of(c, device);
  return make_stage_recipe(data, held_out, std::move(models), options);
}

}  // namespace

std::string diffae_path(const TrainConfig& c) {
  if (!c.diffae.empty()) return c.diffae;
  return shipped_weights() + "/diffae-" + c.configuration + ".safetensors";
}

std::vector<std::string> judge_paths(const TrainConfig& c) {
  const std::string folder = c.judges.empty() ? shipped_weights() : c.judges;
  std::vector<std::string> paths;
  for (const char* judge : {"estimator", "gaze", "embedder", "parser", "style"})
    paths.push_back(fmt::format("{}/{}.{}.safetensors", folder, kShippedModel, judge));
  return paths;
}

std::unique_ptr<DataSource> training_data(const TrainConfig& c, bool held_out, std::uint64_t seed) {
  const std::string& where = held_out ? c.held_out : c.data;
  if (where != "world") return open_clip_folder(where, seed);
  world::DatasetPlan plan{.frames = c.frames, .every = c.every};
  plan.population = static_cast<std::uint64_t>(held_out ? c.held_out_population : c.population);
  plan.identities = held_out ? c.held_out_identities : c.identities;
  plan.clips = held_out ? c.held_out_clips : c.clips;
  return std::make_unique<WorldSource>(plan, seed);
}

namespace {

std::unique_ptr<Recipe> recipe_of(const TrainRun& run, const DataSource& data,
                                  const DataSource& held_out, const Plan& plan, Device device) {
  const TrainConfig& c = run.config;
  if (run.recipe.starts_with("stage")) return stage_of(run, data, held_out, plan.seed, device);
  if (run.recipe == "diffae") {
    DiffAEOptions options;
    options.configuration = c.configuration;
    options.seed = plan.seed;
    options.aux_weight = c.aux_weight;
    options.feature_weight = c.feature_weight;
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

}  // namespace

std::unique_ptr<Recipe> make_recipe(const TrainRun& run, const DataSource& data,
                                    const DataSource& held_out, const Plan& plan, Device device) {
  std::unique_ptr<Recipe> recipe = recipe_of(run, data, held_out, plan, device);
  if (!run.init_from.empty()) recipe->initialise(weights_in(run.init_from));
  nn::move_to(recipe->trained(), device);
  return recipe;
}

}  // namespace dact::cli
