// The evaluation's tables: rows with known answers, the same bits however they are made, what is kept.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "reenact/eval/tables.hpp"
#include "reenact/face/metrics.hpp"
#include "reenact/picture.hpp"
#include "reenact/pipeline/heads64.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/cuda/device.hpp"
#include "tests/reenact/clips.hpp"

using namespace dact;
using namespace dact::eval;

namespace {

constexpr double kEveryFace = -1e30;  // a confidence that formula weights exceed

// Two people, three frames each, a second and more apart.
const world::BenchSet kSet{
    "two people",
    {.population = 45999, .identities = 2, .clips = 1, .frames = 3, .every = 40, .size = 64},
    "",
    1,
    2};

const diffusion::DiffAEConfig kSmall{"small", 64, 32, {1, 1, 2}, {1, 1, 2}, 1, 16, 1, 64, 32, 0};

// Everything by the fill rule.
struct FilledNetworks {
  reenact::ReenactmentModel model{kSmall, reenact::preset_of("authors")};
  diffusion::DiffAE diffae{kSmall};
  nets::FaceEstimator estimator;
  nets::GazeEstimator gaze;
  Judge judge;
  FilledNetworks() {
    for (nn::Module* m : std::initializer_list<nn::Module*>{&model, &diffae, &estimator, &gaze})
      nn::fill_by_name(*m, 0);
    nn::fill_by_name(judge, 1);
  }
  void move_to(Device device) {
    for (nn::Module* m :
         std::initializer_list<nn::Module*>{&model, &diffae, &estimator, &gaze, &judge})
      nn::move_to(*m, device);
  }
  Subjects subjects() const { return {&model, &diffae, &estimator, &gaze}; }
};

const FilledNetworks& networks() {
  static const FilledNetworks filled;
  return filled;
}

EvalOptions quick() {
  EvalOptions o;
  o.steps = 2;
  o.inversion_steps = 4;
  o.step_choices = {2};
  o.inversion_choices = {4};
  o.step_clips = 1;
  o.least_confidence = kEveryFace;
  return o;
}

Evaluation evaluation_of(const EvalOptions& o) {
  return {kSet, networks().subjects(), networks().judge, o};
}

const UnitRow& named(const UnitResult& unit, std::string_view name) {
  for (const UnitRow& row : unit.rows)
    if (row.name == name) return row;
  FAIL("no row ", std::string(name));
  return unit.rows.front();
}

EvalClip clip_of(std::int64_t number) {
  const auto people = world::sample_population(kSet.plan.population, kSet.plan.identities);
  return draw_eval_clip(kSet, people[static_cast<std::size_t>(number)], number);
}

// The estimator's angles of one frame.
std::vector<float> angles_of(const EvalClip& clip, std::int64_t frame) {
  const NoGrad no_grad;
  const auto codes = networks().judge.estimator(Var(images_of(clip.frames({frame}))));
  return codes.pose.value().to_vector<float>();
}

double mean_difference(const float* a, const float* b) {
  double sum = 0;
  for (int i = 0; i < 3; ++i)
    sum += std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / 3;
}

bool same_numbers(const UnitResult& a, const UnitResult& b) {
  if (a.rows.size() != b.rows.size()) return false;
  for (std::size_t k = 0; k < a.rows.size(); ++k) {
    if (a.rows[k].name != b.rows[k].name || a.rows[k].digest != b.rows[k].digest ||
        a.rows[k].frames != b.rows[k].frames || a.rows[k].failed != b.rows[k].failed)
      return false;
    for (std::size_t m = 0; m < kMetrics; ++m) {
      const auto &x = a.rows[k].measures.of[m], &y = b.rows[k].measures.of[m];
      if (x.size() != y.size()) return false;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (!(x[i] == y[i]) && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
    }
  }
  return true;
}

class CountedWork final : public EvalWatcher {
 public:
  std::int64_t sum = 0;
  void worked(std::int64_t pictures) override { sum += pictures; }
};

UnitRow row_with(const std::string& name, Metric metric, const std::vector<double>& values) {
  UnitRow row;
  row.name = name;
  row.frames = static_cast<std::int64_t>(values.size());
  row.measures[metric] = values;
  return row;
}

}  // namespace

TEST_CASE("eval: the copy and the target have the values that they must have") {
  const UnitResult unit = evaluation_of(quick()).run({TableKind::self, 1});
  REQUIRE(unit.rows.size() == 6);
  const EvalClip clip = clip_of(1);
  const UnitRow &copy = named(unit, kCopy), &target = named(unit, kTarget);
  for (std::size_t f = 0; f < 2; ++f) {
    const auto frame = static_cast<std::int64_t>(f) + 1;
    CHECK(copy.measures[Metric::psnr][f] ==
          face::psnr(images_of(clip.frames({frame})), images_of(clip.frames({0}))));
    const auto now = angles_of(clip, frame), first = angles_of(clip, 0);
    CHECK(copy.measures[Metric::apd][f] ==
          doctest::Approx(mean_difference(now.data(), first.data())).epsilon(1e-9));
    CHECK(copy.measures[Metric::apd][f] > 0);
    // the judge's own error: its reading of the frame against the truth
    const auto truth = clip.known.pose.sliced(0, frame, frame + 1).contiguous().to_vector<float>();
    CHECK(target.measures[Metric::apd_truth][f] ==
          doctest::Approx(mean_difference(truth.data(), now.data())).epsilon(1e-9));
    for (const Metric m :
         {Metric::apd, Metric::nme, Metric::aed, Metric::gaze, Metric::perceptual, Metric::l1})
      CHECK(target.measures[m][f] == 0);
    CHECK(target.measures[Metric::csim][f] == doctest::Approx(1).epsilon(1e-6));
    CHECK(target.measures[Metric::ssim][f] == doctest::Approx(1).epsilon(1e-12));
    CHECK(std::isinf(target.measures[Metric::psnr][f]));
  }
  CHECK(target.measures[Metric::tl_id][0] == doctest::Approx(1).epsilon(1e-6));
  CHECK(copy.shown.shape() == Shape{2, 64, 64, 3});
}

TEST_CASE("eval: the row of ours holds the frames that the Reenactor makes") {
  const UnitResult unit = evaluation_of(quick()).run({TableKind::self, 0});
  const EvalClip clip = clip_of(0);
  reenact::TrackedDriving driving(
      std::make_unique<reenact::Heads64Tracker>(networks().estimator, networks().gaze),
      std::make_unique<reenact::HeadLandmarks>());
  const auto picture = [&](std::int64_t f) {
    return clip.pictures.sliced(0, f, f + 1).squeezed(0).contiguous();
  };
  const auto input = [](const reenact::DrivingPoints& p) {
    return reenact::driving_input(reenact::draw_points(p), 64);
  };
  reenact::Reenactor reenactor(networks().model, {.steps = 2, .inversion_steps = 4});
  reenactor.take_source(reenact::picture_to_tensor(picture(0)),
                        input(driving.of_source(picture(0))));
  const Tensor made = reenact::tensor_to_picture(
      reenactor.frames(input(driving.of_driver(picture(2), 2))).contiguous());
  const Tensor shown = named(unit, kOurs).shown;  // the middle and the last of its two frames
  CHECK(made.to_vector<std::uint8_t>() ==
        shown.sliced(0, 1, 2).contiguous().to_vector<std::uint8_t>());
}

TEST_SUITE("slow") {
  TEST_CASE("eval: threads and batches change no bit, and the work is what was said") {
    const int before = thread_count();
    EvalOptions one = quick();
    one.batch = 1;
    const Evaluation a = evaluation_of(quick()), b = evaluation_of(one);
    REQUIRE(a.units().size() >= 5);
    for (const Unit& unit : a.units()) {
      CAPTURE(std::string(name_of(unit.kind)));
      CountedWork work;
      set_thread_count(1);
      const UnitResult first = a.run(unit, &work);
      CHECK(work.sum == a.work(unit));
      set_thread_count(2);
      CHECK(same_numbers(first, b.run(unit)));
    }
    set_thread_count(before);
  }

  TEST_CASE("eval: studio and judge on the device give the pictures and numbers of the CPU") {
    if (!start_test_device()) return;
    const EvalClip clip = clip_of(0);
    const auto made_by = [&](const FilledNetworks& n) {
      const Studio studio(n.subjects(), PointsFrom::networks, 0, 2, nullptr);
      const Sampling short_run{.steps = 2, .inversion_steps = 2};
      const Tensor first = clip.frames({0});
      const Made all[] = {
          studio.reenacted(clip, 0, clip, {1}, short_run), studio.autoencoded(first, short_run),
          studio.from_codes(clip, first, clip.frames({2}), {.steps = 2, .random_x_T = true})};
      const Readings r = read_pictures(n.judge, clip.frames({1}), kEveryFace);
      std::vector<std::string> digests;
      for (const Made& made : all) digests.push_back(digest_of(made.pictures));
      for (const Tensor& x : {r.landmarks, r.angles, r.expression, r.gaze, r.embedding})
        digests.push_back(digest_of(x));
      for (const Tensor& x : r.features) digests.push_back(digest_of(x));
      return digests;
    };
    FilledNetworks on_device;
    on_device.move_to(Device::cuda);
    for (const nn::Module* m : std::initializer_list<const nn::Module*>{
             &on_device.model, &on_device.diffae, &on_device.judge})
      REQUIRE(nn::device_of(*m) == Device::cuda);
    CHECK(made_by(networks()) == made_by(on_device));
  }
}

TEST_CASE("eval: across persons the copy is the source and not the driver") {
  EvalOptions o = quick();
  o.points = PointsFrom::truth;
  const UnitResult unit = evaluation_of(o).run({TableKind::cross, 0});
  REQUIRE(unit.rows.size() == 3);
  const UnitRow &copy = named(unit, kCopy), &driver = named(unit, kTarget);
  CHECK(copy.frames == 3);
  CHECK(copy.measures[Metric::csim][2] == doctest::Approx(1).epsilon(1e-6));
  CHECK(copy.measures[Metric::csim_driver][2] < 0.999999);
  CHECK(driver.measures[Metric::apd][1] == 0);
  CHECK(driver.measures[Metric::csim_driver][1] == doctest::Approx(1).epsilon(1e-6));
  CHECK(copy.measures[Metric::psnr].empty());
  CHECK(copy.measures[Metric::nme].empty());
}

TEST_CASE("eval: a frame without a face is counted and has its picture's numbers only") {
  EvalOptions o = quick();
  o.least_confidence = 1e30;
  const UnitResult unit = evaluation_of(o).run({TableKind::self, 0});
  for (const UnitRow& row : unit.rows) {
    CHECK(row.failed == 2);
    CHECK(std::isnan(row.measures[Metric::apd][0]));
    CHECK(std::isnan(row.measures[Metric::csim][1]));
    CHECK_FALSE(std::isnan(row.measures[Metric::ssim][0]));
  }
  const Table table = table_of(TableKind::self, {unit});
  CHECK((*table.row(kOurs))[Metric::apd].left_out == 2);
  CHECK(std::isnan((*table.row(kOurs))[Metric::apd].mean));
  for (const Gate& gate : gates_of(table, table))
    if (gate.unit == "%") CHECK_FALSE(gate.measured());
}

TEST_CASE("eval: what is kept comes back, and only to the same evaluation") {
  const test::TestFolder folder;
  const Unit unit{TableKind::self, 1};
  const UnitResult made = evaluation_of(quick()).run(unit);
  const std::string path = folder / "self-001.safetensors";
  CHECK_FALSE(kept_unit(path, unit, "a").has_value());
  keep_unit(path, made, "a");
  const auto kept = kept_unit(path, unit, "a");
  REQUIRE(kept.has_value());
  CHECK(same_numbers(made, *kept));
  CHECK(kept->rows[0].frame_seconds == made.rows[0].frame_seconds);
  CHECK(kept->rows[0].shown.to_vector<std::uint8_t>() ==
        made.rows[0].shown.to_vector<std::uint8_t>());
  CHECK_THROWS_AS(kept_unit(path, unit, "b"), UsageError);
}

TEST_CASE("eval: means are over frames and over clips, without what is missing") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Table table =
      table_of(TableKind::self, {{{TableKind::self, 0}, {row_with("x", Metric::apd, {1, 2})}},
                                 {{TableKind::cross, 0}, {row_with("x", Metric::apd, {100})}},
                                 {{TableKind::self, 1}, {row_with("x", Metric::apd, {6, none})}}});
  REQUIRE(table.rows.size() == 1);
  const TableCell& cell = table.rows[0][Metric::apd];
  CHECK(cell.mean == 3);
  CHECK(cell.clip_mean == 3.75);
  CHECK(cell.measured == 3);
  CHECK(cell.left_out == 1);
  CHECK_FALSE(table.rows[0][Metric::psnr].means_something());
  TableRow row;
  row.clips = 2;
  row.frames = 50;
  row.source_seconds = 6;
  row.frame_seconds = 5;
  CHECK(row.seconds_per_200() == 23);  // 6 / 2 + 200 * 5 / 50
  CHECK(row.frames_per_second() == 10);
}

TEST_CASE("eval: gates are met by values on their side") {
  CHECK(closed(10, 2, 4) == 0.75);
  CHECK(std::isnan(closed(2, 2, 1)));
  CHECK(std::isnan(closed(2, 3, 4)));  // worse than both is no way gone
  const Gate least{.name = "a", .unit = "", .value = 32, .first = 32, .good = 35};
  CHECK(least.met());
  CHECK_FALSE(least.is_good());
  const Gate most{.name = "b", .unit = "", .value = 3.5, .first = 3, .good = 2, .higher = false};
  CHECK_FALSE(most.met());
  const auto unit = [](const std::string& name, double apd) {
    return row_with(name, Metric::apd, {apd});
  };
  const Table self =
      table_of(TableKind::self, {{{TableKind::self, 0},
                                  {unit(std::string(kOurs), 3), unit(std::string(kCopy), 11),
                                   unit(std::string(kUpper), 1)}}});
  const Table cross =
      table_of(TableKind::cross, {{{TableKind::cross, 0}, {unit(std::string(kOurs), 4.5)}}});
  int seen = 0;
  for (const Gate& gate : gates_of(self, cross)) {
    if (gate.name == "self: APD closed") {
      CHECK(gate.value == doctest::Approx(80));
      CHECK(gate.met());
      CHECK_FALSE(gate.is_good());
      ++seen;
    }
    if (gate.name == "cross: APD against the self figure") {
      CHECK(gate.value == 1.5);
      CHECK(gate.met());
      ++seen;
    }
    if (gate.name == "autoencoding, PSNR") CHECK_FALSE(gate.measured());
  }
  CHECK(seen == 2);
}

TEST_CASE("eval: pictures of another size and steps that cannot be are refused") {
  EvalOptions o = quick();
  o.steps = 999;
  CHECK_THROWS_AS(evaluation_of(o), UsageError);
  world::BenchSet large = kSet;
  large.plan.size = 128;
  CHECK_THROWS_AS(Evaluation(large, networks().subjects(), networks().judge, quick()), UsageError);
}
