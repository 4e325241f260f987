// The configurations of the diffusion autoencoder, as a table.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "diffusion/schedule.hpp"

namespace dact::diffusion {

/// What the UNet predicts.
enum class Prediction { eps, v };
/// How the encoder turns its last feature map into z_sem: average pooling (official), or all positions.
enum class EncoderTail { pool, flatten };

/// Channel multipliers per level, highest resolution first.
struct Multipliers {
  std::array<std::int64_t, 8> at{};
  int count = 0;
  constexpr Multipliers(std::initializer_list<std::int64_t> list) {
    for (const std::int64_t m : list) at[static_cast<std::size_t>(count++)] = m;
  }
  constexpr std::int64_t operator[](int level) const { return at[static_cast<std::size_t>(level)]; }
};

/// One diffusion autoencoder (Preechakul et al. 2022, table 4 of the supplement; spec/diffae.md section 1).
struct DiffAEConfig {
  std::string_view name;
  std::int64_t image_size = 0;
  std::int64_t base = 0;  // channels of the first level; also the width of the time sinusoid
  Multipliers unet_multipliers{};
  Multipliers encoder_multipliers{};
  int res_blocks = 2;  // per level; the up path has one more
  std::int64_t attention_resolution = 16;
  std::int64_t heads = 1;
  std::int64_t time_width = 512;
  std::int64_t z_width = 512;
  double dropout = 0.1;  // in the UNet's conditional blocks, training only
  Prediction prediction = Prediction::eps;
  EncoderTail encoder_tail = EncoderTail::pool;
  Spacing spacing = Spacing::stride;
};

inline constexpr DiffAEConfig kDiffAEConfigs[] = {
    {"ffhq256", 256, 128, {1, 1, 2, 2, 4, 4}, {1, 1, 2, 2, 4, 4, 4}},
    {"ffhq128", 128, 128, {1, 1, 2, 3, 4}, {1, 1, 2, 3, 4, 4}},
    {"celeba64", 64, 64, {1, 2, 4, 8}, {1, 2, 4, 8, 8}},
    {"heads64",
     64,
     32,
     {1, 1, 2, 2, 4},
     {1, 2, 3, 4, 4},
     1,
     16,
     1,
     128,
     256,
     0,
     Prediction::v,
     EncoderTail::flatten,
     Spacing::quadratic},
    {"tiny", 32, 32, {1, 2, 2}, {1, 2, 2, 2}, 1, 16, 1, 64, 32, 0.1},
};

/// UsageError that lists the names when there is no such configuration.
const DiffAEConfig& diffae_config(std::string_view name);

/// The n steps in which this model samples and inverts; throws as respace() does.
Respaced sampling_steps(const DiffAEConfig& config, std::int64_t n);

}  // namespace dact::diffusion
