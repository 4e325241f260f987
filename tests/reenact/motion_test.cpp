// What of the driver reaches the source: motion and strengths, smoothing, colours.
#include "reenact/pipeline/motion.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "io/npy.hpp"
#include "reenact/face/metrics.hpp"
#include "reenact/pipeline/colour_match.hpp"
#include "reenact/pipeline/landmark_file.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/random.hpp"
#include "tests/reenact/clips.hpp"

using namespace dact;
using namespace dact::reenact;

namespace {

// A state of random numbers, as the heads64 family has them; the camera's scale is above 0.
FaceState drawn_state(std::uint32_t number) {
  const auto draw = [&](const char* use, std::int64_t n) {
    return randn({n}, {.use = use, .draw = number});
  };
  Tensor camera = draw("camera", 3);
  camera.mutate<float>()[0] = 0.7F + 0.1F * static_cast<float>(number);
  const std::vector<float> gaze = draw("gaze", 2).to_vector<float>();
  return {.identity = draw("identity", 5),
          .expression = draw("expression", 6),
          .pose = draw("pose", 4),
          .camera = camera,
          .gaze = {.pitch = static_cast<double>(gaze[0]), .yaw = static_cast<double>(gaze[1])},
          .confidence = 1.0 + number};
}

std::vector<double> numbers_of(const Tensor& x) {
  std::vector<double> out;
  for (const float v : x.to_vector<float>()) out.push_back(static_cast<double>(v));
  return out;
}

// Region by region, the bits.
struct Regions {
  std::string turns, jaw, expression, camera;
  double pitch, yaw;
  explicit Regions(const FaceState& s)
      : turns(digest_of(s.pose.sliced(0, 0, 3))),
        jaw(digest_of(s.pose.sliced(0, 3, s.pose.size(0)))),
        expression(digest_of(s.expression)),
        camera(digest_of(s.camera)),
        pitch(s.gaze.pitch),
        yaw(s.gaze.yaw) {}
  bool operator==(const Regions&) const = default;
};

// Shows a state in its points, and its gaze as every model does.
class PlainLandmarks final : public LandmarkModel {
 public:
  face::Landmarks68 landmarks(const FaceState& s) const override {
    face::Landmarks68 points = test::face_points(0).landmarks;
    const auto pose = numbers_of(s.pose), camera = numbers_of(s.camera),
               expression = numbers_of(s.expression), identity = numbers_of(s.identity);
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i].x = camera[0] * points[i].x + camera[1] + pose[i % 4] + identity[i % 5];
      points[i].y = camera[0] * points[i].y + camera[2] + expression[i % 6];
    }
    return points;
  }
};

// One state per picture, in the order of asking.
class ListedTracker final : public FaceTracker {
 public:
  explicit ListedTracker(std::vector<FaceState> states) : states_(std::move(states)) {}
  FaceState track(const Tensor&) override { return states_.at(at_++); }

 private:
  std::vector<FaceState> states_;
  std::size_t at_ = 0;
};

TrackedDriving listed_driving(std::vector<FaceState> states, const MotionOptions& motion) {
  return TrackedDriving(std::make_unique<ListedTracker>(std::move(states)),
                        std::make_unique<PlainLandmarks>(), motion);
}

bool same_points(const DrivingPoints& a, const DrivingPoints& b) {
  return a.landmarks == b.landmarks && a.gaze.left == b.gaze.left && a.gaze.right == b.gaze.right;
}

}  // namespace

TEST_CASE("motion: strength 0 is the source's own state, 1 the driver's, bit for bit") {
  const FaceState source = drawn_state(0), driver = drawn_state(1);
  const FaceState whole = moved_state(source, {}, driver, {});
  CHECK(Regions(whole) == Regions(driver));
  CHECK(digest_of(whole.identity) == digest_of(source.identity));
  CHECK(whole.confidence == driver.confidence);
  for (const Motion motion : {Motion::absolute, Motion::relative}) {
    const FaceState none =
        moved_state(source, drawn_state(2), driver,
                    {.motion = motion, .pose = 0, .expression = 0, .gaze = 0, .camera = 0});
    CHECK(Regions(none) == Regions(source));
  }
}

TEST_CASE("motion: each region moves alone; the jaw goes with the expression") {
  const FaceState source = drawn_state(0), driver = drawn_state(1);
  const Regions of_source(source), of_driver(driver);
  const MotionOptions none{.pose = 0, .expression = 0, .gaze = 0, .camera = 0};
  MotionOptions alone = none;
  alone.pose = 1;
  Regions want = of_source;
  want.turns = of_driver.turns;
  CHECK(Regions(moved_state(source, {}, driver, alone)) == want);
  alone = none, want = of_source;
  alone.expression = 1;
  want.jaw = of_driver.jaw, want.expression = of_driver.expression;
  CHECK(Regions(moved_state(source, {}, driver, alone)) == want);
  alone = none, want = of_source;
  alone.gaze = 1;
  want.pitch = of_driver.pitch, want.yaw = of_driver.yaw;
  CHECK(Regions(moved_state(source, {}, driver, alone)) == want);
  alone = none, want = of_source;
  alone.camera = 1;
  want.camera = of_driver.camera;
  CHECK(Regions(moved_state(source, {}, driver, alone)) == want);
}

TEST_CASE("motion: strengths between and beyond, from the source or from the reference") {
  const FaceState source = drawn_state(0), reference = drawn_state(2), driver = drawn_state(1);
  const auto s = numbers_of(source.expression), b = numbers_of(reference.expression),
             d = numbers_of(driver.expression);
  const auto scale = [](const FaceState& state) { return numbers_of(state.camera)[0]; };
  for (const double k : {0.5, 1.0, 2.0}) {
    CAPTURE(k);
    const MotionOptions all{.pose = k, .expression = k, .gaze = k, .camera = k};
    const FaceState absolute = moved_state(source, reference, driver, all);
    MotionOptions change = all;
    change.motion = Motion::relative;
    const FaceState relative = moved_state(source, reference, driver, change);
    for (std::size_t i = 0; i < s.size(); ++i) {
      CHECK(numbers_of(absolute.expression)[i] == doctest::Approx(s[i] + k * (d[i] - s[i])));
      CHECK(numbers_of(relative.expression)[i] == doctest::Approx(s[i] + k * (d[i] - b[i])));
    }
    CHECK(relative.gaze.yaw ==
          doctest::Approx(source.gaze.yaw + k * (driver.gaze.yaw - reference.gaze.yaw)));
    CHECK(scale(absolute) ==
          doctest::Approx(scale(source) * std::pow(scale(driver) / scale(source), k)));
    CHECK(scale(relative) ==
          doctest::Approx(scale(source) * std::pow(scale(driver) / scale(reference), k)));
    CHECK(numbers_of(relative.camera)[2] ==
          doctest::Approx(numbers_of(source.camera)[2] +
                          k * (numbers_of(driver.camera)[2] - numbers_of(reference.camera)[2])));
  }
}

TEST_CASE("motion: relative to a driver that stands still is the source, whatever the strengths") {
  const FaceState source = drawn_state(0), driver = drawn_state(1);
  for (const double k : {0.3, 1.0, 2.7})
    CHECK(Regions(moved_state(
              source, driver, driver,
              {.motion = Motion::relative, .pose = k, .expression = k, .gaze = k, .camera = k})) ==
          Regions(source));
}

TEST_CASE("motion: strengths and states that cannot be are refused") {
  for (const double k : {-0.1, 3.1, std::numeric_limits<double>::quiet_NaN()}) {
    CAPTURE(k);
    CHECK_THROWS_WITH_AS(require_strengths({.pose = k}), doctest::Contains("pose: "), UsageError);
    CHECK_THROWS_WITH_AS(require_strengths({.expression = k}), doctest::Contains("expression: "),
                         UsageError);
    CHECK_THROWS_WITH_AS(require_strengths({.gaze = k}), doctest::Contains("gaze: "), UsageError);
    CHECK_THROWS_WITH_AS(require_strengths({.camera = k}), doctest::Contains("camera: "),
                         UsageError);
  }
  CHECK_THROWS_AS(listed_driving({}, {.gaze = 4}), UsageError);
  const FaceState source = drawn_state(0);
  FaceState driver = drawn_state(1);
  driver.camera.mutate<float>()[0] = -0.5F;
  CHECK_THROWS_WITH_AS(moved_state(source, {}, driver, {.camera = 0.5}),
                       doctest::Contains("above 0 to be divided, got -0.5"), NumericError);
  CHECK(Regions(moved_state(source, {}, driver, {})) == Regions(driver));  // nothing to divide
  driver = drawn_state(1);
  driver.pose = zeros({6});
  CHECK_THROWS_WITH_AS(moved_state(source, {}, driver, {}), doctest::Contains("[6]"), ShapeError);
}

TEST_CASE("tracked driving: relative motion begins with the reference's points") {
  const FaceState source = drawn_state(0), first = drawn_state(1), second = drawn_state(2);
  TrackedDriving driving =
      listed_driving({source, first, first, second}, {.motion = Motion::relative});
  const DrivingPoints own = driving.of_source({});
  CHECK_THROWS_WITH_AS(driving.of_driver({}, 0), doctest::Contains("a reference must be given"),
                       UsageError);
  driving.of_reference({}, 0);
  CHECK(same_points(driving.of_driver({}, 0), own));
  const DrivingPoints moved = driving.of_driver({}, 1);
  CHECK_FALSE(same_points(moved, own));
  FaceState want = moved_state(source, first, second, {.motion = Motion::relative});
  CHECK(moved.landmarks == PlainLandmarks().landmarks(want));
  CHECK(moved.gaze.left == face::gaze_points(moved.landmarks, want.gaze).left);

  TrackedDriving still =
      listed_driving({source, first}, {.pose = 0, .expression = 0, .gaze = 0, .camera = 0});
  const DrivingPoints before = still.of_source({});
  CHECK(same_points(still.of_driver({}, 0), before));
}

TEST_CASE("motion of points: the driver's change at the source's size") {
  const DrivingPoints source = test::face_points(3), first = test::face_points(0),
                      second = test::face_points(1);
  CHECK(same_points(moved_points(source, first, first), source));
  const DrivingPoints moved = moved_points(source, first, second);
  // a driver twice as large, elsewhere in its picture, says the same
  const auto larger = [](DrivingPoints points) {
    const auto at = [](face::Point2 p) { return face::Point2{2 * p.x + 30, 2 * p.y - 50}; };
    for (face::Point2& p : points.landmarks) p = at(p);
    points.gaze = {at(points.gaze.left), at(points.gaze.right)};
    return points;
  };
  const DrivingPoints again = moved_points(source, larger(first), larger(second));
  double change = 0;
  for (std::size_t i = 0; i < moved.landmarks.size(); ++i) {
    CHECK(moved.landmarks[i].x == doctest::Approx(again.landmarks[i].x));
    CHECK(moved.landmarks[i].y == doctest::Approx(again.landmarks[i].y));
    change += std::fabs(moved.landmarks[i].x - source.landmarks[i].x);
  }
  CHECK(change > 60);
  CHECK(moved.gaze.right.x == doctest::Approx(again.gaze.right.x));
  CHECK(moved.gaze.right.x != doctest::Approx(source.gaze.right.x));
  // one size: the plain sum
  const DrivingPoints same = moved_points(first, first, second);
  CHECK(same_points(same, second));
  DrivingPoints none = first;
  none.landmarks.fill({5, 5});
  CHECK_THROWS_AS(moved_points(source, none, second), NumericError);
}

TEST_CASE("landmark files: relative motion in the frame of points, from any row") {
  const test::TestFolder folder;
  const test::TestClip clip = test::write_clip(folder, 3, 48);
  const Tensor picture = test::head_picture(48, 0);
  FileDriving driving{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks),
                      Motion::relative};
  CHECK_THROWS_AS(driving.of_driver(picture, 0), UsageError);
  const DrivingPoints source = driving.of_source(picture);
  CHECK_THROWS_AS(driving.of_driver(picture, 0), UsageError);
  FileDriving absolute{LandmarkFile(clip.source_landmarks), LandmarkFile(clip.landmarks)};
  for (const std::int64_t from : {0, 2}) {
    const DrivingPoints reference = driving.of_reference(picture, from);
    CHECK(same_points(reference, absolute.of_driver(picture, from)));
    CHECK(same_points(driving.of_driver(picture, from), source));
    CHECK(same_points(driving.of_driver(picture, 1),
                      moved_points(source, reference, absolute.of_driver(picture, 1))));
  }
  CHECK_THROWS_AS(driving.of_reference(picture, 3), IoError);
}

TEST_CASE("smoothing: off changes nothing, and points that rest stay where they are") {
  PointSmoother off(0);
  for (int i = 0; i < 5; ++i) {
    DrivingPoints points = test::face_points(i);
    off.smooth(points);
    CHECK(same_points(points, test::face_points(i)));
  }
  PointSmoother strong(0.95);
  for (int i = 0; i < 5; ++i) {
    DrivingPoints points = test::face_points(2);
    strong.smooth(points);
    CHECK(same_points(points, test::face_points(2)));
  }
  for (const double wrong : {-0.1, 1.0, 5.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH_AS(PointSmoother{wrong}, doctest::Contains("smoothing: must be 0"),
                         UsageError);
}

TEST_CASE("smoothing: the equation on a step, and how late it is") {
  const auto steps = [](double smoothing) {
    PointSmoother smoother(smoothing);
    std::vector<double> at;
    for (int i = 0; i < 12; ++i) {
      DrivingPoints points;  // all at 0, then all at x = 20
      if (i > 0) {
        points.landmarks.fill({20, 0});
        points.gaze = {{20, 0}, {20, 0}};
      }
      smoother.smooth(points);
      CHECK(points.landmarks[0] == points.landmarks[67]);
      CHECK(points.landmarks[0] == points.gaze.right);
      CHECK(points.landmarks[0].y == 0);
      at.push_back(points.landmarks[0].x);
    }
    return at;
  };
  // v = 0.2 * 20 = 4, r = 1 + 0.4 * 4 = 2.6; then v = 4 + 0.2 (5.5556 - 4), r = 1 + 0.4 * 4.3111
  const std::vector<double> half = steps(0.5);
  CHECK(half[0] == 0);
  CHECK(half[1] == doctest::Approx(20 * 2.6 / 3.6));
  const double rate = 1 + 0.4 * (4 + 0.2 * (20 / 3.6 - 4));
  CHECK(half[2] == doctest::Approx(20 - 20 / 3.6 / (1 + rate)));
  const std::vector<double> strong = steps(0.8);
  for (std::size_t i = 1; i < strong.size(); ++i) {
    CHECK(strong[i] > strong[i - 1]);
    CHECK(strong[i] < 20);
    if (i < 6) CHECK(strong[i] < half[i]);
  }
  CHECK(strong[2] < 18);  // nine tenths of the way in the third frame
  CHECK(strong[3] > 18);
}

TEST_CASE("smoothing: jitter falls as stated, also of a moving face; what is to come has no part") {
  constexpr std::int64_t kFrames = 400;
  const Tensor noise = randn({kFrames, 70, 2}, {.use = "jitter"});
  const float* n = noise.data<float>();
  const auto steadied = [&](double smoothing, std::int64_t frames, double speed) {
    PointSmoother smoother(smoothing);
    Tensor out = empty({frames, 68, 2}, DType::f64);
    for (std::int64_t f = 0; f < frames; ++f) {
      DrivingPoints points;
      for (std::size_t i = 0; i < 68; ++i) {
        const float* at = n + (f * 70 + static_cast<std::int64_t>(i)) * 2;
        points.landmarks[i] = {speed * static_cast<double>(f) + static_cast<double>(at[0]),
                               static_cast<double>(at[1])};
      }
      smoother.smooth(points);
      for (std::size_t i = 0; i < 68; ++i) {
        double* to = out.mutate<double>() + (f * 68 + static_cast<std::int64_t>(i)) * 2;
        to[0] = points.landmarks[i].x, to[1] = points.landmarks[i].y;
      }
    }
    return out;
  };
  const double before = face::landmark_jitter(steadied(0, kFrames, 0)).mean();
  CHECK(face::landmark_jitter(steadied(0.5, kFrames, 0)).mean() < 0.5 * before);
  const Tensor strong = steadied(0.8, kFrames, 0);
  CHECK(face::landmark_jitter(strong).mean() < 0.25 * before);
  CHECK(digest_of(steadied(0.8, 100, 0)) == digest_of(strong.sliced(0, 0, 100)));
  // at 5 pixels a frame: 0.3 frames late
  const Tensor moving = steadied(0.8, kFrames, 5);
  double late = 0;
  for (std::int64_t f = kFrames / 2; f < kFrames; ++f)
    for (std::int64_t i = 0; i < 68; ++i)
      late += 5.0 * static_cast<double>(f) - moving.data<double>()[(f * 68 + i) * 2];
  late /= 5 * 68 * (kFrames / 2);
  CHECK(late > 0.2);
  CHECK(late < 0.4);
}

namespace {

struct ChannelFacts {
  double mean, deviation;
};

ChannelFacts channel_facts(const Tensor& picture, std::int64_t channel) {
  const std::uint8_t* v = picture.data<std::uint8_t>();
  const auto pixels = static_cast<double>(picture.numel() / 3);
  double mean = 0, squares = 0;
  for (std::int64_t i = channel; i < picture.numel(); i += 3) mean += v[i] / pixels;
  for (std::int64_t i = channel; i < picture.numel(); i += 3)
    squares += (v[i] - mean) * (v[i] - mean) / pixels;
  return {mean, std::sqrt(squares)};
}

}  // namespace

TEST_CASE(
    "colour match: what matches stays byte for byte; else mean and spread become the wanted") {
  const Tensor wanted = test::head_picture(48, 3);
  const ColourMatch match(wanted);
  CHECK(digest_of(match(wanted)) == digest_of(wanted));

  Tensor tinted = test::head_picture(32, 0).clone();
  std::uint8_t* v = tinted.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < tinted.numel(); ++i)
    v[i] = static_cast<std::uint8_t>(i % 3 == 0   ? v[i] / 2 + 20
                                     : i % 3 == 1 ? v[i] / 2 + 90
                                                  : v[i]);
  const std::string before = digest_of(tinted);
  const Tensor made = match(tinted);
  CHECK(made.shape() == Shape{32, 32, 3});
  CHECK(digest_of(tinted) == before);
  for (std::int64_t c = 0; c < 3; ++c) {
    CAPTURE(c);
    const ChannelFacts want = channel_facts(wanted, c), got = channel_facts(made, c);
    CHECK(std::fabs(got.mean - want.mean) < 0.5);
    CHECK(std::fabs(got.deviation - want.deviation) < 0.5);
  }
  CHECK(std::fabs(channel_facts(tinted, 1).mean - channel_facts(wanted, 1).mean) > 5);

  const Tensor flat = match(full({4, 4, 3}, 17, DType::u8));  // no spread to stretch: moved alone
  for (std::int64_t c = 0; c < 3; ++c) {
    const ChannelFacts got = channel_facts(flat, c);
    CHECK(got.mean == std::floor(channel_facts(wanted, c).mean + 0.5));
    CHECK(got.deviation == 0);
  }
  CHECK_THROWS_AS(match(zeros({4, 4, 3})), DtypeError);
  CHECK_THROWS_AS(ColourMatch(zeros({0, 4, 3}, DType::u8)), ShapeError);
}
