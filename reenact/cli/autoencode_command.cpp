// `autoencode` and `interpolate`: one picture there and back; the way from one picture to another.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "diffusion/interpolate.hpp"
#include "io/image.hpp"
#include "reenact/cli/autoencoder.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/face/metrics.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct JourneyOptions {
  ModelOptions model;
  std::string image, to, out;
  std::int64_t steps = 20, invert_steps = 50, frames = 0;
  bool json = false;
};

struct Codes {
  Tensor image, z, x_T;
};

Codes codes_of(const Autoencoder& model, const std::string& what, const std::string& path,
               const diffusion::Respaced& subset) {
  Codes c;
  c.image = model.read_images(path);
  c.z = model.encode(c.image);
  c.x_T = model.invert(c.image, c.z, subset, {.what = what});
  return c;
}

// JSON has no infinity: the PSNR of equal pictures is null there.
nlohmann::ordered_json quality_of(const Tensor& image, const Tensor& back) {
  return {{"psnr", face::psnr(image, back)},
          {"ssim", face::ssim(image, back)},
          {"l1", face::l1(image, back)}};
}

int run_autoencode(Context& context, const JourneyOptions& o) {
  const InterruptGuard guard;
  const bool picture = names_picture(o.out);
  require_writable(o.out);
  const Autoencoder model(context, o.model);
  const diffusion::Respaced down = model.steps(o.steps), up = model.steps(o.invert_steps);
  const Codes c = codes_of(model, "invert", o.image, up);
  if (picture && c.image.size(0) != 1)
    throw UsageError("autoencode", fmt::format("a batch of {} images must go to a .safetensors "
                                               "file, got --out {}",
                                               c.image.size(0), o.out));
  const Tensor back = model.decode(c.x_T, c.z, down, {.what = "decode"});
  Manifest manifest = model.manifest("autoencode");
  manifest.set("steps", o.steps);
  manifest.set("invert_steps", o.invert_steps);
  manifest.set_input("image", o.image, c.image);
  write_output_image(o.out, back, manifest);
  const nlohmann::ordered_json quality = quality_of(c.image, back);
  context.event("quality", quality);
  if (o.json)
    fmt::print("{}\n", quality.dump(2));
  else
    fmt::print("PSNR\t{:.3f} dB\nSSIM\t{:.5f}\nL1\t{:.5f}\n", quality["psnr"].get<double>(),
               quality["ssim"].get<double>(), quality["l1"].get<double>());
  return kOk;
}

int run_interpolate(Context& context, const JourneyOptions& o) {
  const InterruptGuard guard;
  if (o.frames < 2 || o.frames > 100000)
    throw UsageError("interpolate", fmt::format("--frames must be 2 to 100000, got {}", o.frames));
  const Autoencoder model(context, o.model);
  const diffusion::Respaced down = model.steps(o.steps), up = model.steps(o.invert_steps);
  const Codes a = codes_of(model, "invert A", o.image, up),
              b = codes_of(model, "invert B", o.to, up);
  if (a.image.size(0) != 1 || b.image.size(0) != 1)
    throw IoError(a.image.size(0) != 1 ? o.image : o.to, "must hold one image, got a batch");
  make_output_folder(o.out);
  Manifest manifest = model.manifest("interpolate");
  manifest.set("steps", o.steps);
  manifest.set("invert_steps", o.invert_steps);
  manifest.set("frames", o.frames);
  manifest.set_input("image_a", o.image, a.image);
  manifest.set_input("image_b", o.to, b.image);
  const char* ending = has_image_format("png") ? "png" : "ppm";
  for (std::int64_t i = 0; i < o.frames; ++i) {
    const double s = static_cast<double>(i) / static_cast<double>(o.frames - 1);
    const std::string name = fmt::format("frame_{:05}.{}", i, ending);
    const Tensor frame = model.decode(diffusion::interpolate_spherical(a.x_T, b.x_T, s),
                                      diffusion::interpolate_linear(a.z, b.z, s), down,
                                      {.what = fmt::format("frame {} of {}", i + 1, o.frames)});
    manifest.set("frame", i);
    write_output_image((std::filesystem::path(o.out) / name).string(), frame, manifest);
    fmt::print("{}\t{}\n", name, digest_of(frame));
    if (interrupted() && i + 1 < o.frames)
      throw Cancelled("interpolate",
                      fmt::format("stopped as asked after frame {} of {}", i + 1, o.frames));
  }
  return kOk;
}

void add_journey_options(CLI::App& app, JourneyOptions& o) {
  app.add_option("--steps", o.steps, "of decoding")->capture_default_str();
  app.add_option("--invert-steps", o.invert_steps, "of inverting")->capture_default_str();
  add_model_options(app, o.model);
}

}  // namespace

Command add_autoencode(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "autoencode",
      "Example: diffusionact autoencode face.png --weights weights --out again.png\n\n"
      "Encodes, inverts and decodes one picture, and prints how near the result is: PSNR, SSIM and "
      "mean absolute difference (of numbers in [-1, 1]).");
  auto o = std::make_shared<JourneyOptions>();
  app->add_option("IMAGE", o->image, "the picture, or a safetensors file with `image`")->required();
  app->add_option("--out", o->out, "write the result here: .png, .ppm or .safetensors")->required();
  app->add_flag("--json", o->json, "the figures as one JSON object");
  add_journey_options(*app, *o);
  return {app, [o](Context& context) { return run_autoencode(context, *o); }};
}

Command add_interpolate(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "interpolate",
      "Example: diffusionact interpolate a.png b.png --frames 9 --weights weights --out way\n\n"
      "The way from one picture to another: z_sem along a line, x_T along a great circle. Writes "
      "frame_00000.png, ... into a folder; after Ctrl-C the finished frames are there.");
  auto o = std::make_shared<JourneyOptions>();
  app->add_option("A", o->image, "the first picture")->required();
  app->add_option("B", o->to, "the last picture")->required();
  app->add_option("--frames", o->frames, "how many, both ends included")->required();
  app->add_option("--out", o->out, "the folder, made when it is not there")->required();
  add_journey_options(*app, *o);
  return {app, [o](Context& context) { return run_interpolate(context, *o); }};
}

}  // namespace dact::cli
