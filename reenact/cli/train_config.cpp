#include "reenact/cli/train_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "io/file.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

using nlohmann::ordered_json;

std::string names_of(const std::vector<ConfigField>& fields) {
  std::string all;
  for (const ConfigField& f : fields) all += (all.empty() ? "" : ", ") + std::string(f.name);
  return all;
}

[[noreturn]] void refuse_key(const std::string& path, const std::string& key,
                             const std::vector<ConfigField>& fields) {
  std::vector<std::string> known;
  for (const ConfigField& f : fields) known.emplace_back(f.name);
  const std::string near = nearest_name(key, known);
  throw UsageError(path, fmt::format("keys must be of {}, got {}{}", names_of(fields), key,
                                     near.empty() ? "" : "; did you mean " + near + "?"));
}

void assign(const std::string& path, const ConfigField& field, const ordered_json& value) {
  const auto refuse = [&](const char* kind) {
    throw UsageError(path, fmt::format("{} must be {}, got {}", field.name, kind, value.dump()));
  };
  if (auto* const* integer = std::get_if<std::int64_t*>(&field.value)) {
    if (!value.is_number_integer()) refuse("a whole number");
    **integer = value.get<std::int64_t>();
  } else if (auto* const* real = std::get_if<double*>(&field.value)) {
    if (!value.is_number()) refuse("a number");
    **real = value.get<double>();
  } else {
    if (!value.is_string()) refuse("text");
    *std::get<std::string*>(field.value) = value.get<std::string>();
  }
}

bool is_stage(const std::string& recipe) { return recipe.starts_with("stage"); }

}  // namespace

std::vector<ConfigField> fields_of(TrainConfig& c) {
  return {
      {"data", &c.data, "world, or a folder that synth wrote"},
      {"held_out", &c.held_out, "the same, for evaluations"},
      {"population", &c.population, "world: which people"},
      {"identities", &c.identities, "world: how many"},
      {"clips", &c.clips, "world: clips of each"},
      {"frames", &c.frames, "world: frames of each clip"},
      {"every", &c.every, "world: frames of motion (25 a second) between two of them"},
      {"held_out_population", &c.held_out_population, "world: people of the evaluations"},
      {"held_out_identities", &c.held_out_identities, "world: how many"},
      {"held_out_clips", &c.held_out_clips, "world: clips of each"},
      {"steps", &c.steps, "length of the run; 0: by minutes"},
      {"minutes", &c.minutes,
       "length by the clock: the number of steps then depends on the machine"},
      {"encoder_steps", &c.encoder_steps, "diffae: steps of the encoder alone, first"},
      {"encoder_minutes", &c.encoder_minutes, "diffae: the same by the clock"},
      {"batch", &c.batch, "pictures a step"},
      {"encoder_batch", &c.encoder_batch, "diffae: of the encoder's steps"},
      {"micro_batch", &c.micro_batch,
       "pictures at once: changes memory and speed, and the last bits"},
      {"learning_rate", &c.learning_rate, "highest rate"},
      {"warmup", &c.warmup, "steps over which the rate rises"},
      {"decay", &c.decay, "share of the run at its end over which it falls to 0"},
      {"clip", &c.clip, "largest norm of the gradient; 0: any"},
      {"ema", &c.ema, "decay of the moving average that is shipped; 0: none"},
      {"weight_decay", &c.weight_decay, "AdamW's"},
      {"name", &c.name, "of the finished file, its card and its settings; empty: the recipe's"},
      {"log_every", &c.log_every, "steps between lines of the log"},
      {"save_every", &c.save_every, "steps between checkpoints"},
      {"evaluate_every", &c.evaluate_every, "pictures between evaluations; 0: only the last"},
      {"keep", &c.keep, "checkpoints that stay"},
      {"judged", &c.judged, "held-out pictures of an evaluation"},
      {"configuration", &c.configuration, "diffae, stages: which autoencoder"},
      {"aux_weight", &c.aux_weight, "diffae: of the linear head on the ground truth"},
      {"feature_weight", &c.feature_weight,
       "diffae: of the pixels of eyes, brows and mouth in the diffusion loss"},
      {"swap_pairs", &c.swap_pairs, "diffae, stages: pairs decoded in an evaluation"},
      {"gate_yaw", &c.gate_yaw, "diffae: stop below this r2.yaw; 0: go on"},
      {"gate_pictures", &c.gate_pictures, "diffae: judged after so many joint pictures"},
      {"diffae", &c.diffae, "stages: the autoencoder's weights; empty: the shipped ones"},
      {"judges", &c.judges,
       "stages 2, 3: folder with heads64.estimator.safetensors, .gaze, .embedder, .parser, .style; "
       "empty: the shipped one"},
      {"train_steps", &c.train_steps, "stages 2, 3: DDIM steps that gradients go through"},
      {"train_inversion_steps", &c.train_inversion_steps, "stages 2, 3: of the source"},
      {"reduction", &c.reduction, "stages: mse, or norm for the losses written as norms"},
      {"weight_pixel", &c.weights.pixel, "stages 2, 3: Eq. 5"},
      {"weight_perceptual", &c.weights.perceptual, "Eq. 5"},
      {"weight_identity", &c.weights.identity, "Eq. 5"},
      {"weight_background", &c.weights.background, "Eq. 5"},
      {"weight_style", &c.weights.style, "Eq. 5"},
      {"weight_gaze", &c.weights.gaze, "Eq. 6"},
      {"weight_shape", &c.weights.shape, "Eq. 6"},
      {"weight_pose", &c.weights.pose, "Eq. 6"},
  };
}

const std::vector<std::string>& recipe_names() {
  static const std::vector<std::string> names = {
      "diffae", "estimator", "gaze", "embedder", "parser", "style", "stage1", "stage2", "stage3"};
  return names;
}

TrainConfig default_config(const std::string& recipe) {
  const auto& names = recipe_names();
  if (std::find(names.begin(), names.end(), recipe) == names.end()) {
    const std::string near = nearest_name(recipe, names);
    throw UsageError(
        "train", fmt::format("NAME must be one of {}, got \"{}\"{}", fmt::join(names, ", "), recipe,
                             near.empty() ? "" : "; did you mean " + near + "?"));
  }
  TrainConfig c;
  if (recipe == "diffae") {  // spec heads64_pilot section 6
    c.minutes = 100;
    c.encoder_minutes = 15;
    c.batch = 16;
    c.weight_decay = 0;
  }
  if (!is_stage(recipe)) return c;
  c.ema = 0;  // paper, section 4: rates and batch sizes
  c.decay = 0;
  c.minutes = 100;
  c.learning_rate = recipe == "stage1" ? 1e-3 : recipe == "stage2" ? 1e-4 : 1e-5;
  c.batch = recipe == "stage1" ? 32 : 4;
  c.micro_batch = recipe == "stage1" ? 8 : 2;
  return c;
}

void read_config(TrainConfig& config, const std::string& recipe, const std::string& path) {
  const std::string text = read_file(path, 1 << 20);
  const ordered_json object = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) throw IoError(path, "must be a JSON object, got something else");
  const std::vector<ConfigField> fields = fields_of(config);
  for (const auto& [key, value] : object.items()) {
    if (key == "recipe") {
      if (value != recipe)
        throw UsageError(path, fmt::format("recipe must be {}, got {}", recipe, value.dump()));
      continue;
    }
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const ConfigField& f) { return key == f.name; });
    if (field == fields.end()) refuse_key(path, key, fields);
    assign(path, *field, value);
  }
}

std::string config_text(TrainConfig config, const std::string& recipe, bool for_card) {
  ordered_json object{{"recipe", recipe}};
  for (const ConfigField& f : fields_of(config)) {
    if (auto* const* integer = std::get_if<std::int64_t*>(&f.value)) object[f.name] = **integer;
    if (auto* const* real = std::get_if<double*>(&f.value)) object[f.name] = **real;
    if (auto* const* text = std::get_if<std::string*>(&f.value))
      object[f.name] = for_card ? file_name_of(**text) : **text;
  }
  return object.dump(2);
}

train::Plan plan_of(const TrainConfig& c, const std::string& recipe, std::uint64_t seed) {
  train::Plan plan;
  const bool encoder_first = recipe == "diffae" && (c.encoder_steps > 0 || c.encoder_minutes > 0);
  if (encoder_first)
    plan.phases.push_back({.name = "encoder",
                           .steps = c.encoder_steps,
                           .minutes = c.encoder_minutes,
                           .batch = c.encoder_batch,
                           .learning_rate = c.learning_rate,
                           .decay = 0});
  plan.phases.push_back({.name = recipe == "diffae" ? "joint" : recipe,
                         .steps = c.steps,
                         .minutes = c.minutes,
                         .batch = c.batch,
                         .learning_rate = c.learning_rate,
                         .decay = c.decay});
  plan.seed = seed;
  plan.micro_batch = c.micro_batch;
  plan.warmup = c.warmup;
  plan.clip = c.clip;
  plan.ema = c.ema;
  plan.weight_decay = c.weight_decay;
  plan.log_every = c.log_every;
  plan.save_every = c.save_every;
  plan.evaluate_every = c.evaluate_every;
  if (recipe == "diffae" && c.gate_yaw > 0)
    plan.gates = {{.metric = "r2.yaw", .least = c.gate_yaw, .pictures = c.gate_pictures}};
  require_sound(plan);
  return plan;
}

}  // namespace dact::cli
