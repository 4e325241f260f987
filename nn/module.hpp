// Modules: parameters with names. The names are the keys of PyTorch checkpoints, so one `visit` serves load, save,
// zero_grad, fill, digest and print.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/ops.hpp"

namespace dact::nn {

class Module;

/// Walks a module. Keys are whole: "input_blocks.4.0.in_layers.2.weight".
class Visitor {
 public:
  virtual ~Visitor() = default;
  // ---- called by Module::visit
  /// A parameter. Absent Vars (no bias) are skipped.
  void param(std::string_view name, Var& v);
  /// A tensor that is saved but not trained: running statistics.
  void buffer(std::string_view name, Var& v);
  /// The same parameter under a second key of the checkpoint.
  void alias(std::string_view name, Var& v);
  /// A module inside; `name` may hold dots ("in_layers.2").
  void child(std::string_view name, Module& m);

 protected:
  virtual void on_param(const std::string& key, Var& v) = 0;
  virtual void on_buffer(const std::string& key, Var& v);
  virtual void on_alias(const std::string& key, Var& v);
  virtual void on_module(const std::string& key, Module& m);

 private:
  std::string key_of(std::string_view name) const;
  std::string prefix_;
};

/// Base of layers and networks. Members carry the checkpoint's names; visit() lists them in its order.
class Module {
 public:
  virtual ~Module() = default;
  virtual void visit(Visitor& v) = 0;
  /// "input_blocks.4.0": set by name_modules, shown in errors and traces, the name of its tap.
  const std::string& path() const { return path_; }
  /// Training or evaluation: dropout and batch norm differ. Modules begin in evaluation; set_training() switches.
  bool training() const { return training_; }

 protected:
  /// Layers whose operator packs their weights fold them here.
  virtual void fold_own_weights() {}
  friend void fold_weights(Module&);
  friend void name_modules(Module&, const std::string&);
  friend void set_training(Module&, bool);
  std::string path_;
  bool training_ = false;
};

/// Gives every module its path, `root` in front.
void name_modules(Module& m, const std::string& root = "");

/// The module and all inside it.
void set_training(Module& m, bool on);

/// A parameter or buffer and its key; the Var shares the module's value.
struct Named {
  std::string key;
  Var var;
  bool is_buffer = false;
};
/// In the module's order. Aliases are left out of parameters() and are in state().
std::vector<Named> parameters(Module& m);
std::vector<Named> state(Module& m);

std::int64_t parameter_count(Module& m);
void zero_grad(Module& m);
/// Frozen parameters cost no gradient memory.
void set_requires_grad(Module& m, bool on);

/// For a network that only runs forward from here on: packed copies replace the weights they were made of, so that
/// weights are in memory once. Everything else works as before: whoever reads a weight (state_dict, a digest, an
/// optimiser) gets it back bit for bit, and then it is there twice until the next fold_weights(). Not while another
/// thread uses the module.
void fold_weights(Module& m);

/// SHA-256 over key and digest of every parameter and buffer: the weights digest of manifests.
std::string weights_digest(Module& m);

using StateDict = std::map<std::string, Tensor>;
StateDict state_dict(Module& m);
/// Copies `tensors` into the module by key. Strict: missing, unexpected, mis-shaped and mis-typed entries are listed,
/// all of them, in one WeightsError, and nothing is changed. Keys in the file carry `prefix` ("ema_model."); entries
/// without it are ignored when it is not empty. f64, bf16 and f16 values are converted to the parameter's dtype.
void load_state_dict(Module& m, const StateDict& tensors, const std::string& prefix = "");
/// All parameters and buffers on another device.
void move_to(Module& m, Device device);
/// Where its first parameter lies; cpu where it has none.
Device device_of(const Module& m);
/// x on the module's device, without history.
Var input_of(const Module& m, const Tensor& x);

/// Weights as a pure function of their names (tests, benchmarks, `--fill`): golden/fill.py's rule.
/// `overrides` maps a key to "weight", "bias", "matrix", "running_mean", "running_var" or "zeros".
Tensor fill_tensor(std::string_view key, const Shape& shape, std::uint64_t seed = 0,
                   std::string_view rule = "");
void fill_by_name(Module& m, std::uint64_t seed = 0,
                  const std::map<std::string, std::string>& overrides = {});
/// u of the rule for `count` elements, in [-1, 1): golden inputs are made of it.
std::vector<double> fill_uniform_values(std::string_view key, std::int64_t count,
                                        std::uint64_t seed = 0);

/// A trained parameter, every element `value`.
Var parameter(const Shape& shape, double value = 0);

}  // namespace dact::nn
