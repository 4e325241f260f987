// The trainer: losses against worked numbers and goldens, plans, the loop's bits under resume and other thread counts,
// checkpoints that survive a full disk, recipes that learn.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "diffusion/ddim.hpp"
#include "nn/init.hpp"
#include "reenact/train/appearance_code.hpp"
#include "reenact/train/artefact.hpp"
#include "reenact/train/diffae_recipe.hpp"
#include "reenact/train/face_recipes.hpp"
#include "reenact/train/heads64_judges.hpp"
#include "reenact/train/ridge.hpp"
#include "reenact/train/stage_recipes.hpp"
#include "reenact/train/trainer.hpp"
#include "reenact/train/truth.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/cuda/device.hpp"
#include "tests/reenact/train_world.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::train;

namespace {

struct TrainFolder {
  std::filesystem::path path;
  TrainFolder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("dact_train_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directory(path);
  }
  ~TrainFolder() { std::filesystem::remove_all(path); }
};

// Keeps what a run tells; time passes as the test says.
struct Listener final : TrainListener {
  std::vector<StepRecord> steps;
  std::vector<Metrics> evaluations;
  std::vector<std::string> remarks;
  std::int64_t stop_after = -1;
  double time = 0, seconds_per_look = 0;
  void stepped(const StepRecord& r) override { steps.push_back(r); }
  void evaluated(const StepRecord&, const Metrics& m, const Tensor&) override {
    evaluations.push_back(m);
  }
  void remark(const std::string& text) override { remarks.push_back(text); }
  bool stop() override { return stop_after >= 0 && --stop_after < 0; }
  double now() override { return time += seconds_per_look; }
};

// One module of one vector that is pulled to the mean of the pictures: the cheapest recipe.
struct MeanRecipe final : Recipe {
  struct Net : nn::Module {
    Var colour{zeros({3}), true};
    void visit(nn::Visitor& v) override { v.param("colour", colour); }
  };
  const DataSource& source;
  mutable Net net;
  explicit MeanRecipe(const DataSource& s) : source(s) {}
  std::string name() const override { return "mean"; }
  nn::Module& trained() override { return net; }
  nn::Module& shipped() override { return net; }
  std::string data() const override { return source.describe(); }
  Loss loss(const MicroBatch& part) const override {
    const Var x(source.pictures(part.step, part.first, part.count).image);
    Loss loss;
    loss.add("colour", 1,
             mse(mean(x, {2, 3}), expand(reshape(net.colour, {1, 3}), {part.count, 3})));
    return loss;
  }
  Metrics evaluate() const override { return {{"red", net.colour.value().sliced(0, 0, 1).item()}}; }
};

Plan short_plan(std::int64_t steps) {
  Plan plan;
  plan.phases = {{.name = "main", .steps = steps, .batch = 6, .learning_rate = 0.05}};
  plan.micro_batch = 4;
  plan.warmup = 2;
  plan.log_every = 1;
  plan.save_every = 3;
  plan.evaluate_every = 0;
  return plan;
}

}  // namespace

TEST_CASE("losses: the golden values of pixel, background, pose and shape") {
  const auto g = read_safetensors(test::golden_path("metrics.safetensors")).tensors;
  const auto image = [&](const char* name) {
    const int chw[] = {2, 0, 1};
    return reshape(Var(image_of_bytes(g.at(name).permuted(chw).contiguous())), {1, 3, 96, 128});
  };
  const auto mask = [&](const char* name) {
    return reshape(Var(g.at(name).to(DType::f32)), {1, 1, 96, 128});
  };
  const Var a = image("image_a_u8"), b = image("image_b_u8");
  const auto want = [&](const char* name) { return g.at(name).to_vector<double>()[0]; };
  CHECK(l2_distance(a, b, Distance::mse).item() ==
        doctest::Approx(want("loss.pix_mse_pm1")).epsilon(1e-6));
  CHECK(l2_distance(a, b, Distance::norm).item() ==
        doctest::Approx(want("l2norm_pm1")).epsilon(1e-6));
  CHECK(l2_distance(mul(a, mask("mask_target")), mul(b, mask("mask_reenacted")), Distance::mse)
            .item() == doctest::Approx(want("loss.bg_mse_pm1")).epsilon(1e-6));
  const auto f32 = [&](const char* name) { return Var(g.at(name).to(DType::f32)); };
  CHECK(l1(f32("euler_target"), f32("euler_reenacted")).item() ==
        doctest::Approx(want("loss.hp_mean_abs_deg")).epsilon(1e-6));
  CHECK(l1(f32("lm_target"), f32("lm_reenacted")).item() ==
        doctest::Approx(want("loss.shape_mean_abs_px")).epsilon(1e-6));
  const Var cosine = cosine_similarity(f32("id_real"), f32("id_generated"), 1, 1e-6);
  CHECK(mean(add_scalar(neg(cosine), 1)).item() == doctest::Approx(want("loss.id")).epsilon(1e-6));
}

namespace {

// Judges whose answers are linear in the picture: every loss has a value by hand.
struct PlainJudges final : Judges {
  std::vector<Var> perceptual(const Var& x) const override { return {x, mul_scalar(x, 2)}; }
  Var identity(const Var& x, const Tensor&) const override { return mean(x, {2, 3}); }
  Var style(const Var& x) const override { return mul_scalar(mean(x, {2, 3}), 3); }
  Tensor background(const Tensor& x) const override {
    return full({x.size(0), 1, x.size(2), x.size(3)}, 0.5).to(x.device());
  }
  Var gaze(const Var& x, const Tensor&) const override { return slice(mean(x, {2, 3}), 1, 0, 2); }
  FaceReading face(const Var& x) const override {
    const Var m = mean(x, {2, 3});
    return {mul_scalar(m, 10),
            expand(reshape(slice(m, 1, 0, 2), {x.size(0), 1, 2}), {x.size(0), 68, 2})};
  }
};

}  // namespace

TEST_CASE("losses: every term with its weight, and a weight of 0 leaves its judge alone") {
  const PlainJudges judges;
  const Tensor target = full({2, 3, 8, 8}, 0.5), points = zeros({2, 68, 2});
  const Var x_r(full({2, 3, 8, 8}, 0.25));
  const TargetReading t = read_target(judges, target, points);
  const Loss loss = reenactment_loss(judges, x_r, t);
  // d = 0.25: mse d^2 = 0.0625; perceptual (1 + 4) d^2; identity parallel; background d^2 / 4; style 9 d^2
  const std::map<std::string, std::pair<double, double>> want = {
      {"pixel", {20, 0.0625}}, {"perceptual", {20, 0.3125}},
      {"identity", {20, 0}},   {"background", {10, 0.015625}},
      {"style", {20, 0.5625}}, {"gaze", {2, 0.25}},
      {"shape", {0.5, 0.25}},  {"pose", {2, 2.5}}};
  REQUIRE(loss.terms.size() == want.size());
  double total = 0;
  for (const Term& term : loss.terms) {
    CAPTURE(term.name);
    CHECK(term.weight == want.at(term.name).first);
    CHECK(term.value == doctest::Approx(want.at(term.name).second).epsilon(1e-5));
    total += term.weight * term.value;
  }
  CHECK(loss.total.item() == doctest::Approx(total).epsilon(1e-5));
  LossWeights only_pixel{.perceptual = 0,
                         .identity = 0,
                         .background = 0,
                         .style = 0,
                         .gaze = 0,
                         .shape = 0,
                         .pose = 0};
  const Loss norm = reenactment_loss(judges, x_r, t, only_pixel, Distance::norm);
  REQUIRE(norm.terms.size() == 1);
  CHECK(norm.terms[0].value == doctest::Approx(0.25 * std::sqrt(192.0)));
}

TEST_CASE("ArcFace: against its formula in double, on both sides of the margin's limit") {
  const std::vector<float> e = {1, 0, -0.6f, 0.8f}, w = {2, 0, 0, 1, 0.6f, -0.8f};
  const Tensor person = from_vector(std::vector<std::int64_t>{0, 2}, {2});
  const double s = 8, m = 0.5;
  const double got =
      arcface_loss(Var(from_vector(e, {2, 2})), Var(from_vector(w, {3, 2})), person, s, m).item();
  // row 0: theta = 0 -> cos m; cosines of the others 0, 0.6. row 1: own cosine -1: past pi, so -1 - m sin m
  const auto nll = [&](double own, double other1, double other2) {
    return -std::log(std::exp(s * own) /
                     (std::exp(s * own) + std::exp(s * other1) + std::exp(s * other2)));
  };
  const double sine_floor = 1e-3;  // of sin theta at theta = 0
  const double want =
      (nll(std::cos(m) - sine_floor * std::sin(m), 0, 0.6) + nll(-1 - m * std::sin(m), -0.6, 0.8)) /
      2;
  CHECK(got == doctest::Approx(want).epsilon(1e-4));
}

TEST_CASE("ridge: finds a linear map, and tells a code that says nothing") {
  const Tensor x = randn({400, 6}, {.seed = 1, .use = "x"}),
               noise = randn({400, 1}, {.seed = 1, .use = "n"});
  const Tensor y =
      cat({sub(slice(Var(x), 1, 0, 1), mul_scalar(slice(Var(x), 1, 3, 4), 2)), Var(noise)}, 1)
          .value();
  const RidgeMap map(x.sliced(0, 0, 300), y.sliced(0, 0, 300));
  const auto r2 = r2_by_column(y.sliced(0, 300, 400), map.predict(x.sliced(0, 300, 400)));
  CHECK(r2[0] > 0.999);
  CHECK(r2[1] < 0.1);
  CHECK(std::isnan(r2_by_column(full({4, 1}, 2), full({4, 1}, 1))[0]));
  CHECK_THROWS_AS(RidgeMap(full({3, 1}, HUGE_VAL), full({3, 1}, 1)), NumericError);
}

TEST_CASE("equal error rate and mean IoU of small examples") {
  const Tensor e = from_vector(std::vector<float>{1, 0, 1, 0, 0, 1, 0, 1}, {4, 2});
  const auto ids = [](std::vector<std::int64_t> v) { return from_vector(v, {4}); };
  CHECK(equal_error_rate(e, ids({0, 0, 1, 1}), ids({0, 1, 2, 3})) == 0);
  CHECK(equal_error_rate(e, ids({0, 1, 1, 0}), ids({0, 1, 2, 3})) == doctest::Approx(0.75));
  CHECK(std::isnan(equal_error_rate(e, ids({0, 0, 1, 1}), ids({0, 0, 1, 1}))));
  const auto classes = [](std::vector<std::uint8_t> v) { return from_vector(v, {1, 2, 2}); };
  CHECK(mean_iou(classes({0, 0, 1, 1}), classes({0, 1, 1, 1}), 19) ==
        doctest::Approx((0.5 + 2.0 / 3) / 2));
}

TEST_CASE("truth: normalised columns have mean 0 and spread 1; what does not vary counts nowhere") {
  const test::TinyWorld world(6, 4, 16, 5);
  const Batch batch = world.pictures(0, 0, 40);
  const TruthScale scale(batch);
  const TruthRows rows = scale.normalised(batch);
  for (const std::int64_t column : {0, 1, 4, 5, 9, 41, 42, 77, 80}) {  // what the stand-in moves
    CAPTURE(column);
    const Var x(rows.value.sliced(1, column, column + 1).contiguous());
    CHECK(std::fabs(mean(x).item()) < 1e-4);
    CHECK(mean(square(x)).item() == doctest::Approx(1).epsilon(1e-3));
    CHECK(rows.seen.sliced(1, column, column + 1).contiguous().to_vector<float>()[7] == 1);
  }
  CHECK(sum(Var(rows.seen.sliced(1, 2, 4).contiguous())).item() == 0);
  // smooth L1 by hand: 0.5 inside, |d| - 0.5 outside; the third entry does not count
  const auto row = [](std::vector<float> v) { return from_vector(v, {1, 3}); };
  CHECK(smooth_l1(Var(row({0, 0, 0})), Var(row({0.5f, 3, 9})), row({1, 1, 0})).item() ==
        doctest::Approx((0.125 + 2.5) / 2));
}

TEST_CASE("appearance code: 66 numbers, and what does not show says so") {
  head::Appearance looks;
  const AppearanceCode plain = appearance_code(looks, {}, {});
  looks.hat = head::Hat::cap;
  const AppearanceCode hat = appearance_code(looks, {}, {});
  int seen = 0, changed = 0;
  for (std::size_t k = 0; k < plain.value.size(); ++k) {
    CHECK(std::isfinite(plain.value[k]));
    seen += hat.seen[k] > plain.seen[k] ? 1 : 0;
    changed += hat.value[k] != plain.value[k] ? 1 : 0;
  }
  CHECK(seen == 3);  // the hat's colour shows now
  CHECK(changed >= 5);
}

TEST_CASE("plan: a run by the clock is the run by its steps") {
  for (const double share : {0.0, 0.3, 0.5}) {
    const Phase timed{.name = "main", .minutes = 1, .learning_rate = 1, .decay = share};
    Pace by_clock;
    std::vector<double> rates;
    while (true) {
      settle(by_clock, timed);
      if (finished(by_clock)) break;
      rates.push_back(rate(by_clock, timed, 10));
      ++by_clock.done;
      by_clock.seconds += 0.37;
    }
    CHECK(by_clock.seconds == doctest::Approx(60).epsilon(0.05));
    Phase counted = timed;
    counted.steps = by_clock.length;
    Pace by_steps;
    std::vector<double> same;
    for (settle(by_steps, counted); !finished(by_steps); ++by_steps.done)
      same.push_back(rate(by_steps, counted, 10));
    CHECK(rates == same);
    CHECK(rates[0] == doctest::Approx(0.1));
    if (share > 0) CHECK(rates.back() < 0.05);
  }
  Plan plan = short_plan(3);
  plan.phases[0].steps = 0;
  CHECK_THROWS_WITH_AS(require_sound(plan), doctest::Contains("steps or minutes, got neither"),
                       UsageError);
}

TEST_CASE("trainer: micro-batches, thread counts and resumed runs change no bit") {
  const test::TinyWorld world(3, 4, 16, 5);
  const auto run = [&](std::int64_t first_part, int threads, const CheckpointFolder* folder) {
    const int before = thread_count();
    set_thread_count(threads);
    Listener listener;
    std::string digest;
    MeanRecipe recipe(world);
    Trainer trainer(recipe, short_plan(10), listener, folder);
    listener.stop_after = first_part > 0 ? first_part - 1 : -1;
    const Outcome outcome = trainer.run();
    if (first_part > 0) {
      CHECK(outcome == Outcome::stopped);
      CHECK(trainer.steps() == first_part);
      set_thread_count(threads % 2 + 1);
      MeanRecipe second(world);
      Listener more;
      Trainer resumed(second, short_plan(10), more, folder);
      std::vector<std::string> skipped;
      resumed.restore(*folder->latest(skipped));
      CHECK(resumed.steps() == first_part);
      CHECK(resumed.run() == Outcome::finished);
      digest = resumed.digest();
    } else {
      CHECK(outcome == Outcome::finished);
      digest = trainer.digest();
    }
    set_thread_count(before);
    return digest;
  };
  const std::string whole = run(0, 1, nullptr);
  CHECK(run(0, 2, nullptr) == whole);
  const TrainFolder folder;
  const CheckpointFolder checkpoints(folder.path.string(), 2);
  CHECK(run(4, 2, &checkpoints) == whole);
  CHECK(checkpoints.files().size() == 2);
}

TEST_CASE("trainer: the loss is the batch's mean however it is cut") {
  const test::TinyWorld world(3, 4, 16, 5);
  MeanRecipe recipe(world);
  Listener listener;
  Trainer trainer(recipe, short_plan(1), listener, nullptr);
  CHECK(trainer.run() == Outcome::finished);
  MeanRecipe fresh(world);
  CHECK(listener.steps.at(0).loss ==
        doctest::Approx(fresh.loss({0, 0, 0, 6}).total.item()).epsilon(1e-6));
  CHECK(listener.steps[0].terms.at(0).value == doctest::Approx(listener.steps[0].loss));
  CHECK(listener.evaluations.size() == 1);  // the last step always
}

TEST_CASE(
    "trainer: a gate that fails ends the run, saved; a checkpoint of another run is refused") {
  const test::TinyWorld world(3, 4, 16, 5);
  MeanRecipe recipe(world);
  Plan plan = short_plan(50);
  plan.evaluate_every = 12;
  plan.gates = {{.metric = "red", .least = 5, .pictures = 20}};
  const TrainFolder folder;
  const CheckpointFolder checkpoints(folder.path.string(), 1);
  Listener listener;
  Trainer trainer(recipe, plan, listener, &checkpoints);
  CHECK(trainer.run() == Outcome::gate_failed);
  CHECK(trainer.pictures() == 24);
  REQUIRE(listener.remarks.size() == 1);
  CHECK(listener.remarks[0].find("red must be at least 5") != std::string::npos);
  std::vector<std::string> skipped;
  const auto saved = checkpoints.latest(skipped);
  REQUIRE(saved);
  plan.seed = 1;
  MeanRecipe other(world);
  Trainer wrong(other, plan, listener, nullptr);
  CHECK_THROWS_WITH_AS(wrong.restore(*saved), doctest::Contains("seed must be 1, got 0"),
                       WeightsError);
}

TEST_CASE(
    "checkpoints: a full disk is an error and the old one stays; a damaged one is passed over") {
  const TrainFolder folder;
  const CheckpointFolder checkpoints(folder.path.string(), 1);
  const std::map<std::string, Tensor> state{{"x", full({40'000}, 1)}};
  const std::string first = checkpoints.save(1, state, {{"step", "1"}});
  // SIGXFSZ ignored, a write beyond the limit fails as on a full disk
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  rlimit small = old;
  small.rlim_cur = 100'000;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_THROWS_AS(checkpoints.save(2, state, {}), IoError);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
  std::signal(SIGXFSZ, before);
  CHECK(checkpoints.files() == std::vector<std::string>{first});
  std::size_t entries = 0;  // nothing half written beside it
  for (const auto& entry : std::filesystem::directory_iterator(folder.path))
    entries += entry.exists();
  CHECK(entries == 1);
  write_file((folder.path / "checkpoint-000000009.safetensors").string(), "half a file");
  std::vector<std::string> skipped;
  const auto found = checkpoints.latest(skipped);
  REQUIRE(found);
  CHECK(found->metadata.at("step") == "1");
  CHECK(skipped.size() == 1);
}

TEST_CASE("artefact: half precision to nearest, refused beyond its range") {
  const nn::StateDict half =
      half_precision({{"a", from_vector(std::vector<float>{1.0f, 0.1f}, {2})}});
  CHECK(half.at("a").dtype() == DType::f16);
  CHECK(half.at("a").to(DType::f32).to_vector<float>() ==
        std::vector<float>{1.0f, 0.0999755859375f});
  CHECK_THROWS_WITH_AS(half_precision({{"a", full({1}, 1e6)}}), doctest::Contains("+-65504"),
                       NumericError);
}

TEST_CASE(
    "stage losses move z_r: the head-pose loss reaches it through estimator, UNet and sampler") {
  const diffusion::DiffAE model(diffusion::diffae_config("heads64"));
  auto& mutable_model = const_cast<diffusion::DiffAE&>(model);
  nn::init_default(mutable_model, 3);
  nn::set_requires_grad(mutable_model, false);
  Heads64Judges judges;
  nn::init_default(judges, 4);
  const test::TinyWorld world(2, 2, 64, 5);
  const Pairs pair = world.pairs(0, 0, 1);
  const TargetReading target = read_target(judges, pair.target.image, pair.target.landmarks);
  const LossWeights pose_only{.pixel = 0,
                              .perceptual = 0,
                              .identity = 0,
                              .background = 0,
                              .style = 0,
                              .gaze = 0,
                              .shape = 0,
                              .pose = 1};
  const diffusion::Respaced steps = diffusion::respace(diffusion::linear_schedule(), 2);
  const Var x_T(randn({1, 3, 64, 64}, {.seed = 1, .use = "x_T"}));
  Var z_r(randn({1, 256}, {.seed = 1, .use = "z"}), true);
  const auto pose_loss = [&] {
    return reenactment_loss(
        judges, diffusion::ddim_decode(model.unet, steps, x_T, z_r, {.checkpoint_steps = true}),
        target, pose_only);
  };
  const Loss before = pose_loss();
  backward(before.total);
  REQUIRE(z_r.grad().defined());
  CHECK(test::max_abs(z_r.grad()) > 0);
  // a step against the gradient, as long as the loss is at least locally linear
  const double slope = sum(square(Var(z_r.grad()))).item();
  const double length = 0.02 * before.total.item() / slope;
  z_r.set_value(sub(Var(z_r.value()), mul_scalar(Var(z_r.grad()), length)).value());
  CHECK(pose_loss().total.item() < before.total.item());
  for (const nn::Named& p : nn::parameters(judges)) CHECK(!p.var.grad().defined());
}

namespace {

struct Trained {
  Listener listener;
  std::string digest;
  double value(const std::string& name, bool last = true) const {
    const Metrics& metrics = last ? listener.evaluations.back() : listener.evaluations.front();
    for (const auto& [key, value] : metrics)
      if (key == name) return value;
    FAIL("no metric " << name);
    return 0;
  }
};

Trained train_with(Recipe& recipe, const Plan& plan, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  Trained t;
  Trainer trainer(recipe, plan, t.listener, nullptr);
  CHECK(trainer.run() == Outcome::finished);
  t.digest = trainer.digest();
  set_thread_count(before);
  return t;
}

Plan plan_for(std::int64_t encoder_steps, std::int64_t steps, std::int64_t batch, double rate) {
  Plan plan;
  if (encoder_steps > 0)
    plan.phases.push_back(
        {.name = "encoder", .steps = encoder_steps, .batch = batch, .learning_rate = rate});
  plan.phases.push_back(
      {.name = "main", .steps = steps, .batch = batch, .learning_rate = rate, .decay = 0.3});
  plan.micro_batch = 4;
  plan.warmup = 5;
  plan.ema = 0;
  plan.log_every = 1;
  plan.evaluate_every = 0;
  return plan;
}

}  // namespace

TEST_CASE("diffae recipe: both phases, one digest at 1 and 2 threads, frozen UNet first") {
  const test::TinyWorld world(1, 4, 32, 5);
  DiffAEOptions options{.configuration = "tiny",
                        .ridge_fit = 8,
                        .ridge_test = 8,
                        .swap_pairs = 1,
                        .invert_steps = 4,
                        .decode_steps = 4};
  const auto run = [&](int threads) {
    const auto recipe = make_diffae_recipe(world, world, options);
    return train_with(*recipe, plan_for(2, 3, 4, 1e-3), threads);
  };
  const Trained one = run(1), two = run(2);
  CHECK(one.digest == two.digest);
  REQUIRE(one.listener.steps.size() == 5);
  CHECK(one.listener.steps[0].terms.size() == 1);  // the head alone
  CHECK(one.listener.steps[2].terms.size() == 2);
  CHECK(std::isfinite(one.value("psnr.swap")));
  options.feature_weight = -1;
  CHECK_THROWS_WITH_AS(make_diffae_recipe(world, world, options),
                       doctest::Contains("feature_weight must be above 0, got -1"), UsageError);
  CHECK_THROWS_WITH_AS(make_diffae_recipe(world, world, {.configuration = "heads64"}),
                       doctest::Contains("64 pixels, got 32"), UsageError);
}

TEST_CASE("a checkpoint of a network with optimiser and moving average resumes bit for bit") {
  const test::TinyWorld world(2, 3, 64, 5);
  const TrainFolder folder;
  const CheckpointFolder checkpoints(folder.path.string(), 2);
  Plan plan = plan_for(0, 6, 4, 1e-3);
  plan.ema = 0.9;
  const FaceOptions options{.seed = 2, .judged = 4};
  const auto recipe = make_gaze_recipe(world, world, options);
  const std::string whole = train_with(*recipe, plan, 2).digest;
  Listener listener;
  listener.stop_after = 2;
  const auto first = make_gaze_recipe(world, world, options),
             second = make_gaze_recipe(world, world, options);
  Trainer stopped(*first, plan, listener, &checkpoints);
  CHECK(stopped.run() == Outcome::stopped);
  std::vector<std::string> skipped;
  Listener more;
  Trainer resumed(*second, plan, more, &checkpoints);
  resumed.restore(*checkpoints.latest(skipped));
  CHECK(resumed.run() == Outcome::finished);
  CHECK(resumed.digest() == whole);
}

namespace {

StageModels tiny_models() {
  StageModels models;
  models.diffae = std::make_shared<diffusion::DiffAE>(diffusion::diffae_config("tiny"));
  nn::init_default(*models.diffae, 1);
  models.encoder = std::make_shared<dact::reenact::ReenactmentEncoder>(models.diffae->config);
  models.encoder->init_from(models.diffae->encoder);
  models.judges = std::make_shared<PlainJudges>();
  return models;
}

StageOptions short_stage(int stage) {
  return {.stage = stage,
          .train_steps = 2,
          .inversion_steps = 2,
          .judged_pairs = 1,
          .invert_steps = 2,
          .decode_steps = 2};
}

}  // namespace

TEST_CASE("stage recipes: what is trained, what is frozen, and one digest at 1 and 2 threads") {
  const test::TinyWorld world(2, 3, 32, 5);
  const auto run = [&](int stage, int threads) {
    const StageModels models = tiny_models();
    const std::string unet = nn::weights_digest(models.diffae->unet);
    const std::string teacher = nn::weights_digest(models.diffae->encoder);
    const auto recipe = make_stage_recipe(world, world, models, short_stage(stage));
    const Trained t = train_with(*recipe, plan_for(0, 2, 4, 1e-3), threads);
    CHECK((nn::weights_digest(models.diffae->unet) == unet) == (stage < 3));
    CHECK(nn::weights_digest(models.diffae->encoder) == teacher);
    CHECK(t.listener.steps[0].terms.size() == (stage == 1 ? 1 : 8));
    CHECK(std::isfinite(t.value("psnr.self")));
    return t.digest;
  };
  for (const int stage : {1, 2, 3}) {
    CAPTURE(stage);
    CHECK(run(stage, 1) == run(stage, 2));
  }
  // stage 3 begins with an encoder, or with what an earlier stage 3 left, UNet and all
  const auto ended = make_stage_recipe(world, world, tiny_models(), short_stage(3)),
             next = make_stage_recipe(world, world, tiny_models(), short_stage(3)),
             earlier = make_stage_recipe(world, world, tiny_models(), short_stage(2));
  train_with(*ended, plan_for(0, 2, 4, 1e-3), 2);
  const nn::StateDict left = nn::state_dict(ended->shipped());
  CHECK(nn::weights_digest(next->shipped()) != nn::weights_digest(ended->shipped()));
  next->initialise(left);
  CHECK(nn::weights_digest(next->shipped()) == nn::weights_digest(ended->shipped()));
  CHECK_THROWS_AS(earlier->initialise(left), UsageError);
  CHECK_THROWS_AS(make_stage_recipe(world, world, {}, {.stage = 2}), UsageError);
  CHECK_THROWS_AS(make_stage_recipe(world, world, {}, {.stage = 4}), UsageError);
}

namespace {

// Digest after a step on a device.
std::string digest_on(Device device, Recipe& recipe, const Plan& plan) {
  nn::move_to(recipe.trained(), device);
  const Trained t = train_with(recipe, plan, 2);
  CHECK(nn::device_of(recipe.trained()) == device);
  return t.digest;
}

}  // namespace

TEST_CASE("feature weights: boxes around eyes with brows and the mouth, cut at the border") {
  Tensor points = full({1, 68, 2}, 30);
  const auto put = [&](std::int64_t i, float x, float y) {
    points.mutate<float>()[2 * i] = x;
    points.mutate<float>()[2 * i + 1] = y;
  };
  for (std::int64_t i = 17; i < 22; ++i) put(i, 1, 9);      // brow
  for (std::int64_t i = 36; i < 42; ++i) put(i, 4, 12.6F);  // its eye
  for (std::int64_t i = 22; i < 27; ++i) put(i, 40, 9);
  for (std::int64_t i = 42; i < 48; ++i) put(i, 40, 12);
  for (std::int64_t i = 48; i < 68; ++i) put(i, 20, 63);
  const auto w = feature_weights(points, 64, 5).to_vector<float>();
  const auto at = [&](std::size_t x, std::size_t y) { return w[y * 64 + x]; };
  CHECK(at(0, 7) == 5);  // 1 - 2 is cut off
  CHECK(at(6, 14) == 5);
  CHECK(at(7, 14) == 1);
  CHECK(at(6, 15) == 1);
  CHECK(at(6, 6) == 1);
  CHECK(at(20, 61) == 5);
  CHECK(at(30, 30) == 1);
  double sum = 0;
  for (const float v : w) sum += static_cast<double>(v);
  CHECK(sum == 64 * 64 + 4 * (7 * 8 + 5 * 8 + 5 * 3));
}

TEST_SUITE("slow") {
  TEST_CASE("every recipe trains on the device with the bits of the CPU") {
    if (!start_test_device(9)) return;
    const test::TinyWorld small(1, 4, 32, 5), heads(2, 3, 64, 5);
    Plan plan = plan_for(0, 1, 2, 1e-3);
    plan.ema = 0.9;
    const DiffAEOptions options{.configuration = "tiny",
                                .feature_weight = 3,
                                .ridge_fit = 4,
                                .ridge_test = 4,
                                .swap_pairs = 1,
                                .invert_steps = 2,
                                .decode_steps = 2};
    const FaceOptions face{.seed = 2, .judged = 2};
    const auto both = [&](const std::string& name, auto&& make) {
      CAPTURE(name);
      const std::unique_ptr<Recipe> host = make(Device::cpu), device = make(Device::cuda);
      CHECK(digest_on(Device::cpu, *host, plan) == digest_on(Device::cuda, *device, plan));
    };
    both("diffae", [&](Device) { return make_diffae_recipe(small, small, options); });
    both("estimator", [&](Device) { return make_estimator_recipe(heads, heads, face); });
    both("gaze", [&](Device) { return make_gaze_recipe(heads, heads, face); });
    both("embedder", [&](Device) { return make_embedder_recipe(heads, heads, face); });
    both("parser", [&](Device) { return make_parser_recipe(heads, heads, face); });
    both("style", [&](Device) { return make_style_recipe(heads, heads, face); });
    for (const int stage : {1, 2, 3})
      both("stage" + std::to_string(stage), [&](Device device) {
        const StageModels models = tiny_models();
        nn::move_to(*models.diffae, device);
        return make_stage_recipe(small, small, models, short_stage(stage));
      });
  }

  TEST_CASE("stage losses on the device: every term and the picture's gradient are the CPU's") {
    if (!start_test_device()) return;
    const test::TinyWorld world(2, 2, 64, 5);
    const Pairs pair = world.pairs(0, 0, 1);
    const auto loss_on = [&](Device device) {
      Heads64Judges judges;
      nn::init_default(judges, 4);
      nn::move_to(judges, device);
      const auto there = [&](const Tensor& x) { return x.to(device); };
      const TargetReading target =
          read_target(judges, there(pair.target.image), there(pair.target.landmarks));
      Var made(there(pair.source.image), true);
      const Loss loss = reenactment_loss(judges, made, target, LossWeights{});
      backward(loss.total);
      std::vector<std::string> digests{dact::digest_of(loss.total.value()),
                                       dact::digest_of(made.grad())};
      for (const Term& term : loss.terms) {
        CHECK(term.value != 0);
        digests.push_back(term.name + " " + std::to_string(term.value));
      }
      return digests;
    };
    CHECK(loss_on(Device::cpu) == loss_on(Device::cuda));
  }

  TEST_CASE("every face network learns one small world") {
    const test::TinyWorld world(8, 8, 64, 5);
    const FaceOptions options{.seed = 1, .judged = 32};
    const struct {
      std::unique_ptr<Recipe> (*make)(const DataSource&, const DataSource&, const FaceOptions&);
      std::string metric;
      double good;
    } recipes[] = {{make_estimator_recipe, "landmark_error", 1},
                   {make_gaze_recipe, "gaze_error", 3},
                   {make_embedder_recipe, "equal_error_rate", 0.05},
                   {make_parser_recipe, "miou", 0.9},
                   {make_style_recipe, "r2.appearance", 0.95}};
    for (const auto& r : recipes) {
      CAPTURE(r.metric);
      const auto recipe = r.make(world, world, options);
      const double value = train_with(*recipe, plan_for(0, 100, 16, 1e-3), 2).value(r.metric);
      MESSAGE(r.metric << " = " << value);
      const bool more_is_better = r.metric == "miou" || r.metric == "r2.appearance";
      CHECK((more_is_better ? value > r.good : value < r.good));
    }
  }
}

TEST_SUITE("slow_proof") {  // as long as all others of this file: an entry of its own
  TEST_CASE("one clip overfitted: losses fall, the code carries the pose, pictures follow") {
    const test::TinyWorld world(1, 6, 64, 5);
    const DiffAEOptions options{
        .ridge_fit = 48, .ridge_test = 24, .swap_pairs = 4, .invert_steps = 20, .decode_steps = 10};
    const auto recipe = make_diffae_recipe(world, world, options);
    Plan plan = plan_for(60, 500, 8, 2e-3);
    plan.micro_batch = 8;
    const Trained t = train_with(*recipe, plan, 2);
    MESSAGE("r2.yaw " << t.value("r2.yaw") << ", swap " << t.value("psnr.swap") << " dB, copy "
                      << t.value("psnr.copy") << " dB");
    CHECK(t.listener.steps.back().loss < 0.2 * t.listener.steps[62].loss);
    CHECK(t.value("r2.yaw") > 0.9);
    CHECK(t.value("psnr.swap") > t.value("psnr.copy") + 2);
    CHECK(t.value("pose_closed") > 0.7);
  }
}
