#include "reenact/cli/eval_weights.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "reenact/cli/network_weights.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

namespace eval_fs = std::filesystem;

struct JudgePart {
  std::string name;
  nn::Module& module;
};

std::vector<JudgePart> parts_of(eval::Judge& judge) {
  return {{"judge-estimator", judge.estimator},
          {"judge-gaze", judge.gaze},
          {"judge-embedder", judge.embedder},
          {"judge-parser", judge.parser}};
}

// What is missing is added to `missing`, so that one error names it all.
void load_named(const std::string& folder, const std::string& name, nn::Module& module,
                std::string& missing) {
  const std::string path = (eval_fs::path(folder) / (name + ".safetensors")).string();
  if (!eval_fs::exists(path)) {
    missing += fmt::format("\n  {}: no {}", name, path);
    return;
  }
  try {
    WeightsFile file(path);
    load_module(file, module, name, nullptr);
  } catch (const WeightsError& error) {
    missing += fmt::format("\n  {}: {}", name, error.what());
  }
}

std::string folder_of(const std::string& weights) {
  return eval_fs::is_directory(weights) ? weights : eval_fs::path(weights).parent_path().string();
}

}  // namespace

eval::Subjects EvalNetworks::subjects() const {
  return {subject.model.get(), diffae.get(), subject.estimator.get(), subject.gaze.get()};
}

void EvalNetworks::describe(Manifest& manifest) const {
  subject.describe(manifest);
  manifest.set("autoencoder_digest", nn::weights_digest(*diffae));
  for (const JudgePart& part : parts_of(*judge))
    manifest.set(part.name + "_digest", nn::weights_digest(part.module));
}

void EvalNetworks::move_to(Device device) {
  nn::move_to(*diffae, device);
  nn::move_to(*judge, device);
}

EvalNetworks load_eval_networks(EvalWeightsOptions o, bool with_estimators, Device device) {
  o.subject.weights = weights_place(o.subject);
  EvalNetworks n;
  n.diffae = std::make_unique<diffusion::DiffAE>(diffusion::diffae_config(o.subject.model));
  nn::name_modules(*n.diffae, "diffae");
  n.judge = std::make_unique<eval::Judge>();
  if (o.subject.fill) {
    n.subject = load_reenact_networks(o.subject, with_estimators, device);
    nn::fill_by_name(*n.diffae, *o.subject.fill);
    nn::fill_by_name(*n.judge, *o.subject.fill);
    n.move_to(device);
    return n;
  }
  std::string missing;
  try {
    n.subject = load_reenact_networks(o.subject, with_estimators, device);
  } catch (const WeightsError& error) {
    missing += fmt::format("\n  {}", error.what());
  }
  load_named(folder_of(o.subject.weights), "diffae-" + o.subject.model, *n.diffae, missing);
  const std::string judges = o.judges.empty() ? folder_of(o.subject.weights) : o.judges;
  for (const JudgePart& part : parts_of(*n.judge))
    load_named(judges, o.subject.model + "." + part.name, part.module, missing);
  if (!missing.empty())
    throw WeightsError("eval", "weights of all networks must be there, got" + missing);
  n.move_to(device);
  return n;
}

}  // namespace dact::cli
