// The networks that `diffusionact net` knows, each as a module with named tensors in and out.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/module.hpp"

namespace dact::cli {

/// A tensor that a network takes or gives. Axis 0 is the batch: -1 here, the same for all ports.
struct Port {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  /// "image f32[B, 3, 32, 32]"
  std::string str() const;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual nn::Module& module() = 0;
  virtual std::vector<Port> inputs() const = 0;
  virtual std::vector<Port> outputs() const = 0;
  /// All inputs by name, shapes checked; gives all outputs by name.
  virtual std::map<std::string, Tensor> run(const std::map<std::string, Tensor>& in) const = 0;
  /// Of a checkpoint that holds more than this network: whether the tensor belongs to it.
  virtual bool owns(std::string_view) const { return true; }
  /// The fill rule's exceptions: key -> rule name.
  virtual std::map<std::string, std::string> fill_overrides() const { return {}; }
};

std::vector<std::string> network_names();
/// throws  UsageError that names the nearest, or all
std::unique_ptr<Network> make_network(const std::string& name);

/// One line per parameter and buffer, in the checkpoint's order: key TAB dtype TAB sizes by commas.
std::string key_lines(Network& network);

/// The table of one forward at batch 1: layers, parameters, MACs, activations; ports and fill
/// overrides above it.
std::string describe_text(Network& network);

/// Fills the network from a safetensors file or a PyTorch checkpoint: its keys, all of them, and
/// finite values. Tensors of other parts of the same checkpoint are neither read nor missed.
/// throws  IoError, WeightsError, NumericError, each naming file and tensor
void load_weights(Network& network, const std::string& path);

}  // namespace dact::cli
