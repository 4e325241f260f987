// One run of a catalogue entry, forward and backward, and the comparisons that checks make between runs and devices.
#pragma once
#include <optional>
#include <string>

#include "autograd/catalogue.hpp"

namespace dact::audit {

/// Outputs, and the gradient by each input (undefined where there is none).
struct Run {
  Tensors out, grads;
};

/// call(op, in) and, if the entry has gradients, backward with the sample's upstream gradients.
/// `upstream_scale` multiplies those (2 or 0 in the linearity check).
Run run(const OpDef& op, const Sample& sample, const Tensors& in, double upstream_scale = 1);

/// Where two tensors differ, or nothing. Bits are compared with any NaN equal to any NaN; shapes and dtypes too.
std::optional<std::string> difference(const Tensor& a, const Tensor& b);
/// Over all outputs and gradients: "output 0: ..." or "gradient of input 1: ...".
std::optional<std::string> difference(const Run& a, const Run& b);

/// How forward and derivative on the installed device differ from the CPU's, or nothing: other bits, or a result that
/// left the device. The inputs are the same views there: gaps, offsets and strides included.
std::optional<std::string> device_difference(const OpDef& op, const Sample& sample,
                                             const Tensors& in);

/// "f32[2, 3]: index 4 is 0x1.8p+1 (40400000), wanted ..." pieces share this form.
std::string show_value(const Tensor& x, std::int64_t index);

}  // namespace dact::audit
