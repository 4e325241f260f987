// `reenact`: a source picture and a driver in, the source person with the driver's face out.
#include <CLI/CLI.hpp>
#include <memory>

#include "reenact/cli/commands.hpp"
#include "reenact/cli/reenact_run.hpp"

namespace dact::cli {
namespace {

void add_inputs(CLI::App& app, ReenactOptions& o) {
  app.add_option("--source", o.source, "picture of the person (PNG, JPEG, PPM)")->required();
  app.add_option("--driving", o.driving,
                 "video, folder of numbered pictures, or one picture: whose face moves it")
      ->required();
  app.add_option("--out", o.out,
                 "FILE.mp4 (needs ffmpeg; the driver's rate and sound are kept), FILE.png for one "
                 "frame, else a folder of numbered pictures")
      ->required();
  app.add_option("--landmarks", o.landmarks,
                 "the driver's 68 points per frame instead of the networks: .npy, .safetensors or "
                 ".jsonl (as synth writes it), in its pixels");
  app.add_option("--source-landmarks", o.source_landmarks, "with --landmarks: the source's points");
  app.add_option("--fps", o.fps, "rate of a driver that is pictures, e.g. 30000/1001 (default 25)");
}

void add_model(CLI::App& app, ReenactOptions& o) {
  app.add_option("--model", o.weights.model, "heads64, ffhq256, ffhq128, celeba64 or tiny")
      ->capture_default_str();
  app.add_option("--weights", o.weights.weights,
                 "file with all networks, or folder of reenact-MODEL.safetensors, "
                 "diffae-MODEL.safetensors, MODEL.estimator.safetensors, MODEL.gaze.safetensors; "
                 "default: heads64 as it comes with the program");
  app.add_option("--fill", o.weights.fill,
                 "instead of weights: made by formula from names and this seed");
  app.add_option("--preset", o.weights.preset,
                 "which UNet copy inverts and decodes: authors (averaged, stepped), ema or plain; "
                 "default: what the weights hold, authors where they hold both");
  app.add_option("--steps", o.sampling.steps, "of every frame")->capture_default_str();
  app.add_option("--inversion-steps", o.sampling.inversion_steps, "of the source, once")
      ->capture_default_str();
  app.add_option("--batch", o.batch,
                 "frames at a time (default 0: by the model's size and the device); no bit "
                 "depends on it");
  app.add_flag_callback(
      "--no-clip", [&o] { o.sampling.clip = false; },
      "do not hold the predicted clean image in [-1, 1] at each step");
}

}  // namespace

Command add_reenact(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "reenact",
      "Example: diffusionact reenact --source me.png --driving you.mp4 --out out.mp4 --weights "
      "weights --report report.html\n\nThe person of the source with the head pose, expression and "
      "gaze of the driver, frame by frame. Of every picture the largest centred square is used. "
      "Prints how many frames there are and their digest. Ctrl-C keeps those that are done.");
  auto o = std::make_shared<ReenactOptions>();
  add_inputs(*app, *o);
  o->motion.add_to(*app);
  add_model(*app, *o);
  app->add_flag("--side-by-side", o->side_by_side, "frames show source, driver and result");
  app->add_option("--on-missing", o->on_missing,
                  "a driver's frame without a face: fail, or hold the face of the frame before")
      ->capture_default_str();
  app->add_flag("--force", o->force,
                "go on with pictures in which the networks see no face that they know");
  app->add_option("--report", o->report, "write the whole way as one HTML page to this file");
  app->add_option(
      "--strip", o->strip,
      "write a picture of up to eight moments: source, driver, driving picture, result");
  app->add_flag("--no-manifest", o->no_manifest,
                "leave the settings out of the output; the synthetic mark stays");
  return {app, [o](Context& context) {
            check_reenact_options(*o);
            return run_reenact(context, *o);
          }};
}

}  // namespace dact::cli
