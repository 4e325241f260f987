// `diffusionact synth`: clips of procedural people as files, with all that is known of every frame.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "io/image.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/world/bench_set.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct SynthOptions {
  world::DatasetPlan plan;
  std::string bench, out;
  bool json = false;
};

class SynthProgress final : public world::DatasetProgress {
 public:
  SynthProgress(std::int64_t total, bool quiet) : bar_("synth", total, progress_style(quiet)) {}
  void after(std::int64_t done, std::int64_t total) override {
    bar_.update(done);
    if (interrupted() && done < total)
      throw Cancelled("synth", fmt::format("stopped as asked after frame {} of {}; nothing is left",
                                           done, total));
  }

 private:
  Progress bar_;
};

/// A benchmark's plan wins over the other options but the size.
world::DatasetPlan plan_of(const SynthOptions& o, bool size_given, std::uint64_t seed) {
  if (o.bench.empty()) {
    world::DatasetPlan plan = o.plan;
    plan.population = seed;
    return plan;
  }
  world::DatasetPlan plan = world::bench_set(o.bench).plan;
  if (size_given) plan.size = o.plan.size;
  return plan;
}

/// A benchmark at its own size has one digest everywhere.
int published_or_mismatch(const SynthOptions& o, const world::DatasetPlan& plan,
                          const std::string& digest) {
  if (o.bench.empty()) return kOk;
  const world::BenchSet& set = world::bench_set(o.bench);
  if (plan.size != set.plan.size || digest == set.digest) return kOk;
  fmt::print(stderr, "error: the digest of {} must be {}, got {}\n", set.name, set.digest, digest);
  return kMismatch;
}

int run_synth(Context& context, const SynthOptions& o, bool size_given) {
  const InterruptGuard guard;
  const world::DatasetPlan plan = plan_of(o, size_given, context.seed());
  SynthProgress progress(plan.identities * plan.clips * plan.frames, context.quiet());
  world::DatasetResult result;
  if (o.out.empty()) {
    result = world::digest_dataset(plan, &progress);
  } else {
    std::map<std::string, std::string> text = Manifest(context, "synth").metadata();
    text[std::string(kXmpKey)] = xmp_of(DigitalSource::algorithmic_media);
    result = world::write_dataset(plan, o.out, text, &progress);
  }
  const nlohmann::ordered_json about = {
      {"population", plan.population}, {"identities", plan.identities}, {"clips", plan.clips},
      {"frames", plan.frames},         {"every", plan.every},           {"size", plan.size},
      {"digest", result.digest}};
  context.event("synth", about);
  if (o.json)
    fmt::print("{}\n", about.dump(2));
  else
    fmt::print("{} frames\ndigest: {}\n", result.frames, result.digest);
  return published_or_mismatch(o, plan, result.digest);
}

}  // namespace

Command add_synth(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "synth",
      "Example: diffusionact synth --identities 10 --clips 2 --frames 32 --size 64 --seed 1 --out "
      "heads\n\nDraws clips of procedural people: frames, landmarks, angles, codes, gaze, classes, "
      "depth.\nWithout --out it draws them all the same and prints the digest of their frames.");
  auto o = std::make_shared<SynthOptions>();
  app->add_option("--identities", o->plan.identities, "people")->capture_default_str();
  app->add_option("--clips", o->plan.clips, "of each person")->capture_default_str();
  app->add_option("--frames", o->plan.frames, "of each clip")->capture_default_str();
  app->add_option("--every", o->plan.every, "motion frames (25 a second) from one to the next")
      ->capture_default_str();
  const CLI::Option* size =
      app->add_option("--size", o->plan.size, "pixels of a side")->capture_default_str();
  app->add_option("--bench", o->bench, "the clips of this benchmark (bench-v1) instead");
  app->add_option("--out", o->out, "a new folder");
  app->add_flag("--json", o->json, "the result as one JSON object");
  return {app, [o, size](Context& context) { return run_synth(context, *o, size->count() > 0); }};
}

}  // namespace dact::cli
