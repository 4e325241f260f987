#include "reenact/cli/face_networks.hpp"

#include "reenact/nets/embedder.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/nets/parser.hpp"
#include "reenact/nets/style.hpp"

namespace dact::cli {
namespace {

using namespace nets;
using Values = std::map<std::string, Tensor>;

Port port(const std::string& name, const Shape& shape) { return {name, DType::f32, shape}; }
const Port kImage = port("image", {-1, 3, kImageSize, kImageSize});
const Port kPoints = port("landmarks", {-1, kLandmarks, 2});

// A module, its ports, and how its outputs get their names.
template <class M>
class FaceNetwork final : public Network {
 public:
  using Run = Values (*)(const M&, const Values&);
  FaceNetwork(std::vector<Port> in, std::vector<Port> out, Run body)
      : in_(std::move(in)), out_(std::move(out)), run_(body) {
    nn::name_modules(module_);
  }
  nn::Module& module() override { return module_; }
  std::vector<Port> inputs() const override { return in_; }
  std::vector<Port> outputs() const override { return out_; }
  Values run(const Values& in) const override { return run_(module_, in); }

 private:
  M module_;
  std::vector<Port> in_, out_;
  Run run_;
};

template <class M>
std::unique_ptr<Network> network(std::vector<Port> in, std::vector<Port> out,
                                 typename FaceNetwork<M>::Run body) {
  return std::make_unique<FaceNetwork<M>>(std::move(in), std::move(out), body);
}

std::unique_ptr<Network> estimator() {
  const auto codes = [](const FaceEstimator& net, const Values& in) {
    const FaceCodes c = net(Var(in.at("image")));
    return Values{{"identity", c.identity.value()},   {"expression", c.expression.value()},
                  {"pose", c.pose.value()},           {"camera", c.camera.value()},
                  {"landmarks", c.landmarks.value()}, {"confidence", c.confidence.value()}};
  };
  return network<FaceEstimator>(
      {kImage},
      {port("identity", {-1, kIdentityCodes}), port("expression", {-1, kExpressionCodes}),
       port("pose", {-1, kPoseAngles}), port("camera", {-1, kCameraNumbers}), kPoints,
       port("confidence", {-1})},
      codes);
}

std::unique_ptr<Network> gaze() {
  return network<GazeEstimator>(
      {kImage, kPoints}, {port("gaze", {-1, 2})}, [](const GazeEstimator& net, const Values& in) {
        return Values{{"gaze", net(Var(in.at("image")), in.at("landmarks")).value()}};
      });
}

std::unique_ptr<Network> embedder() {
  return network<IdentityEmbedder>({kImage}, {port("embedding", {-1, kEmbedding})},
                                   [](const IdentityEmbedder& net, const Values& in) {
                                     return Values{{"embedding", net(Var(in.at("image"))).value()}};
                                   });
}

std::unique_ptr<Network> parser() {
  return network<FaceParser>({kImage},
                             {port("logits", {-1, kParsingClasses, kImageSize, kImageSize})},
                             [](const FaceParser& net, const Values& in) {
                               return Values{{"logits", net(Var(in.at("image"))).value()}};
                             });
}

std::unique_ptr<Network> style() {
  return network<StyleNetwork>({kImage}, {port("appearance", {-1, kAppearance})},
                               [](const StyleNetwork& net, const Values& in) {
                                 return Values{{"appearance", net(Var(in.at("image"))).value()}};
                               });
}

constexpr struct {
  const char* name;
  std::unique_ptr<Network> (*make)();
} kFaceNetworks[] = {{"heads64.estimator", estimator},
                     {"heads64.gaze", gaze},
                     {"heads64.embedder", embedder},
                     {"heads64.parser", parser},
                     {"heads64.style", style}};

}  // namespace

std::vector<std::string> face_network_names() {
  std::vector<std::string> names;
  for (const auto& each : kFaceNetworks) names.emplace_back(each.name);
  return names;
}

std::unique_ptr<Network> make_face_network(const std::string& name) {
  for (const auto& each : kFaceNetworks)
    if (name == each.name) return each.make();
  return nullptr;
}

}  // namespace dact::cli
