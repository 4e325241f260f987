#include "reenact/cli/network_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "io/json.hpp"
#include "reenact/cli/networks.hpp"
#include "reenact/pipeline/model.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

constexpr std::string_view kReenactment = "reenact-";

// Row-major index of the first element that is not finite, or -1. x: f32.
std::int64_t first_not_finite(const Tensor& x) {
  const float* p = x.data<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    if (!(p[i] - p[i] == 0.0f)) return i;
  return -1;
}

bool is_floating(DType t) { return is_float(t) || t == DType::bf16 || t == DType::f16; }

// Rounding to the parameter's dtype is allowed between floating types only.
bool can_take(std::optional<DType> have, DType want) {
  return have && (*have == want || (is_floating(*have) && is_floating(want)));
}

void append_list(std::string& text, std::string_view title, const std::vector<std::string>& list,
                 std::size_t most) {
  if (list.empty()) return;
  text += fmt::format("\n  {} {}:", list.size(), title);
  for (std::size_t i = 0; i < list.size() && i < most; ++i) text += "\n    " + list[i];
  if (list.size() > most) text += fmt::format("\n    and {} more", list.size() - most);
}

// The parameters by name; aliases and buffers too.
Fit fit_under(const WeightsFile& file, const std::vector<nn::Named>& wanted,
              std::string_view prefix) {
  Fit fit;
  fit.prefix = std::string(prefix);
  for (const nn::Named& p : wanted) {
    const std::string name = name_under(prefix, p.key);
    if (!file.contains(name)) {
      fit.missing.push_back(p.key + " " + p.var.value().str());
      continue;
    }
    const WeightsFile::Entry entry = file.entry(name);
    if (!(entry.shape == p.var.shape()))
      fit.misfits.push_back(
          fmt::format("{} must be {}, got {}", p.key, p.var.shape().str(), entry.shape.str()));
    else if (!can_take(entry.as, p.var.dtype()))
      fit.misfits.push_back(
          fmt::format("{} must be {}, got {}", p.key, name_of(p.var.dtype()), entry.dtype));
    else
      ++fit.found;
  }
  return fit;
}

void list_unexpected(Fit& fit, const WeightsFile& file, const std::vector<nn::Named>& wanted,
                     const KnownWeights* row, const Owns& owns) {
  std::set<std::string> known;
  for (const nn::Named& p : wanted) known.insert(p.key);
  for (const std::string& name : file.names()) {
    if (!name.starts_with(fit.prefix)) continue;
    const std::string key = name.substr(fit.prefix.size());
    if (known.contains(key) || (owns && !owns(key))) continue;
    if (row != nullptr && !row->beside.empty() && key.starts_with(row->beside)) continue;
    const WeightsFile::Entry entry = file.entry(name);
    fit.unexpected.push_back(fmt::format("{} {}{}", key, entry.dtype, entry.shape.str()));
  }
}

}  // namespace

std::shared_ptr<nn::Module> module_of(const KnownWeights& row, const WeightsFile& file) {
  const auto holds = [&](std::string_view copy) {
    return row.unets == UNets::both ||
           (row.unets == UNets::any &&
            std::any_of(file.names().begin(), file.names().end(),
                        [&](const std::string& name) { return name.starts_with(copy); }));
  };
  const bool ema = holds("ema_model."), plain = holds("model.");
  if (!ema && !plain) {
    const std::shared_ptr<Network> network = make_network(std::string(row.network));
    return {network, &network->module()};
  }
  const std::string_view name = row.name.substr(kReenactment.size());
  return std::make_shared<reenact::ReenactmentModel>(diffusion::diffae_config(name),
                                                     reenact::preset_of(ema && plain ? "authors"
                                                                        : plain      ? "plain"
                                                                                     : "ema"));
}

std::string Fit::text(std::size_t most) const {
  std::string out = fmt::format("{} tensors that fit", found);
  if (!prefix.empty()) out += fmt::format(" (under the prefix {})", json_quoted(prefix));
  append_list(out, "missing", missing, most);
  append_list(out, "unexpected", unexpected, most);
  append_list(out, "of another shape or dtype", misfits, most);
  return out;
}

Fit best_fit(const WeightsFile& file, nn::Module& module, const KnownWeights* row,
             const Owns& owns) {
  const std::vector<nn::Named> wanted = nn::state(module);
  std::optional<Fit> best;
  for (const std::string_view prefix : weight_prefixes()) {
    Fit fit = fit_under(file, wanted, prefix);
    if (!best || fit.found > best->found) best = std::move(fit);
    if (best->found == wanted.size()) break;
  }
  if (best->found == 0) best = fit_under(file, wanted, "");  // then every name is unexpected
  list_unexpected(*best, file, wanted, row, owns);
  return *best;
}

Tensor read_parameter(WeightsFile& file, const std::string& name, DType dtype) {
  Tensor x = file.read(name);
  if (is_floating(x.dtype())) {
    const std::int64_t at = first_not_finite(x.to(DType::f32).contiguous());
    if (at >= 0)
      throw NumericError(file.path(), fmt::format("weights must be finite, got a NaN or infinity "
                                                  "in tensor {} {} at element {}",
                                                  name, x.str(), at));
  }
  return x.to(dtype).contiguous();
}

void load_module(WeightsFile& file, nn::Module& module, std::string_view network,
                 const KnownWeights* row, const Owns& owns) {
  const Fit fit = best_fit(file, module, row, owns);
  if (!fit.whole()) {
    std::string looks;
    for (const KnownWeights* other : recognise(file))
      if (other->network != network) looks = fmt::format(" (this looks like {})", other->network);
    throw WeightsError(file.path(), fmt::format("must hold the weights of {}{}, got {}", network,
                                                looks, fit.text()));
  }
  for (nn::Named& p : nn::state(module))
    p.var.set_value(read_parameter(file, name_under(fit.prefix, p.key), p.var.dtype()));
}

void load_weights(Network& network, const std::string& path) {
  WeightsFile file(path);
  load_module(file, network.module(), "this network", nullptr,
              [&](std::string_view key) { return network.owns(key); });
}

void write_weights(const std::string& path, nn::Module& module,
                   std::map<std::string, std::string> metadata) {
  std::map<std::string, Tensor> tensors;
  std::vector<std::string> order;
  std::vector<std::pair<std::string, std::string>> digests;
  for (const nn::Named& p : nn::state(module)) {
    order.push_back(p.key);
    tensors[p.key] = p.var.value();
    digests.emplace_back(p.key, digest_of(p.var.value()));
  }
  metadata[std::string(kWeightsDigestKey)] = nn::weights_digest(module);
  metadata[std::string(kContentDigestKey)] = content_digest(metadata, digests);
  write_safetensors(path, tensors, metadata, order);
}

std::string content_digest(const std::map<std::string, std::string>& metadata,
                           const std::vector<std::pair<std::string, std::string>>& tensor_digests) {
  Sha256 sha;
  for (const auto& [key, value] : metadata)
    if (key != kContentDigestKey) sha.update(json_quoted(key) + json_quoted(value) + "\n");
  for (const auto& [name, digest] : tensor_digests) sha.update(json_quoted(name) + digest + "\n");
  return sha.finish();
}

}  // namespace dact::cli
