#include "reenact/cli/reenact_weights.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <vector>

#include "reenact/cli/known_weights.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/shipped.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;
using reenact::ReenactmentModel;

enum class Role { whole, autoencoder, estimator, gaze };
constexpr std::string_view kCopies[] = {"ema_model.", "model."};
// What stands above the keys: nothing, or as in the authors' checkpoint.
constexpr std::string_view kAbove[] = {"", "state_dict_net/"};

struct OpenFile {
  Role role;
  WeightsFile file;
};

// Every place that a tensor of the networks may be in, and what was not found in any.
class Search {
 public:
  explicit Search(const ReenactWeightsOptions& o) : place_(o.weights) {
    if (!fs::is_directory(o.weights)) {
      files_.push_back({Role::whole, WeightsFile(o.weights)});
      return;
    }
    const std::pair<Role, std::string> names[] = {{Role::whole, "reenact-" + o.model},
                                                  {Role::autoencoder, "diffae-" + o.model},
                                                  {Role::estimator, o.model + ".estimator"},
                                                  {Role::gaze, o.model + ".gaze"}};
    for (const auto& [role, name] : names) {
      const std::string path = (fs::path(o.weights) / (name + ".safetensors")).string();
      if (fs::exists(path))
        files_.push_back({role, WeightsFile(path)});
      else
        absent_ += (absent_.empty() ? "" : ", ") + name + ".safetensors";
    }
  }

  // Which UNet copies there are decides, unless the user does.
  const reenact::Preset& preset(const std::string& wanted) const {
    if (!wanted.empty()) return reenact::preset_of(wanted);
    const auto has = [&](std::string_view copy) {
      for (const OpenFile& f : files_)
        for (const std::string_view above : kAbove)
          if (f.role == Role::whole &&
              f.file.contains(name_under(above, fmt::format("{}out.2.bias", copy))))
            return true;
      return false;
    };
    const bool ema = has(kCopies[0]), plain = has(kCopies[1]);
    return reenact::preset_of(ema && plain ? "authors" : plain ? "plain" : "ema");
  }

  void fill(nn::Module& module, Role network, const std::string& name) {
    std::string list;
    std::size_t count = 0;
    for (nn::Named& p : nn::state(module)) {
      if (take(p, network)) continue;
      constexpr std::size_t kMostShown = 4;
      if (++count <= kMostShown) list += (list.empty() ? "" : ", ") + p.key;
    }
    if (count > 0)
      missing_ += fmt::format("\n  {}: {} tensors missing: {}{}", name, count, list,
                              count > 4 ? ", ..." : "");
  }

  void require_all() const {
    if (missing_.empty()) return;
    throw WeightsError(place_,
                       fmt::format("must hold the weights of all networks, got{}{}", missing_,
                                   absent_.empty() ? "" : "\n  not there: " + absent_));
  }

  std::string names() const {
    std::string text;
    for (const OpenFile& f : files_)
      text += (text.empty() ? "" : ", ") + file_name_of(f.file.path());
    return text;
  }

 private:
  // Names under which a file of this role may hold a network's key.
  static std::vector<std::string> names_in(Role file, Role network, const std::string& key) {
    if (network != Role::whole) {
      if (file == network) return {key};
      if (file != Role::whole) return {};
      return {(network == Role::estimator ? "estimator." : "gaze.") + key};
    }
    if (file == Role::whole) return {name_under(kAbove[0], key), name_under(kAbove[1], key)};
    if (file == Role::autoencoder)
      for (const std::string_view copy : kCopies)
        if (key.starts_with(copy)) return {key.substr(copy.size())};
    return {};
  }

  bool take(nn::Named& p, Role network) {
    for (OpenFile& f : files_)
      for (const std::string& name : names_in(f.role, network, p.key)) {
        if (!f.file.contains(name)) continue;
        const Shape shape = f.file.entry(name).shape;
        if (!(shape == p.var.shape()))
          throw WeightsError(f.file.path(), fmt::format("{} must be {}, got {}", name,
                                                        p.var.shape().str(), shape.str()));
        p.var.set_value(read_parameter(f.file, name, p.var.dtype()));
        return true;
      }
    return false;
  }

  std::string place_, missing_, absent_;
  std::vector<OpenFile> files_;
};

ReenactNetworks empty_networks(const ReenactWeightsOptions& o, const reenact::Preset& preset,
                               bool with_estimators) {
  ReenactNetworks n;
  n.model = std::make_unique<ReenactmentModel>(diffusion::diffae_config(o.model), preset);
  if (!with_estimators) return n;
  n.estimator = std::make_unique<nets::FaceEstimator>();
  n.gaze = std::make_unique<nets::GazeEstimator>();
  nn::name_modules(*n.estimator, "estimator");
  nn::name_modules(*n.gaze, "gaze");
  return n;
}

}  // namespace

void ReenactNetworks::describe(Manifest& manifest) const {
  manifest.set("model", std::string(model->config().name));
  manifest.set("preset", std::string(model->preset().name));
  manifest.set("weights", weights);
  manifest.set(std::string(kWeightsDigestKey), model_digest);
  if (estimator) manifest.set("estimator_digest", estimator_digest);
  if (gaze) manifest.set("gaze_digest", gaze_digest);
}

void ReenactNetworks::finish(Device device) {
  const auto settle = [&](nn::Module& module, std::string& digest) {
    digest = nn::weights_digest(module);
    nn::move_to(module, device);
    if (device == Device::cpu) nn::fold_weights(module);
  };
  settle(*model, model_digest);
  if (estimator) settle(*estimator, estimator_digest);
  if (gaze) settle(*gaze, gaze_digest);
}

std::string weights_place(const ReenactWeightsOptions& o) {
  diffusion::diffae_config(o.model);  // an unknown name is the first fault
  if (o.fill && !o.weights.empty())
    throw UsageError("weights", "either --weights or --fill must be given, got both");
  if (o.fill || !o.weights.empty()) return o.weights;
  if (o.model != kShippedModel)
    throw UsageError("weights", fmt::format("--weights or --fill must be given for --model {}, got "
                                            "neither; only {} comes with the program",
                                            o.model, kShippedModel));
  return shipped_weights();
}

ReenactNetworks load_reenact_networks(ReenactWeightsOptions o, bool with_estimators,
                                      Device device) {
  o.weights = weights_place(o);
  if (o.fill) {
    ReenactNetworks n = empty_networks(
        o, reenact::preset_of(o.preset.empty() ? "authors" : o.preset), with_estimators);
    n.weights = fmt::format("fill rule, seed {}", *o.fill);
    nn::fill_by_name(*n.model, *o.fill);
    if (n.estimator) nn::fill_by_name(*n.estimator, *o.fill);
    if (n.gaze) nn::fill_by_name(*n.gaze, *o.fill);
    n.finish(device);
    return n;
  }
  Search search(o);
  ReenactNetworks n = empty_networks(o, search.preset(o.preset), with_estimators);
  search.fill(*n.model, Role::whole, "reenact-" + o.model);
  if (n.estimator) search.fill(*n.estimator, Role::estimator, o.model + ".estimator");
  if (n.gaze) search.fill(*n.gaze, Role::gaze, o.model + ".gaze");
  search.require_all();
  n.weights = search.names();
  n.finish(device);
  return n;
}

}  // namespace dact::cli
