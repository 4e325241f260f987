// `encode`, `invert`, `decode`: a picture to its two codes, and back.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "reenact/cli/autoencoder.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct CodeOptions {
  ModelOptions model;
  std::string image, z, x_T, out, watch;
  std::int64_t steps = 0, watch_every = 0;
};

void add_code_options(CLI::App& app, CodeOptions& o) {
  add_model_options(app, o.model);
  app.add_option("--out", o.out, "write the result to this file")->required();
}

void add_steps(CLI::App& app, CodeOptions& o, std::int64_t count) {
  o.steps = count;
  app.add_option("--steps", o.steps, "evaluations of the network")->capture_default_str();
  app.add_option("--watch", o.watch,
                 "write pictures of the steps into this folder: the sample (x) and the clean image "
                 "that it is taken for (x0)");
  app.add_option("--watch-every", o.watch_every, "of every Nth step; default: ten of them")
      ->check(CLI::PositiveNumber);
}

WalkOptions walk_of(const std::string& what, const CodeOptions& o, const Manifest& manifest) {
  return {.what = what,
          .watch = o.watch,
          .watch_every = o.watch_every,
          .keep_in = o.out + ".partial",
          .manifest = &manifest};
}

// Name, dtype, shape and digest on stdout, as `net run` does.
void report(Context& context, const std::string& name, const Tensor& value) {
  const std::string digest = digest_of(value);
  fmt::print("{}\t{}{}\t{}\n", name, name_of(value.dtype()), value.shape().str(), digest);
  context.event("result", {{"name", name}, {"digest", digest}});
}

void require_one_batch(const std::string& path, const Tensor& x, const Tensor& z) {
  if (x.size(0) != z.size(0))
    throw IoError(path, fmt::format("z_sem must be of the batch of {}, got {}", x.shape().str(),
                                    z.shape().str()));
}

int run_encode(Context& context, const CodeOptions& o) {
  const InterruptGuard guard;
  require_writable(o.out);
  const Autoencoder model(context, o.model);
  const Tensor image = model.read_images(o.image), z = model.encode(image);
  Manifest manifest = model.manifest("encode");
  manifest.set_input("image", o.image, image);
  write_output_tensor(o.out, "z_sem", z, manifest);
  report(context, "z_sem", z);
  return kOk;
}

int run_invert(Context& context, const CodeOptions& o) {
  const InterruptGuard guard;
  require_writable(o.out);
  const Autoencoder model(context, o.model);
  const diffusion::Respaced subset = model.steps(o.steps);
  const Tensor image = model.read_images(o.image);
  const Tensor z = o.z.empty() ? model.encode(image) : model.read_z(o.z);
  if (!o.z.empty()) require_one_batch(o.z, image, z);
  Manifest manifest = model.manifest("invert");
  manifest.set("steps", o.steps);
  manifest.set_input("image", o.image, image);
  manifest.set_input("z_sem", o.z.empty() ? "encoded" : o.z, z);
  const Tensor x_T = model.invert(image, z, subset, walk_of("invert", o, manifest));
  write_output_tensor(o.out, "x_T", x_T, manifest);
  report(context, "x_T", x_T);
  return kOk;
}

int run_decode(Context& context, const CodeOptions& o) {
  const InterruptGuard guard;
  const bool picture = names_picture(o.out);
  require_writable(o.out);
  const Autoencoder model(context, o.model);
  const diffusion::Respaced subset = model.steps(o.steps);
  const Tensor z = model.read_z(o.z);
  const std::int64_t size = model.config().image_size;
  const Tensor x_T = o.x_T.empty() ? randn({z.size(0), 3, size, size},
                                           {.seed = context.seed(), .use = "x_T"}, true)
                                   : model.read_x_T(o.x_T);
  require_one_batch(o.z, x_T, z);
  if (picture && z.size(0) != 1)
    throw UsageError("decode", fmt::format("a batch of {} images must go to a .safetensors file, "
                                           "got --out {}",
                                           z.size(0), o.out));
  Manifest manifest = model.manifest("decode");
  manifest.set("steps", o.steps);
  manifest.set_input("z_sem", o.z, z);
  manifest.set_input("x_T", o.x_T.empty() ? "drawn from the seed" : o.x_T, x_T);
  const Tensor image = model.decode(x_T, z, subset, walk_of("decode", o, manifest));
  write_output_image(o.out, image, manifest);
  report(context, "image", image);
  return kOk;
}

}  // namespace

Command add_encode(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "encode",
      "Example: diffusionact encode face.png --weights weights --out z.safetensors\n\n"
      "z_sem, what a picture shows: one vector. IMAGE is a PNG, JPEG or PPM, or a safetensors file "
      "with `image` f32 [B, 3, S, S] in [-1, 1].");
  auto o = std::make_shared<CodeOptions>();
  app->add_option("IMAGE", o->image, "the picture")->required();
  add_code_options(*app, *o);
  return {app, [o](Context& context) { return run_encode(context, *o); }};
}

Command add_invert(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "invert",
      "Example: diffusionact invert face.png --weights weights --out xT.safetensors\n\n"
      "x_T, what z_sem leaves out: the sampler run backwards from the picture to noise. More steps "
      "give a truer x_T; the authors use 200 to 250.");
  auto o = std::make_shared<CodeOptions>();
  app->add_option("IMAGE", o->image, "the picture, or a safetensors file with `image`")->required();
  app->add_option("--z", o->z, "file with its z_sem; default: encoded first");
  add_steps(*app, *o, 50);
  add_code_options(*app, *o);
  return {app, [o](Context& context) { return run_invert(context, *o); }};
}

Command add_decode(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "decode",
      "Example: diffusionact decode --z z.safetensors --xT xT.safetensors --weights weights --out "
      "face.png\n\nThe picture of two codes. Without --xT the noise is drawn from --seed: the same "
      "content, other details.");
  auto o = std::make_shared<CodeOptions>();
  app->add_option("--z", o->z, "safetensors file with z_sem")->required();
  app->add_option("--xT", o->x_T, "safetensors file with x_T");
  add_steps(*app, *o, 20);
  add_code_options(*app, *o);
  return {app, [o](Context& context) { return run_decode(context, *o); }};
}

}  // namespace dact::cli
