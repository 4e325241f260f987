// Inputs for the checks: made from recipes, and the same values in other layouts.
#pragma once
#include <string>
#include <vector>

#include "tensor/op.hpp"

namespace dact::audit {

/// The sample's inputs; f32 recipes become `dtype` with the same (f32-representable) values. A pure function of the
/// operator's name, the sample's label and the input's position.
Tensors make_inputs(const OpDef& op, const Sample& sample, DType dtype);
/// An upstream gradient like `out`: uniform in [-1, 1), f32-representable; a pure function of name, label, index.
Tensor make_upstream(const OpDef& op, const Sample& sample, std::size_t index, const Tensor& out);

/// The same values in another layout; gaps hold NaN (integers: a large value).
enum class Layout { gaps, reversed, offset, channels_last };
inline constexpr Layout kLayouts[] = {Layout::gaps, Layout::reversed, Layout::offset,
                                      Layout::channels_last};
std::string_view name_of(Layout layout);
Tensor in_other_layout(const Tensor& x, Layout layout);

/// Every third element of each differentiable float input replaced, in turn, by NaN, inf, -inf, 0, -0, a subnormal,
/// 1, -1; `shift` moves the turn.
Tensors with_special_values(const Sample& sample, const Tensors& in, std::int64_t shift);

/// Samples with labels that begin with "large" reach fast paths and several threads; slow checks leave them out.
bool is_large(const Sample& sample);
/// The operator's samples; without the large ones when DACT_SMALL_SAMPLES is set (sanitizer runs).
std::vector<Sample> samples_of(const OpDef& op);

}  // namespace dact::audit
