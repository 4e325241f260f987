// `diffusionact net`: the networks on plain tensors, so that anyone can compare them with another
// framework.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "io/safetensors.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/networks.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/numerics.hpp"

namespace dact::cli {
namespace {

struct NetOptions {
  std::string name, weights, inputs, output, dump;
  std::optional<std::uint64_t> fill;
};

int run_list() {
  for (const std::string& name : network_names()) fmt::print("{}\n", name);
  return kOk;
}

int run_keys(const NetOptions& o) {
  fmt::print("{}", key_lines(*make_network(o.name)));
  return kOk;
}

int run_describe(const NetOptions& o) {
  const auto network = make_network(o.name);
  fmt::print("network   {}\n{}", o.name, describe_text(*network));
  return kOk;
}

std::string list_of(const std::vector<Port>& ports) {
  std::string text;
  for (const Port& p : ports) text += (text.empty() ? "" : ", ") + p.str();
  return text;
}

std::string list_of(const SafetensorsReader& reader) {
  std::string text;
  for (const std::string& name : reader.names()) {
    const TensorInfo& info = reader.info(name);
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", name, info.dtype, info.shape.str());
  }
  return text.empty() ? "no tensors" : text;
}

bool fits(const Port& port, const TensorInfo& info, std::int64_t batch) {
  Shape want = port.shape;
  want[0] = batch;
  return safetensors_dtype(info.dtype) == port.dtype && info.shape == want;
}

// Names, dtypes and shapes are checked before a tensor is read.
std::map<std::string, Tensor> read_inputs(Context& context, const Network& network,
                                          const std::string& path) {
  const SafetensorsReader reader(path);
  const std::vector<Port> ports = network.inputs();
  const auto refuse = [&](const std::string& what) {
    throw IoError(path,
                  fmt::format("must hold {}{}, got {}", list_of(ports), what, list_of(reader)));
  };
  std::int64_t batch = 0;
  for (const Port& port : ports) {
    if (!reader.contains(port.name)) refuse(fmt::format(" ({} is missing)", port.name));
    const TensorInfo& info = reader.info(port.name);
    if (batch == 0 && info.shape.rank() > 0) batch = info.shape[0];
    if (batch < 1 || !fits(port, info, batch))
      refuse(fmt::format(", one batch size B >= 1 ({} does not fit)", port.name));
  }
  std::map<std::string, Tensor> in;
  for (const Port& port : ports) in[port.name] = reader.read(port.name);
  for (const std::string& name : reader.names())
    if (!in.contains(name))
      context.say(fmt::format("{}: {} is not an input of this network, left out", path, name));
  return in;
}

// A tap on every module, and on the point inside attention blocks that is no module.
class Taps {
 public:
  explicit Taps(nn::Module& module) {
    struct Paths final : nn::Visitor {
      std::vector<std::string> all;
      void on_param(const std::string&, Var&) override {}
      void on_module(const std::string&, nn::Module& m) override { all.push_back(m.path()); }
    } paths;
    module.visit(paths);
    for (const std::string& path : paths.all)
      for (const char* point : {"", ".attention"}) {
        names_.push_back(path + point);
        taps_.push_back(std::make_unique<Tap>(names_.back()));
      }
  }
  void write(const std::string& path, const std::map<std::string, std::string>& manifest) const {
    std::map<std::string, Tensor> values;
    std::vector<std::string> order;
    for (std::size_t i = 0; i < taps_.size(); ++i)
      if (taps_[i]->value().defined() &&
          values.emplace(names_[i], taps_[i]->value().value().to(Device::cpu)).second)
        order.push_back(names_[i]);
    write_safetensors(path, values, manifest, order);
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<Tap>> taps_;
};

std::map<std::string, std::string> manifest_of(const NetOptions& o, Network& network) {
  return {{"network", o.name},
          {"weights", o.fill ? fmt::format("fill rule, seed {}", *o.fill) : "file"},
          {"weights_digest", nn::weights_digest(network.module())},
          {"version", version_line()},
          {"numerics", std::string(name_of(numerics()))}};
}

int run_network(Context& context, const NetOptions& o) {
  if (o.fill.has_value() == !o.weights.empty())
    throw UsageError("net run", "either --weights or --fill must be given, got " +
                                    std::string(o.fill ? "both" : "neither"));
  const auto network = make_network(o.name);
  auto in = read_inputs(context, *network, o.inputs);
  if (o.fill)
    nn::fill_by_name(network->module(), *o.fill, network->fill_overrides());
  else
    load_weights(*network, o.weights);
  const auto manifest = manifest_of(o, *network);
  nn::move_to(network->module(), context.device());
  for (auto& [name, value] : in) value = value.to(context.device());
  if (context.device() == Device::cpu) nn::fold_weights(network->module());
  const NoGrad no_grad;
  std::optional<Taps> taps;
  if (!o.dump.empty()) taps.emplace(network->module());
  const auto start = std::chrono::steady_clock::now();
  auto out = network->run(in);
  for (auto& [name, value] : out) value = value.to(Device::cpu);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  context.say(fmt::format("{}: {:.3f} s", o.name, seconds.count()));
  write_safetensors(o.output, out, manifest);
  if (taps) taps->write(o.dump, manifest);
  nlohmann::ordered_json digests;
  for (const auto& [name, value] : out) {
    digests[name] = digest_of(value);
    fmt::print("{}\t{}{}\t{}\n", name, name_of(value.dtype()), value.shape().str(),
               digest_of(value));
  }
  context.event("network", {{"name", o.name}, {"seconds", seconds.count()}, {"digests", digests}});
  return kOk;
}

}  // namespace

Command add_net(CLI::App& program) {
  CLI::App* app = program.add_subcommand("net",
                                         "Example: diffusionact net run diffae-tiny.encoder --fill "
                                         "0 --inputs in.safetensors --output out.safetensors\n\n"
                                         "The networks themselves: their names, keys, costs, and "
                                         "what they give for tensors of yours.");
  app->require_subcommand(1);
  auto o = std::make_shared<NetOptions>();
  app->add_subcommand("list", "Example: diffusionact net list\n\nThe names of all networks.");
  CLI::App* keys =
      app->add_subcommand("keys",
                          "Example: diffusionact net keys diffae-ffhq256\n\n"
                          "Key, dtype and sizes of every tensor, by tabs, in checkpoint order.");
  CLI::App* describe =
      app->add_subcommand("describe",
                          "Example: diffusionact net describe diffae-ffhq256.unet\n\n"
                          "Runs it once on zeros: parameters, multiply-adds and activation "
                          "memory of every layer, at batch 1.");
  CLI::App* run = app->add_subcommand(
      "run",
      "Example: diffusionact net run diffae-tiny.unet --fill 0 --inputs in.safetensors "
      "--output out.safetensors\n\nRuns a network on the tensors of a file; `net "
      "describe` tells which it takes. Prints each output with its digest.");
  for (CLI::App* each : {keys, describe, run})
    each->add_option("NAME", o->name, "the network")->required();
  run->add_option("--weights", o->weights,
                  "safetensors file with the network's weights, or those of the whole model");
  run->add_option("--fill", o->fill,
                  "instead of weights: made by formula from names and this seed");
  run->add_option("--inputs", o->inputs, "safetensors file with the input tensors")->required();
  run->add_option("--output", o->output, "write the output tensors to this safetensors file")
      ->required();
  run->add_option("--dump", o->dump, "write what every layer gave to this safetensors file");
  return {app, [app, o](Context& context) {
            if (app->got_subcommand("keys")) return run_keys(*o);
            if (app->got_subcommand("describe")) return run_describe(*o);
            if (app->got_subcommand("run")) return run_network(context, *o);
            return run_list();
          }};
}

}  // namespace dact::cli
