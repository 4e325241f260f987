#include "reenact/train/recipe.hpp"

#include <algorithm>

#include "tensor/error.hpp"

namespace dact::train {

void Recipe::initialise(const nn::StateDict& weights) { nn::load_state_dict(shipped(), weights); }

void Recipe::begin_phase(std::int64_t) { nn::set_requires_grad(trained(), true); }

Tensor contact_sheet(const std::vector<Tensor>& columns) {
  if (columns.empty()) return {};
  constexpr std::int64_t kGap = 2;
  const std::int64_t count = columns[0].size(0), side = columns[0].size(3), step = side + kGap;
  const std::int64_t wide = static_cast<std::int64_t>(columns.size()) * step;
  Tensor sheet = full({count * step, wide, 3}, 255, DType::u8);
  auto* out = sheet.mutate<std::uint8_t>();
  for (std::size_t c = 0; c < columns.size(); ++c) {
    require_shape("contact_sheet", "column", columns[c], {count, 3, side, side});
    const Tensor x = columns[c].contiguous();
    const float* p = x.data<float>();
    for (std::int64_t n = 0; n < count; ++n)
      for (std::int64_t k = 0; k < 3; ++k)
        for (std::int64_t i = 0; i < side; ++i)
          for (std::int64_t j = 0; j < side; ++j) {
            const float v = std::clamp((*p++ + 1) * 127.5F, 0.0F, 255.0F);
            const std::int64_t row = n * step + i, column = static_cast<std::int64_t>(c) * step + j;
            out[(row * wide + column) * 3 + k] = static_cast<std::uint8_t>(v + 0.5F);
          }
  }
  return sheet;
}

}  // namespace dact::train
