#include "reenact/cli/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/interrupt.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

constexpr char kKeptTensor[] = "x_t", kKeptSteps[] = "steps_done";
constexpr std::int64_t kPictures = 10;  // of a walk that is watched

std::int64_t number_in(const std::string& text) {
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

}  // namespace

void require_finite(const std::string& where, const std::string& what, const Tensor& x) {
  const Tensor values = x.contiguous();
  const float* p = values.data<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    if (!std::isfinite(p[i]))
      throw NumericError(where, fmt::format("{} must be finite, got a NaN or infinity at element "
                                            "{} of {}",
                                            what, i, values.str()));
}

Walk::Walk(Context& context, WalkOptions options, std::size_t steps)
    : context_(context),
      options_(std::move(options)),
      progress_(options_.what, static_cast<std::int64_t>(steps), progress_style(context.quiet())) {
  if (options_.watch.empty()) return;
  make_output_folder(options_.watch);
  x_0_every = options_.watch_every > 0
                  ? options_.watch_every
                  : std::max<std::int64_t>(1, static_cast<std::int64_t>(steps) / kPictures);
}

void Walk::after(const diffusion::StepReport& report) {
  diffusion::StepReport step = report;
  step.x = report.x.to(Device::cpu);
  step.x_0 = report.x_0.to(Device::cpu);
  require_finite(options_.what,
                 fmt::format("what step {} of {} (t = {}) gave", step.done, step.total, step.t),
                 step.x);
  progress_.update(step.done, fmt::format("t={}", step.t));
  context_.event("step", {{"command", options_.what},
                          {"done", step.done},
                          {"total", step.total},
                          {"t", step.t},
                          {"seconds", progress_.elapsed()}});
  if (step.x_0.defined()) write_pictures(step);
  if (interrupted() && step.done < step.total) stop(step);
}

// The sample and the predicted clean image; numbers beyond [-1, 1] are shown as black and white.
void Walk::write_pictures(const diffusion::StepReport& step) const {
  const char* ending = has_image_format("png") ? "png" : "ppm";
  Manifest manifest = *options_.manifest;
  manifest.set("step", step.done);
  manifest.set("t", step.t);
  for (const auto& [name, x] : {std::pair{"x", &step.x}, {"x0", &step.x_0}}) {
    const auto path = std::filesystem::path(options_.watch) /
                      fmt::format("step_{:04}_{}.{}", step.done, name, ending);
    write_output_image(path.string(), x->sliced(0, 0, 1), manifest);
  }
}

void Walk::stop(const diffusion::StepReport& step) const {
  std::string text = fmt::format("stopped as asked after step {} of {}", step.done, step.total);
  if (!options_.keep_in.empty()) {
    auto metadata = options_.manifest->entries();
    metadata[kKeptSteps] = std::to_string(step.done);
    write_safetensors(options_.keep_in, {{kKeptTensor, step.x.contiguous()}}, metadata);
    text += fmt::format("; {} keeps them, the same command goes on from there",
                        file_name_of(options_.keep_in));
  }
  throw Cancelled(options_.what, text);
}

std::optional<StepsDone> Walk::kept(const Shape& shape) {
  if (options_.keep_in.empty() || !std::filesystem::exists(options_.keep_in)) return std::nullopt;
  TensorFile file = read_safetensors(options_.keep_in);
  const std::string name = file_name_of(options_.keep_in);
  StepsDone kept;
  kept.done = number_in(file.metadata[kKeptSteps]);
  file.metadata.erase(kKeptSteps);
  kept.x = file.tensors[kKeptTensor];
  const bool ours = file.metadata == options_.manifest->entries() && kept.x.defined() &&
                    kept.x.dtype() == DType::f32 && kept.x.shape() == shape && kept.done > 0;
  if (!ours) {
    context_.say(fmt::format("{}: of another command, left alone; beginning anew", name));
    return std::nullopt;
  }
  require_finite(options_.keep_in, kKeptTensor, kept.x);
  context_.say(fmt::format("{}: going on after step {}", name, kept.done));
  return kept;
}

void Walk::finish() {
  std::error_code ignored;
  if (!options_.keep_in.empty()) std::filesystem::remove(options_.keep_in, ignored);
}

}  // namespace dact::cli
