#include "reenact/cli/networks.hpp"

#include <fmt/format.h>

#include "diffusion/diffae.hpp"
#include "nn/describe.hpp"
#include "reenact/cli/face_networks.hpp"
#include "reenact/cli/suggest.hpp"
#include "reenact/encoder.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

using namespace diffusion;

enum class Part { whole, encoder, unet };
constexpr std::pair<Part, std::string_view> kParts[] = {
    {Part::whole, ""}, {Part::encoder, ".encoder"}, {Part::unet, ".unet"}};
constexpr std::string_view kEncoderPrefix = "encoder.";

// One part alone, under the keys that it has in the whole: the other costs no memory.
struct DiffAEPart final : nn::Module {
  std::unique_ptr<UNet> unet;
  std::unique_ptr<SemanticEncoder> encoder;
  void visit(nn::Visitor& v) override {
    if (unet) unet->visit(v);
    if (encoder) v.child("encoder", *encoder);
  }
};

class DiffAENetwork final : public Network {
 public:
  DiffAENetwork(const DiffAEConfig& config, Part part) : config_(config), part_(part) {
    if (part != Part::encoder) module_.unet = std::make_unique<UNet>(config);
    if (part != Part::unet) module_.encoder = std::make_unique<SemanticEncoder>(config);
    nn::name_modules(module_);
  }
  nn::Module& module() override { return module_; }
  std::vector<Port> inputs() const override {
    if (part_ == Part::encoder) return {images("image")};
    if (part_ == Part::unet) return {images("x_t"), steps(), code()};
    return {images("image"), images("x_t"), steps()};
  }
  std::vector<Port> outputs() const override {
    if (part_ == Part::encoder) return {code()};
    if (part_ == Part::unet) return {images(predicted())};
    return {code(), images(predicted())};
  }
  std::map<std::string, Tensor> run(const std::map<std::string, Tensor>& in) const override {
    std::map<std::string, Tensor> out;
    if (module_.encoder) out["z_sem"] = (*module_.encoder)(Var(in.at("image"))).value();
    if (module_.unet) {
      const Var z(module_.encoder ? out.at("z_sem") : in.at("z_sem"));
      out[predicted()] = (*module_.unet)(Var(in.at("x_t")), in.at("t"), z).value();
    }
    return out;
  }
  bool owns(std::string_view key) const override {
    return part_ == Part::whole || key.starts_with(kEncoderPrefix) == (part_ == Part::encoder);
  }

 private:
  std::string predicted() const { return config_.prediction == Prediction::eps ? "eps" : "v"; }
  Port images(const std::string& name) const {
    return {name, DType::f32, {-1, 3, config_.image_size, config_.image_size}};
  }
  Port code() const { return {"z_sem", DType::f32, {-1, config_.z_width}}; }
  static Port steps() { return {"t", DType::i64, {-1}}; }
  const DiffAEConfig& config_;
  Part part_;
  DiffAEPart module_;
};

constexpr std::string_view kReenact = "reenact-";

// The reenactment encoder; in the authors' checkpoint and in ours the UNets stand beside it.
class ReenactmentEncoderNetwork final : public Network {
 public:
  explicit ReenactmentEncoderNetwork(const DiffAEConfig& config)
      : config_(config), module_(config) {}
  nn::Module& module() override { return module_; }
  std::vector<Port> inputs() const override { return {images("image"), images("cond")}; }
  std::vector<Port> outputs() const override {
    return {{"z_r", DType::f32, {-1, config_.z_width}}};
  }
  std::map<std::string, Tensor> run(const std::map<std::string, Tensor>& in) const override {
    return {{"z_r", module_(Var(in.at("image")), Var(in.at("cond"))).value()}};
  }
  bool owns(std::string_view key) const override {
    return key.starts_with("controlnet.") || key.starts_with("zero_conv_1.");
  }

 private:
  Port images(const std::string& name) const {
    return {name, DType::f32, {-1, 3, config_.image_size, config_.image_size}};
  }
  const DiffAEConfig& config_;
  reenact::ReenactmentEncoder module_;
};

// As the key lists spell dtypes.
std::string_view torch_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "float32";
    case DType::f64:
      return "float64";
    case DType::bf16:
      return "bfloat16";
    case DType::f16:
      return "float16";
    case DType::i64:
      return "int64";
    case DType::i32:
      return "int32";
    case DType::u8:
      return "uint8";
    default:
      return "bool";
  }
}

}  // namespace

std::string Port::str() const {
  std::string sizes;
  for (const std::int64_t n : shape)
    sizes += (sizes.empty() ? "" : ", ") + (n < 0 ? std::string("B") : std::to_string(n));
  return fmt::format("{} {}[{}]", name, name_of(dtype), sizes);
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const DiffAEConfig& c : kDiffAEConfigs)
    for (const auto& [part, suffix] : kParts)
      names.push_back(fmt::format("diffae-{}{}", c.name, suffix));
  for (const DiffAEConfig& c : kDiffAEConfigs)
    names.push_back(fmt::format("{}{}{}", kReenact, c.name, kParts[1].second));
  for (std::string& name : face_network_names()) names.push_back(std::move(name));
  return names;
}

std::unique_ptr<Network> make_network(const std::string& name) {
  for (const DiffAEConfig& c : kDiffAEConfigs)
    for (const auto& [part, suffix] : kParts)
      if (name == fmt::format("diffae-{}{}", c.name, suffix))
        return std::make_unique<DiffAENetwork>(c, part);
  for (const DiffAEConfig& c : kDiffAEConfigs)
    if (name == fmt::format("{}{}{}", kReenact, c.name, kParts[1].second))
      return std::make_unique<ReenactmentEncoderNetwork>(c);
  if (auto network = make_face_network(name)) return network;
  const std::vector<std::string> names = network_names();
  const std::string near = nearest_name(name, names);
  throw UsageError("net",
                   fmt::format("NAME must be one of {}, got \"{}\"{}", fmt::join(names, ", "), name,
                               near.empty() ? "" : "; did you mean " + near + "?"));
}

std::string key_lines(Network& network) {
  std::string text;
  for (const nn::Named& p : nn::state(network.module()))
    text += fmt::format("{}\t{}\t{}\n", p.key, torch_name(p.var.dtype()),
                        fmt::join(p.var.shape(), ","));
  return text;
}

std::string describe_text(Network& network) {
  std::string text;
  std::map<std::string, Tensor> in;
  for (const Port& port : network.inputs()) {
    text += "input     " + port.str() + "\n";
    Shape shape = port.shape;
    shape[0] = 1;
    in[port.name] = zeros(shape, port.dtype);
  }
  for (const Port& port : network.outputs()) text += "output    " + port.str() + "\n";
  const auto overrides = network.fill_overrides();
  if (overrides.empty()) text += "fill overrides: none\n";
  for (const auto& [key, rule] : overrides)
    text += fmt::format("fill override: {} = {}\n", key, rule);
  // What it costs does not depend on the weights: they stay as the constructors left them.
  const NoGrad no_grad;
  nn::Describe describe(network.module());
  network.run(in);
  return text + "\n" + describe.description().text();
}

}  // namespace dact::cli
