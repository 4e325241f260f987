// The way through on fill-rule weights: the reenactment encoder, the Reenactor, landmark files, clips.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "io/image.hpp"
#include "io/npy.hpp"
#include "reenact/picture.hpp"
#include "reenact/pipeline/clip.hpp"
#include "reenact/pipeline/heads64.hpp"
#include "reenact/pipeline/landmark_file.hpp"
#include "reenact/world/dataset.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"
#include "tests/cuda/device.hpp"
#include "tests/reenact/clips.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::reenact;

namespace {

const diffusion::DiffAEConfig& tiny() { return diffusion::diffae_config("tiny"); }

// The reference names the same tensors after what they are.
std::string reference_name(const std::string& key) {
  if (key.starts_with("controlnet.")) return "encoder." + key.substr(11);
  return "zero_conv." + key.substr(12);
}

std::unique_ptr<ReenactmentModel> filled_model(const std::string& preset) {
  auto model = std::make_unique<ReenactmentModel>(tiny(), preset_of(preset));
  nn::fill_by_name(*model);
  return model;
}

}  // namespace

TEST_CASE("reenactment encoder: z_r, L1 loss and gradients equal the reference") {
  const auto golden = read_safetensors(test::golden_path("diffae_tiny.safetensors")).tensors;
  ReenactmentEncoder model(tiny());
  // the zero convolution too: with zeros its gradient would be tested at one point only
  for (auto& p : nn::state(model))
    p.var.set_value(nn::fill_tensor(reference_name(p.key), p.var.shape()));
  const Var z_r = model(Var(golden.at("input.image")), Var(golden.at("reenact.y_t")));
  CHECK_CLOSE(z_r.value(), golden.at("reenact.z_r"), 1e-5);

  const Var target = flip(Var(golden.at("z_sem")), {0});  // the two samples swapped
  const Var loss = mean(abs(sub(z_r, target)));
  CHECK_CLOSE(loss.value().reshaped({1}), golden.at("reenact.l1_mean"), 1e-5);
  backward(loss);
  int compared = 0;
  for (const auto& p : nn::parameters(model)) {
    const auto want = golden.find("reenact.grad." + reference_name(p.key));
    if (want == golden.end()) continue;
    CAPTURE(p.key);
    CHECK_CLOSE(p.var.grad(), want->second, 1e-4 * test::max_abs(want->second));
    ++compared;
  }
  CHECK(compared == 3);
}

TEST_CASE("reenactment encoder: begins as the autoencoder's, whatever the driving picture") {
  diffusion::DiffAE autoencoder(tiny());
  nn::fill_by_name(autoencoder);
  ReenactmentEncoder model(tiny());
  nn::fill_by_name(model, 5);
  model.init_from(autoencoder.encoder);
  const Var image(rand({2, 3, 32, 32}, {.use = "image"})), y(rand({2, 3, 32, 32}, {.use = "y"}));
  const std::string z_sem = digest_of(autoencoder.encoder(image).value());
  CHECK(digest_of(model(image, y).value()) == z_sem);
  // and trains alone: an optimiser writes into its weights where they are
  for (auto& p : nn::parameters(model)) {
    Tensor weights = p.var.value();
    weights.mutate<float>()[0] += 1;
  }
  CHECK(digest_of(model(image, y).value()) != z_sem);
  CHECK(digest_of(autoencoder.encoder(image).value()) == z_sem);
  CHECK_THROWS_AS(model(image, Var(rand({1, 3, 32, 32}, {.use = "y"}))), ShapeError);
}

TEST_CASE("reenactor: the preset says which UNet copy inverts and which decodes") {
  const Tensor image = picture_to_tensor(test::head_picture(32, 0));
  const Tensor driving = driving_input(draw_points(test::face_points(0)), 32);
  const auto made = [&](const std::string& preset) {
    const auto model = filled_model(preset);
    Reenactor reenactor(*model, {.steps = 4, .inversion_steps = 5});
    reenactor.take_source(image, driving);
    return std::pair{digest_of(reenactor.x_T()), digest_of(reenactor.frames(driving))};
  };
  const auto authors = made("authors"), ema = made("ema"), plain = made("plain");
  CHECK(authors.first == ema.first);
  CHECK(authors.first != plain.first);
  CHECK(authors.second != ema.second);
  CHECK(authors.second != plain.second);
  std::vector<std::string> keys;
  for (const auto& p : nn::state(*filled_model("plain"))) keys.push_back(p.key);
  CHECK(keys.front() == "controlnet.input_blocks.0.0.weight");
  CHECK(keys.back() == "model.out.2.bias");
  CHECK_THROWS_WITH_AS(preset_of("emma"), doctest::Contains("authors, ema, plain"), UsageError);
}

TEST_CASE("reenactor: a frame is the sum of its parts, and the same in any batch") {
  const auto model = filled_model("authors");
  const Tensor image = picture_to_tensor(test::head_picture(32, 0));
  Tensors driving;
  for (int i = 0; i < 3; ++i)
    driving.push_back(driving_input(draw_points(test::face_points(i)), 32));
  Reenactor reenactor(*model, {.steps = 4, .inversion_steps = 5});
  CHECK_THROWS_AS(reenactor.frames(driving[0]), UsageError);
  reenactor.take_source(image, driving[0]);

  const diffusion::Schedule schedule = diffusion::linear_schedule();
  const NoGrad no_grad;
  const Var z_src = model->encoder(Var(image), Var(driving[0]));
  const Var x_T = diffusion::ddim_invert(model->inverting(), diffusion::respace(schedule, 5),
                                         Var(image), z_src);
  const Var z_r = model->encoder(Var(image), Var(driving[2]));
  const Var frame =
      diffusion::ddim_decode(model->decoding(), diffusion::respace(schedule, 4), x_T, z_r);
  const Tensor together = reenactor.frames(cat(driving, 0));
  CHECK(digest_of(together.sliced(0, 2, 3)) == digest_of(frame.value()));
  CHECK(digest_of(together.sliced(0, 0, 1)) == digest_of(reenactor.frames(driving[0])));
  CHECK(digest_of(together.sliced(0, 0, 1)) != digest_of(together.sliced(0, 1, 2)));
  CHECK_THROWS_AS(Reenactor(*model, {.steps = 37}), UsageError);
}

TEST_SUITE("slow") {
  TEST_CASE("reenactor and tracker: a model on the device gives the bits of the CPU") {
    if (!start_test_device()) return;
    const Tensor image = picture_to_tensor(test::head_picture(32, 0));
    const Tensor driving = driving_input(draw_points(test::face_points(1)), 32);
    const Tensor face = test::head_picture(64, 0);
    const auto made = [&](Device device) {
      const auto model = filled_model("authors");
      nn::move_to(*model, device);
      Reenactor reenactor(*model, {.steps = 2, .inversion_steps = 2});
      reenactor.take_source(image, driving);
      nets::FaceEstimator estimator;
      nets::GazeEstimator gaze;
      for (nn::Module* each :
           {static_cast<nn::Module*>(&estimator), static_cast<nn::Module*>(&gaze)}) {
        nn::fill_by_name(*each);
        nn::move_to(*each, device);
      }
      const FaceState state = Heads64Tracker(estimator, gaze).track(face);
      return std::vector<std::string>{
          digest_of(reenactor.z_src()), digest_of(reenactor.x_T()),
          digest_of(reenactor.frames(driving)), digest_of(state.identity),
          digest_of(from_vector(std::vector<double>{state.gaze.pitch, state.gaze.yaw}, {2}))};
    };
    CHECK(made(Device::cpu) == made(Device::cuda));
  }
}

TEST_CASE("landmark files: three formats, one meaning") {
  const test::TestFolder folder;
  const test::TestClip clip = test::write_clip(folder, 3, 48);
  const LandmarkFile npy(clip.landmarks);
  CHECK(npy.frames() == 3);
  const Tensor all = read_npy(clip.landmarks);  // f64 [3, 70, 2]
  write_safetensors(folder / "l.safetensors",
                    {{"landmarks", all.sliced(1, 0, 68).contiguous()},
                     {"gaze_points", all.sliced(1, 68, 70).contiguous()}});
  std::string json;
  for (std::int64_t f = 0; f < 3; ++f) {
    const auto pairs = [&](std::int64_t begin, std::int64_t end) {
      std::string text;
      for (std::int64_t i = begin; i < end; ++i) {
        const Tensor p = all.sliced(0, f, f + 1).sliced(1, i, i + 1);
        text += (text.empty() ? "[" : ", ") + std::string("[") +
                std::to_string(p.sliced(2, 0, 1).item()) + ", " +
                std::to_string(p.sliced(2, 1, 2).item()) + "]";
      }
      return text + "]";
    };
    json += "{\"frame\": " + std::to_string(f) + ", \"landmarks\": " + pairs(0, 68) +
            ", \"gaze_points\": " + pairs(68, 70) + "}\n";
  }
  write_file(folder / "l.jsonl", json + "{\"landmarks\": null}\n");
  const LandmarkFile tensors(folder / "l.safetensors"), lines(folder / "l.jsonl");
  CHECK(lines.frames() == 4);
  CHECK_FALSE(lines.points(3).found);
  for (std::int64_t f = 0; f < 3; ++f) {
    const DrivingPoints a = npy.points(f), b = tensors.points(f), c = lines.points(f);
    CHECK(a.landmarks == b.landmarks);
    CHECK(a.gaze.left == b.gaze.left);
    CHECK(c.found);
    CHECK(c.landmarks[67].x == doctest::Approx(a.landmarks[67].x).epsilon(1e-5));
    CHECK(c.gaze.right.y == doctest::Approx(a.gaze.right.y).epsilon(1e-5));
  }
  // without gaze points the eyes look straight ahead: the middle of each eye
  write_npy(folder / "plain.npy", all.sliced(1, 0, 68).contiguous());
  const DrivingPoints plain = LandmarkFile(folder / "plain.npy").points(1);
  CHECK(plain.gaze.left == face::eye_box(plain.landmarks, face::Eye::left).centre);
}

TEST_CASE("landmark files that are not what they should be are refused, with file and place") {
  const test::TestFolder folder;
  write_npy(folder / "a.npy", zeros({2, 67, 2}));
  write_npy(folder / "b.npy", zeros({0, 68, 2}));
  write_safetensors(folder / "c.safetensors", {{"points", zeros({2, 68, 2})}});
  write_safetensors(folder / "d.safetensors",
                    {{"landmarks", zeros({2, 68, 2})}, {"gaze_points", zeros({1, 2, 2})}});
  write_file(folder / "e.jsonl", "{\"landmarks\": [[1, 2]]}");
  write_file(folder / "f.jsonl", "{\"frame\": 1}\n");
  write_file(folder / "g.jsonl", "\n\n");
  write_file(folder / "h.jsonl", "[1]");
  for (const char* name : {"a.npy", "b.npy", "c.safetensors", "d.safetensors", "e.jsonl", "f.jsonl",
                           "g.jsonl", "h.jsonl", "none.npy"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(LandmarkFile(folder / name), doctest::Contains(name), IoError);
  }
  CHECK_THROWS_AS(LandmarkFile(folder / "a.txt"), UsageError);
}

TEST_CASE("landmark files: the lines that synth writes, with eyes in degrees") {
  const test::TestFolder folder;
  const world::DrawnClip drawn =
      world::draw_clip(world::make_clip(5, 0, 2, 1), 2, 1, 64, /*labels_and_depth=*/false);
  const world::Truth& truth = drawn.truth[1];
  std::string line = "{\"frame\":0,\"eyes\":[" + std::to_string(truth.pose.gaze_x) + "," +
                     std::to_string(truth.pose.gaze_y) + "],\"landmarks\":[";
  for (std::size_t i = 0; i < truth.landmarks.size(); ++i)
    line += (i > 0 ? ",[" : "[") + std::to_string(truth.landmarks[i][0]) + "," +
            std::to_string(truth.landmarks[i][1]) + "]";
  write_file(folder / "frames.jsonl", line + "]}\n");
  const DrivingPoints points = LandmarkFile(folder / "frames.jsonl").points(0);
  // the irises turn to where the gaze points lie
  const face::EyeBox eye = face::eye_box(points.landmarks, face::Eye::left);
  const double turned = static_cast<double>(truth.pose.gaze_x);
  CHECK((points.gaze.left.x - eye.centre.x) * turned >= 0);
  CHECK(points.gaze.left.x ==
        doctest::Approx(eye.centre.x +
                        eye.width / 2 * std::sin(turned * 0.01745329252) *
                            std::cos(static_cast<double>(truth.pose.gaze_y) * 0.01745329252)));
}

namespace {

// States that are known before anything is tracked: one per call.
class ToldTracker final : public FaceTracker {
 public:
  explicit ToldTracker(std::vector<FaceState> states) : states_(std::move(states)) {}
  FaceState track(const Tensor&) override { return states_.at(at_++); }

 private:
  std::vector<FaceState> states_;
  std::size_t at_ = 0;
};

// 68 vertices in a plane, each a landmark; five joints, two directions of each kind.
face::MorphableModel flat_face() {
  const auto made = [](const std::string& name, const Shape& shape) {
    return nn::fill_tensor(name, shape, 0, "bias");  // 0.1 u
  };
  return face::MorphableModel(
      {.v_template = made("v", {68, 3}),
       .identity_basis = made("identity", {68, 3, 2}),
       .expression_basis = made("expression", {68, 3, 2}),
       .pose_basis = {},
       .joint_regressor = full({5, 68}, 1.0 / 68),
       .joint_template = {},
       .joint_basis = {},
       .weights = full({68, 5}, 0.2),
       .parents = from_vector(std::vector<std::int64_t>{-1, 0, 1, 1, 1}, {5}),
       .faces = from_vector(std::vector<std::int64_t>{0, 1, 2}, {1, 3}),
       .landmarks = {.contour = {},
                     .fixed = face::points_at_vertices([] {
                       std::vector<std::int64_t> all(68);
                       for (std::size_t i = 0; i < 68; ++i) all[i] = static_cast<std::int64_t>(i);
                       return all;
                     }()),
                     .full = {}}});
}

FaceState random_state(std::uint32_t number) {
  const auto draw = [&](const char* use, std::int64_t n) {
    return randn({n}, {.use = use, .draw = number});
  };
  Tensor camera = draw("camera", 3);
  camera.mutate<float>()[0] = 5;
  return {.identity = draw("identity", 2),
          .expression = draw("expression", 2),
          .pose = draw("pose", 6),
          .camera = camera,
          .gaze = {.pitch = 0.1, .yaw = -0.2},
          .confidence = number == 2 ? -1.0 : 1.0};
}

}  // namespace

TEST_CASE("tracked driving: the source's shape in the driver's pose, expression and camera") {
  const face::MorphableModel model = flat_face();
  const FaceState source = random_state(0), driver = random_state(1);
  TrackedDriving driving(
      std::make_unique<ToldTracker>(std::vector{source, driver, random_state(2)}),
      std::make_unique<MorphableLandmarks>(model));
  CHECK_THROWS_AS(driving.of_driver({}, 0), UsageError);
  driving.of_source({});
  const DrivingPoints points = driving.of_driver({}, 0);
  const auto params = [](const FaceState& s) {
    return face::MorphableParams{Var(s.identity.unsqueezed(0)), Var(s.expression.unsqueezed(0)),
                                 face::flame_pose(Var(s.pose.unsqueezed(0))),
                                 Var(s.camera.unsqueezed(0))};
  };
  const Tensor want =
      model.landmark_pixels(face::head_motion(params(source), params(driver))).value();
  CHECK_CLOSE(face::tensor_of(points.landmarks).to(DType::f32), want.reshaped({68, 2}), 0);
  CHECK(points.gaze.left ==
        face::gaze_point(face::eye_box(points.landmarks, face::Eye::left), driver.gaze));
  CHECK(points.found);
  CHECK_FALSE(driving.of_driver({}, 1).found);  // confidence below 0
}

TEST_CASE("head landmarks: the codes of a drawn head give the landmarks it was drawn with") {
  const world::Clip clip = world::make_clip(3, 1, 4, 5);
  const world::DrawnClip drawn = world::draw_clip(clip, 4, 5, 64, /*labels_and_depth=*/false);
  const HeadLandmarks model;
  const auto tensor = [](std::span<const float> v) {
    return from_vector(v, {static_cast<std::int64_t>(v.size())});
  };
  const head::HeadModel& head = head::head_model();
  for (const world::Truth& truth : drawn.truth) {
    const head::Camera& camera = clip.scene().camera;
    const FaceState state{
        .identity = tensor(head::orthonormal_codes(head, clip.person()->identity())),
        .expression = tensor(head::orthonormal_expression(head, truth.pose.expression)),
        .pose =
            tensor(std::array{truth.pose.yaw, truth.pose.pitch, truth.pose.roll, truth.pose.jaw}),
        .camera = tensor(std::array{camera.scale, camera.tx, camera.ty}),
        .gaze = {}};
    const face::Landmarks68 points = model.landmarks(state);
    double worst = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
      worst = std::max({worst,
                        std::fabs(points[i].x - 3.5 * static_cast<double>(truth.landmarks[i][0])),
                        std::fabs(points[i].y - 3.5 * static_cast<double>(truth.landmarks[i][1]))});
    CHECK(worst < 0.02);
  }
  FaceState wild = random_state(1);  // far outside: brought to what a head can do
  wild.identity = full({36}, 1e6);
  wild.expression = full({32}, -1e6);
  wild.pose = full({4}, 1e6);
  CHECK(face::all_finite(model.landmarks(wild)));
  wild.pose = full({4}, NAN);
  CHECK_THROWS_AS(model.landmarks(wild), NumericError);
}

TEST_CASE("points of a picture lie where its centred square shows them") {
  const CentredSquare wide = CentredSquare::of(zeros({100, 300, 3}, DType::u8));
  CHECK(wide.left == 100);
  CHECK(wide.to_frame({100, 0}) == face::Point2{0, 0});
  CHECK(wide.to_frame({200, 100}) == face::Point2{224, 224});
  CHECK(wide.to_picture({112, 112}) == face::Point2{150, 50});
}

namespace {

// A whole clip on fill-rule weights.
struct ClipRun {
  test::TestFolder folder;
  std::unique_ptr<ReenactmentModel> model = filled_model("authors");
  Reenactor reenactor{*model, {.steps = 4, .inversion_steps = 5}};

  std::string digest(const test::TestClip& clip, ClipOptions options = {}) {
    static int number = 0;
    FileDriving driving{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks)};
    Clip run(reenactor, driving, options);
    run.take_source(read_image(clip.source), clip.source);
    const auto reader = open_frames(clip.folder);
    out = folder / ("out" + std::to_string(number++));
    const auto writer = create_frames(out, {});
    CHECK(run.run(*reader, clip.folder, *writer));
    writer->finish();
    CHECK(run.frames() == reader->expected());
    held = run.held();
    return run.digest();
  }
  std::string out;
  std::int64_t held = 0;
};

}  // namespace

TEST_CASE("a clip: one digest for any batch and any number of threads; what is written is it") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 3, 48);
  const int threads = thread_count();
  set_thread_count(1);
  const std::string one = run.digest(clip, {.batch = 1});
  set_thread_count(2);
  CHECK(run.digest(clip, {.batch = 2}) == one);
  CHECK(run.digest(clip) == one);
  set_thread_count(threads);

  Sha256 sha;
  const auto reader = open_frames(run.out);
  for (Tensor f = reader->next(); f.defined(); f = reader->next())
    sha.update(f.data<std::uint8_t>(), static_cast<std::size_t>(f.numel()));
  CHECK(sha.finish() == one);

  CHECK(run.digest(clip, {.side_by_side = true}) == one);  // of the results alone
  CHECK(read_image(run.out + "/000000" + test::picture_ending()).shape() == Shape{32, 96, 3});
}

TEST_CASE("a clip: a frozen driver gives one frame again and again") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 5, 40, /*frozen=*/true);
  run.digest(clip, {.batch = 2});
  const std::string first = digest_of(read_image(run.out + "/000000" + test::picture_ending()));
  for (int i = 1; i < 5; ++i)
    CHECK(digest_of(read_image(run.out + "/00000" + std::to_string(i) + test::picture_ending())) ==
          first);
}

TEST_CASE("a clip: smoothing has its own state in every run, and knows no batch") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 5, 40);
  const std::string plain = run.digest(clip, {.batch = 1});
  const std::string smooth = run.digest(clip, {.batch = 1, .smoothing = 0.8});
  CHECK(smooth != plain);
  CHECK(run.digest(clip, {.batch = 2, .smoothing = 0.8}) == smooth);
  CHECK(run.digest(clip, {.batch = 5, .smoothing = 0.8}) == smooth);
  CHECK(run.digest(clip, {.batch = 2, .smoothing = 0}) == plain);
  CHECK_THROWS_WITH_AS(run.digest(clip, {.smoothing = 1}), doctest::Contains("got 1"), UsageError);

  // a frame without a face does not enter the filter: the others are smoothed as if it were not there
  Tensor points = read_npy(clip.landmarks);
  points.mutate<double>()[2 * 140 + 7] = NAN;
  write_npy(clip.landmarks, points);
  const auto frame = [&](int i) {
    return digest_of(read_image(run.out + "/00000" + std::to_string(i) + test::picture_ending()));
  };
  run.digest(clip, {.on_missing = OnMissing::hold, .smoothing = 0.8});
  CHECK(frame(2) == frame(1));
  const std::string after = frame(3);
  std::filesystem::remove(clip.folder + "/2" + test::picture_ending());
  write_npy(clip.landmarks, cat(Tensors{points.sliced(0, 0, 2), points.sliced(0, 3, 5)}, 0));
  run.digest(clip, {.smoothing = 0.8});
  CHECK(frame(2) == after);
}

TEST_CASE("a clip: colours are matched to the source, each frame by itself") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 3, 48);
  const auto frame = [&](int i) {
    return read_image(run.out + "/00000" + std::to_string(i) + test::picture_ending());
  };
  const std::string plain = run.digest(clip);
  const Tensor unmatched = frame(2);
  const std::string matched = run.digest(clip, {.batch = 1, .match_colour = true});
  CHECK(matched != plain);
  CHECK(run.digest(clip, {.batch = 3, .match_colour = true}) == matched);  // as it is written
  const ColourMatch match(picture_to_square(read_image(clip.source), 32));
  CHECK(digest_of(frame(2)) == digest_of(match(unmatched)));
}

TEST_CASE("a clip: relative motion is measured from a frame that shows a face") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 3, 40, /*frozen=*/true);
  struct Drawn final : ClipWatcher {
    void after_frame(const ClipFrame& frame) override { drawn.push_back(digest_of(frame.drawn)); }
    std::vector<std::string> drawn;
  } watcher;
  FileDriving driving{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks),
                      Motion::relative};
  Clip still(run.reenactor, driving, {}, &watcher);
  const auto reader = open_frames(clip.folder);
  still.take_reference(test::head_picture(40, 0), 1, "driver");
  still.take_source(read_image(clip.source), clip.source);
  const auto writer = create_frames(run.folder / "still", {});
  CHECK(still.run(*reader, clip.folder, *writer));
  // the driver does not move, so neither does the source
  CHECK(watcher.drawn == std::vector<std::string>(3, digest_of(still.source().drawn)));

  write_npy(clip.landmarks, full({3, 68, 2}, NAN));
  FileDriving faceless{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks),
                       Motion::relative};
  Clip none(run.reenactor, faceless, {.on_missing = OnMissing::hold});
  CHECK_THROWS_WITH_AS(
      none.take_reference(test::head_picture(40, 0), 1, "driver"),
      doctest::Contains("driver: frame 1, from which motion is measured, must show a face"),
      IoError);
}

TEST_CASE("a clip: memory is the same for ten frames and for forty") {
  ClipRun run;
  const test::TestClip ten = test::write_clip(run.folder, 10, 40),
                       forty = test::write_clip(run.folder, 40, 40);
  const ClipOptions options{.smoothing = 0.5, .match_colour = true};
  run.digest(ten, options);  // packed weights and caches are there from now on
  const auto peak = [&](const test::TestClip& clip) {
    reset_memory_peak();
    run.digest(clip, options);
    return memory_stats().peak;
  };
  const auto a = static_cast<double>(peak(ten)), b = static_cast<double>(peak(forty));
  CHECK(std::fabs(a - b) <= 0.01 * a);
}

TEST_CASE("a clip: frames without a face end it, or are held; frames before stay") {
  ClipRun run;
  const test::TestClip clip = test::write_clip(run.folder, 4, 40);
  Tensor points = read_npy(clip.landmarks);
  for (const std::int64_t frame : {0, 2}) points.mutate<double>()[frame * 140 + 7] = NAN;
  write_npy(clip.landmarks, points);
  run.digest(clip, {.on_missing = OnMissing::hold});
  CHECK(run.held == 2);
  const auto frame = [&](int i) {
    return digest_of(read_image(run.out + "/00000" + std::to_string(i) + test::picture_ending()));
  };
  CHECK(frame(2) == frame(1));
  CHECK(frame(3) != frame(2));

  FileDriving driving{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks)};
  Clip failing(run.reenactor, driving, {.batch = 1});
  failing.take_source(read_image(clip.source), clip.source);
  const auto writer = create_frames(run.folder / "failing", {});
  const auto reader = open_frames(clip.folder);
  CHECK_THROWS_WITH_AS(failing.run(*reader, "driver", *writer),
                       doctest::Contains("driver: frame 0 must show a face, got none"), IoError);

  // rows end before the pictures do
  write_npy(clip.landmarks, read_npy(clip.landmarks).sliced(0, 1, 2).contiguous());
  FileDriving fewer{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks)};
  Clip short_run(run.reenactor, fewer, {.batch = 1});
  short_run.take_source(read_image(clip.source), clip.source);
  const auto again = open_frames(clip.folder);
  CHECK_THROWS_WITH_AS(short_run.run(*again, "driver", *writer),
                       doctest::Contains("got 1 rows, and frame 1 is asked for"), IoError);
  CHECK(writer->written() == 1);

  write_npy(clip.source_landmarks, full({1, 68, 2}, NAN));
  FileDriving faceless{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks)};
  Clip no_source(run.reenactor, faceless, {});
  CHECK_THROWS_WITH_AS(no_source.take_source(read_image(clip.source), "me.png"),
                       doctest::Contains("me.png: the source must show a face"), IoError);
}
