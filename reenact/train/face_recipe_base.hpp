// What the recipes of the face networks have in common; only their .cpp files include this.
#pragma once
#include <algorithm>
#include <string>
#include <utility>

#include "nn/init.hpp"
#include "reenact/nets/blocks.hpp"
#include "reenact/train/face_recipes.hpp"
#include "reenact/train/truth.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::train {

/// One network, held-out pictures, initial weights.
template <class Net>
class FaceRecipe : public Recipe {
 public:
  FaceRecipe(std::string recipe_name, const DataSource& data, const DataSource& held_out,
             const FaceOptions& options)
      : data_(data),
        options_(options),
        judged_(held_out.pictures(0, 0, options.judged)),
        scale_(judged_),
        name_(std::move(recipe_name)) {
    if (data.size() != nets::kImageSize)
      throw UsageError("train",
                       "pictures must be 64 pixels wide, got " + std::to_string(data.size()));
    nn::name_modules(net_, name_);
    nn::init_default(net_, options.seed);
    nn::init_zero(net_, {"conv2"});  // residual branches begin as nothing
  }
  std::string name() const override { return name_; }
  nn::Module& trained() override { return net_; }
  nn::Module& shipped() override { return net_; }
  std::string data() const override { return data_.describe(); }

 protected:
  static constexpr std::int64_t kAtOnce = 32;
  Batch drawn(const MicroBatch& part) const {
    return data_.pictures(part.step, part.first, part.count);
  }
  // x where the network is.
  Var in(const Tensor& x) const { return nn::input_of(net_, x); }
  // fn(rows of the held-out pictures) for all of them, results one below the other.
  template <class F>
  Tensor over_judged(F&& fn) const {
    Tensors parts;
    const std::int64_t all = judged_.image.size(0);
    for (std::int64_t at = 0; at < all; at += kAtOnce)
      parts.push_back(fn(rows(judged_, at, std::min(at + kAtOnce, all))).value().to(Device::cpu));
    return cat(parts, 0);
  }

  const DataSource& data_;
  FaceOptions options_;
  Batch judged_;
  TruthScale scale_;
  Net net_;

 private:
  std::string name_;
};

}  // namespace dact::train
