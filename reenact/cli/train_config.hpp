// All settings of a training run as one table: the JSON file, the flags and the model card are made of it.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "reenact/train/losses.hpp"
#include "reenact/train/plan.hpp"

namespace dact::cli {

struct TrainConfig {
  // ---- data: "world", or a folder of clips
  std::string data = "world", held_out = "world";
  std::int64_t population = 1, identities = 500, clips = 4, frames = 16, every = 10;
  std::int64_t held_out_population = 2, held_out_identities = 64, held_out_clips = 4;
  // ---- how long
  std::int64_t steps = 0;
  double minutes = 20;
  std::int64_t encoder_steps = 0;
  double encoder_minutes = 0;
  // ---- how
  std::int64_t batch = 32, encoder_batch = 32, micro_batch = 8;
  double learning_rate = 1e-3;
  std::int64_t warmup = 100;
  double decay = 0.3, clip = 1, ema = 0.999, weight_decay = 0.01;
  // ---- what is written
  std::string name;  // of the finished file; empty: the recipe's
  std::int64_t log_every = 20, save_every = 500, evaluate_every = 20'000, keep = 2, judged = 256;
  // ---- diffae
  std::string configuration = "heads64";
  double aux_weight = 0.3, feature_weight = 1;
  std::int64_t swap_pairs = 8;
  double gate_yaw = 0;  // least r2.yaw at gate_pictures joint pictures; 0: no gate
  std::int64_t gate_pictures = 20'000;
  // ---- stages
  std::string diffae, judges;  // empty: those that come with the program
  std::int64_t train_steps = 8, train_inversion_steps = 8;
  std::string reduction = "mse";
  train::LossWeights weights;
};

/// One setting. Flags are spelt with hyphens, keys of the file with underscores.
struct ConfigField {
  const char* name;
  std::variant<std::int64_t*, double*, std::string*> value;
  const char* help;
};
std::vector<ConfigField> fields_of(TrainConfig& config);

/// "diffae", "estimator", "gaze", "embedder", "parser", "style", "stage1", "stage2", "stage3".
const std::vector<std::string>& recipe_names();
/// The paper's or the pilot's values. throws  UsageError for a name that is none, with the nearest
TrainConfig default_config(const std::string& recipe);

/// Overwrites what the file names. throws  IoError (no JSON object), UsageError (unknown key, wrong type)
void read_config(TrainConfig& config, const std::string& recipe, const std::string& path);
/// {"recipe": ..., every field}; paths as file names when `for_card`.
std::string config_text(TrainConfig config, const std::string& recipe, bool for_card);

train::Plan plan_of(const TrainConfig& config, const std::string& recipe, std::uint64_t seed);

}  // namespace dact::cli
