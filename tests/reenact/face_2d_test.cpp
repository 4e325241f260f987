// Faces in the picture: gaze, driving picture, alignments, crops, detector and landmark decoding, against the reference
// values (spec/face3d.md 10), worked cases, and what they refuse.
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "autograd/ops.hpp"
#include "nn/module.hpp"
#include "reenact/face/align.hpp"
#include "reenact/face/crops.hpp"
#include "reenact/face/detect_decode.hpp"
#include "reenact/face/drawing.hpp"
#include "reenact/face/driving_picture.hpp"
#include "reenact/face/padding.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/gradcheck.hpp"

using namespace dact;
using namespace dact::face;

namespace {

const Tensor& from_golden(const std::string& file, const std::string& name) {
  static std::map<std::string, TensorFile> files;
  auto it = files.find(file);
  if (it == files.end())
    it = files.emplace(file, read_safetensors(test::golden_path(file + ".safetensors"))).first;
  return it->second.tensors.at(name);
}
const Tensor& drive(const std::string& name) { return from_golden("drive", name); }

// Element i of a tensor, as double.
double number(const Tensor& x, std::int64_t i) {
  return x.to(DType::f64).to_vector<double>().at(static_cast<std::size_t>(i));
}

GazeAngles golden_gaze(std::int64_t n) {
  return {number(drive("gaze_pitchyaw"), 2 * n), number(drive("gaze_pitchyaw"), 2 * n + 1)};
}

// How many bytes differ, and by how much at most.
struct ByteDifference {
  std::int64_t count = 0, worst = 0;
};
ByteDifference byte_difference(const Tensor& got, const Tensor& want) {
  REQUIRE(got.shape() == want.shape());
  const auto a = got.to_vector<std::uint8_t>(), b = want.to_vector<std::uint8_t>();
  ByteDifference d;
  for (std::size_t i = 0; i < a.size(); ++i) {
    d.count += a[i] != b[i];
    d.worst = std::max<std::int64_t>(d.worst, std::abs(int{a[i]} - int{b[i]}));
  }
  return d;
}

Tensor every_second(const Tensor& x) {
  return x.sliced(0, 0, x.size(0), 2).sliced(1, 0, x.size(1), 2);
}

// u8 [H, W, 3] as [1, 3, H, W], each byte by the function
Tensor planes(const Tensor& u8, const std::function<double(double)>& value, DType dtype) {
  std::vector<double> v;
  for (const std::uint8_t byte : u8.permuted(std::vector<int>{2, 0, 1}).to_vector<std::uint8_t>())
    v.push_back(value(byte));
  return from_vector(v, {1, 3, u8.size(0), u8.size(1)}).to(dtype);
}

// Smooth bytes with structure in every channel.
Tensor test_picture(std::int64_t height, std::int64_t width) {
  Tensor out = empty({height, width, 3}, DType::u8);
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        *to++ = static_cast<std::uint8_t>((x * (c + 1) + y * (3 - c) + x * y / 64) % 256);
  return out;
}

// The first golden face, scaled and moved.
Landmarks68 face_at(double scale, double x, double y) {
  Landmarks68 points = landmarks_of(drive("landmarks68"), 0);
  for (Point2& p : points) p = {p.x * scale + x, p.y * scale + y};
  return points;
}
Landmarks68 spoilt(std::size_t at) {
  Landmarks68 points = face_at(1, 0, 0);
  points[at].y = std::numeric_limits<double>::quiet_NaN();
  return points;
}
Landmarks68 all_at(double x, double y) {
  Landmarks68 points;
  points.fill({x, y});
  return points;
}

Tensor with_batch(const Landmarks68& points) { return tensor_of(points).unsqueezed(0); }

void check_gradient(const std::function<Var(const Var&)>& f, const Tensor& x) {
  const test::GradientReport report =
      test::gradient_report([&](const Vars& in) { return f(in[0]); }, {x});
  CHECK(report.worst <= 1);
  CHECK(report.largest > 1e-3);
}

}  // namespace

// ---- gaze

TEST_CASE("face gaze: eyes and gaze points equal the goldens") {
  for (std::int64_t n = 0; n < 2; ++n) {
    const Landmarks68 points = landmarks_of(drive("landmarks68"), n);
    for (const auto& [eye, name] : {std::pair{Eye::left, "36_41"}, {Eye::right, "42_47"}}) {
      CAPTURE(n);
      CAPTURE(name);
      const std::string eye_name = std::string("eye") + name;
      const EyeBox box = eye_box(points, eye);
      const Point2 gaze = gaze_point(box, golden_gaze(n));
      CHECK(std::fabs(box.width - number(drive(eye_name + ".width"), n)) <= 1e-5);
      CHECK(std::fabs(box.height - number(drive(eye_name + ".height"), n)) <= 1e-5);
      // the reference is f32: half an ulp of coordinates up to 256
      CHECK(std::fabs(box.centre.x - number(drive(eye_name + ".center"), 2 * n)) <= 2e-5);
      CHECK(std::fabs(box.centre.y - number(drive(eye_name + ".center"), 2 * n + 1)) <= 2e-5);
      CHECK(std::fabs(gaze.x - number(drive(std::string("gaze") + name), 2 * n)) <= 2e-5);
      CHECK(std::fabs(gaze.y - number(drive(std::string("gaze") + name), 2 * n + 1)) <= 2e-5);
    }
  }
}

TEST_CASE("face gaze: angles and directions") {
  for (const GazeAngles a : {GazeAngles{0, 0}, {0.4, -0.7}, {-1.2, 2.5}, {0.1, 3.1}}) {
    const auto v = gaze_vector(a);
    CHECK(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] == doctest::Approx(1).epsilon(1e-14));
    const GazeAngles back = gaze_angles({3 * v[0], 3 * v[1], 3 * v[2]});
    CHECK(back.pitch == doctest::Approx(a.pitch).epsilon(1e-12));
    CHECK(back.yaw == doctest::Approx(a.yaw).epsilon(1e-12));
  }
  CHECK(gaze_vector({0, 0}) == std::array<double, 3>{0, 0, 1});
  // up in the picture: y falls; to the picture's left: x falls
  const EyeBox eye{{100, 50}, 20, 8};
  CHECK(gaze_point(eye, {0.5, 0}).y < 50);
  CHECK(gaze_point(eye, {0, 0.5}).x < 100);
  CHECK(gaze_point(eye, {0, 0}) == Point2{100, 50});
  CHECK_THROWS_AS(gaze_angles({0, 0, 0}), NumericError);
  CHECK_THROWS_AS(gaze_angles({0, std::nan(""), 1}), NumericError);
}

// ---- driving picture

TEST_CASE("face driving picture: every pixel as the authors draw it") {
  const Tensor got = draw_driving_pictures(drive("landmarks68"), drive("gaze_pitchyaw"));
  CHECK(byte_difference(got, drive("stickman_u8")).count == 0);
  const Landmarks68 one = landmarks_of(drive("landmarks68"), 1);
  CHECK(digest_of(draw_driving_picture(one, gaze_points(one, golden_gaze(1)))) ==
        digest_of(got.sliced(0, 1, 2).squeezed(0)));
}

TEST_CASE("face driving picture: bytes to [-1, 1], and smaller") {
  Tensor bytes = zeros({1, 256, 256, 3}, DType::u8);
  bytes.mutate<std::uint8_t>()[1] = 1;
  bytes.mutate<std::uint8_t>()[2] = 255;
  const Tensor x = driving_tensor(bytes);
  CHECK(x.shape() == Shape{1, 3, 256, 256});
  for (std::int64_t c = 0; c < 3; ++c)
    CHECK(static_cast<float>(number(x, c * 65536)) ==
          static_cast<float>(number(drive("stickman_value_of_u8_0_1_255"), c)));

  const Tensor drawn = drive("stickman_u8"), whole = driving_tensor(drawn);
  const Tensor small = driving_tensor(drawn, 64);
  CHECK(small.shape() == Shape{2, 3, 64, 64});
  double sum = 0;
  for (const float v : whole.sliced(0, 1, 2)
                           .sliced(1, 2, 3)
                           .sliced(2, 4 * 30, 4 * 31)
                           .sliced(3, 4 * 28, 4 * 29)
                           .to_vector<float>())
    sum += static_cast<double>(v);
  CHECK(number(small.sliced(0, 1, 2).sliced(1, 2, 3).sliced(2, 30, 31).sliced(3, 28, 29), 0) ==
        doctest::Approx(sum / 16).epsilon(1e-6));
  CHECK_THROWS_WITH_AS(driving_tensor(drawn, 96), doctest::Contains("96"), UsageError);
  CHECK_THROWS_AS(driving_tensor(drawn, 0), UsageError);
  CHECK_THROWS_AS(driving_tensor(zeros({1, 128, 128, 3}, DType::u8)), ShapeError);
  CHECK_THROWS_AS(driving_tensor(zeros({1, 256, 256, 3})), DtypeError);
}

TEST_CASE("face driving picture: bad input") {
  const Landmarks68 good = face_at(1, 0, 0);
  CHECK_THROWS_WITH_AS(draw_driving_picture(spoilt(33), {}), doctest::Contains("point 33"),
                       NumericError);
  CHECK_THROWS_AS(draw_driving_picture(good, {{HUGE_VAL, 0}, {0, 0}}), NumericError);
  CHECK_THROWS_AS(draw_driving_pictures(zeros({2, 68, 2}), zeros({3, 2})), ShapeError);
  CHECK_THROWS_AS(draw_driving_pictures(zeros({2, 67, 2}), zeros({2, 2})), ShapeError);
  CHECK_THROWS_AS(draw_driving_pictures(zeros({2, 68, 2}, DType::i64), zeros({2, 2})), DtypeError);
  CHECK(draw_driving_pictures(zeros({0, 68, 2}), zeros({0, 2})).numel() == 0);
  // all in one place: nothing but discs; far outside: an empty canvas
  const Tensor dot = draw_driving_picture(all_at(10, 10), {{-50, -50}, {-50, -50}});
  CHECK(byte_difference(dot, full({256, 256, 3}, 1, DType::u8)).count == 5 * 3);
  const Tensor none = draw_driving_picture(all_at(1e300, -1e300), {{1e300, 0}, {-1e300, 0}});
  CHECK(byte_difference(none, full({256, 256, 3}, 1, DType::u8)).count == 0);
  // partly outside: what remains inside is that of the whole
  const Tensor moved = draw_driving_picture(face_at(1, -100, -90), {{0, 0}, {255, 255}});
  CHECK(byte_difference(moved, full({256, 256, 3}, 1, DType::u8)).count > 1000);
}

TEST_CASE("face drawing: lines and discs by hand") {
  const Rgb white{255, 255, 255};
  const auto rows_of = [](const Drawing& d, std::int64_t from, std::int64_t to) {
    std::string text;
    const std::uint8_t* v = d.image().data<std::uint8_t>();
    for (std::int64_t y = from; y < to; ++y) {
      for (std::int64_t x = 0; x < 11; ++x) text += v[(y * 11 + x) * 3] ? '#' : '.';
      text += '\n';
    }
    return text;
  };
  Drawing discs(11, 11, 0);
  discs.disc({5, 5}, 5, white);
  CHECK(rows_of(discs, 0, 6) ==
        ".....#.....\n"
        "..#######..\n"
        ".#########.\n"
        ".#########.\n"
        ".#########.\n"
        "###########\n");
  Drawing line(11, 11, 0);  // two thick: rows y-1 .. y+1 of the quad's edges, and a cap at each end
  const IntPoint ends[] = {{2, 5}, {8, 5}};
  line.polyline(ends, false, white);
  CHECK(rows_of(line, 3, 8) ==
        "...........\n"
        "..#######..\n"
        ".#########.\n"
        "..#######..\n"
        "...........\n");
  // lines that come from far outside; rows as OpenCV 4.6 draws them
  const auto drawn = [&](IntPoint a, IntPoint b, std::int64_t from, std::int64_t to) {
    Drawing d(11, 11, 0);
    const IntPoint both[] = {a, b};
    d.polyline(both, false, white);
    return rows_of(d, from, to);
  };
  CHECK(drawn({-200, -37}, {40, 19}, 8, 11) ==
        "...........\n"
        "####.......\n"
        "########...\n");
  CHECK(drawn({-30, 14}, {25, -9}, 0, 5) ==
        "#######....\n"
        "#####......\n"
        "###........\n"
        "#..........\n"
        "...........\n");
  CHECK(drawn({5, -90}, {9, 60}, 2, 6) ==
        "......###..\n"
        "......###..\n"
        ".......###.\n"
        ".......###.\n");
}

// ---- alignment

TEST_CASE("face alignment: five points equal the goldens") {
  const Tensor theta = five_point_theta(drive("landmarks68"), 256, 256);
  CHECK_CLOSE(theta, drive("align.theta"), 1e-5);
  const Tensor picture = planes(
      drive("image_u8"), [](double v) { return v / 255 * 2 - 1; }, DType::f32);
  const Var both(picture.expanded({2, 3, 256, 256}));
  for (const std::int64_t side : {112, 224}) {
    const Tensor crop = five_point_crop(both, drive("landmarks68"), side).value();
    const std::int64_t step = side / 28;
    CHECK_CLOSE(crop.sliced(2, 0, side, step).sliced(3, 0, side, step),
                drive("align.warp" + std::to_string(side)), 1e-5);
  }
}

TEST_CASE("face alignment: a similarity is found again") {
  const Affine2 truth{1.5, -0.4, 20, 0.4, 1.5, -7};
  FivePoints moved;
  for (std::size_t i = 0; i < 5; ++i) moved[i] = truth(kFivePointTemplate[i]);
  const Affine2 found = fit_similarity(kFivePointTemplate, moved);
  for (const auto& [a, b] : {std::pair{found.xx, truth.xx},
                             {found.xy, truth.xy},
                             {found.x0, truth.x0},
                             {found.yx, truth.yx},
                             {found.yy, truth.yy},
                             {found.y0, truth.y0}})
    CHECK(std::fabs(a - b) <= 1e-12);
  const Point2 back = found.inverse()(found({3, 4}));
  CHECK(std::fabs(back.x - 3) + std::fabs(back.y - 4) <= 1e-12);

  // a mirrored face: the best rotation, never a mirror; it beats turns to either side of it
  FivePoints mirrored;
  for (std::size_t i = 0; i < 5; ++i)
    mirrored[i] = {112 - kFivePointTemplate[i].x,
                   kFivePointTemplate[i].y + kFivePointTemplate[i].x / 3};
  const Affine2 best = fit_similarity(kFivePointTemplate, mirrored);
  CHECK(best.xx == best.yy);
  CHECK(best.xy == -best.yx);
  const auto error = [&](const Affine2& m) {
    double sum = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const Point2 p = m(kFivePointTemplate[i]);
      sum += (p.x - mirrored[i].x) * (p.x - mirrored[i].x) +
             (p.y - mirrored[i].y) * (p.y - mirrored[i].y);
    }
    return sum;
  };
  for (double Affine2::*part : {&Affine2::x0, &Affine2::y0})
    for (const double by : {-0.01, 0.01}) {
      Affine2 other = best;
      other.*part += by;
      CHECK(error(other) > error(best));
    }
  const Point2 middle = {61.4, 73.9};  // near the template's mean
  for (const double by : {-0.01, 0.01})
    for (const bool turn : {false, true}) {
      Affine2 other = best;
      (turn ? other.xy : other.xx) += by;
      (turn ? other.yx : other.yy) += turn ? -by : by;
      const Point2 was = best(middle), is = other(middle);
      other.x0 += was.x - is.x;
      other.y0 += was.y - is.y;
      CHECK(error(other) > error(best));
    }

  FivePoints one;
  one.fill({4, 4});
  CHECK_THROWS_AS(fit_similarity(kFivePointTemplate, one), NumericError);
  CHECK_THROWS_AS(fit_similarity(one, kFivePointTemplate), NumericError);
  CHECK_THROWS_AS(fit_similarity(kFivePointTemplate, std::span(one).first(3)), UsageError);
  CHECK_THROWS_AS(five_point_theta(with_batch(spoilt(36)), 64, 64), NumericError);
  CHECK_THROWS_AS((Affine2{1, 2, 0, 2, 4, 0}.inverse()), NumericError);
}

TEST_CASE("face alignment: the EMOCA crop equals the goldens") {
  const Tensor picture = planes(
      drive("image_u8"), [](double v) { return v / 255; }, DType::f32);
  for (std::int64_t n = 0; n < 2; ++n) {
    CAPTURE(n);
    const Landmarks68 points = landmarks_of(drive("landmarks68"), n);
    const EmocaBox box = emoca_box(points, 256, 256);
    const Tensor& want = drive("emoca.size_center" + std::to_string(n));
    CHECK(box.side == number(want, 0));
    CHECK(std::fabs(box.centre.x - number(want, 1)) <= 1e-5);
    CHECK(std::fabs(box.centre.y - number(want, 2)) <= 1e-5);
    const Affine2 to_crop = emoca_to_crop(box);
    const Tensor want_map = drive("emoca.tform").sliced(0, n, n + 1);
    CHECK(std::fabs(to_crop.xx - number(want_map, 0)) <= 1e-10);
    CHECK(std::fabs(to_crop.x0 - number(want_map, 2)) <= 1e-5);
    CHECK(std::fabs(to_crop.y0 - number(want_map, 5)) <= 1e-5);
    const Tensor crop = emoca_crop(Var(picture), with_batch(points)).value();
    const Tensor part = crop.sliced(2, 0, 224, 4).sliced(3, 0, 224, 4).squeezed(0);
    CHECK_CLOSE(part.permuted(std::vector<int>{1, 2, 0}).contiguous(),
                drive("emoca.crop" + std::to_string(n)), 1e-5);
  }
  // no face: the whole picture
  const EmocaBox whole = emoca_box(spoilt(3), 101, 201);
  CHECK(whole.centre == Point2{100, 50});
  CHECK(whole.side == 206);  // trunc(1.375 * (200 + 100) / 2)
  CHECK_THROWS_AS(emoca_box(all_at(5, 5), 64, 64), NumericError);
  CHECK_THROWS_AS(emoca_box(face_at(HUGE_VAL, 0, 0), 64, 64), NumericError);
  CHECK_THROWS_AS(emoca_crop(Var(zeros({1, 3, 0, 4})), with_batch(face_at(1, 0, 0))), ShapeError);
  CHECK_THROWS_AS(emoca_crop(Var(zeros({2, 3, 4, 4})), with_batch(face_at(1, 0, 0))), ShapeError);
  CHECK_THROWS_AS(emoca_crop(Var(), with_batch(face_at(1, 0, 0))), Error);
}

TEST_CASE("face alignment: the XGaze camera equals the goldens") {
  HeadPose head;
  std::array<double, 3> turn;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto at = static_cast<std::int64_t>(i);
    turn[i] = number(drive("xnorm.rvec"), at);
    head.translation[i] = number(drive("xnorm.tvec"), at);
    for (std::size_t k = 0; k < 6; ++k)
      CHECK(kGazeFaceModel[k][i] ==
            number(drive("xnorm.face_model6"), static_cast<std::int64_t>(3 * k + i)));
  }
  for (std::size_t i = 0; i < 9; ++i)
    head.camera[i] = number(drive("xnorm.camera"), static_cast<std::int64_t>(i));
  head.rotation = rotation_matrix(turn);
  const Matrix3 w = gaze_normalisation(head);
  for (std::int64_t i = 0; i < 9; ++i)
    CHECK(std::fabs(w[static_cast<std::size_t>(i)] - number(drive("xnorm.W"), i)) <=
          1e-5 * std::max(1.0, std::fabs(number(drive("xnorm.W"), i))));
  for (std::int64_t i = 0; i < 6; ++i) {
    const Point2 p = through_homography(
        w, {number(drive("xnorm.points2d"), 2 * i), number(drive("xnorm.points2d"), 2 * i + 1)});
    CHECK(std::fabs(p.x - number(drive("xnorm.points2d_warped"), 2 * i)) <= 1e-4);
    CHECK(std::fabs(p.y - number(drive("xnorm.points2d_warped"), 2 * i + 1)) <= 1e-4);
  }
  head.translation = {0, 0, 0};
  head.rotation.fill(0);
  CHECK_THROWS_AS(gaze_normalisation(head), NumericError);
}

TEST_CASE("face alignment: homographies move pixels") {
  const Tensor x = randn({2, 3, 6, 7}, {1, "x"}, false, DType::f64);
  const Matrix3 same = {1, 0, 0, 0, 1, 0, 0, 0, 1}, shift = {2, 0, 2, 0, 2, -2, 0, 0, 2};
  const Matrix3 maps[] = {same, shift};
  const Tensor y = homography_warp(Var(x), maps, 5).value();
  CHECK_CLOSE(y.sliced(0, 0, 1), x.sliced(0, 0, 1).sliced(2, 0, 5).sliced(3, 0, 5), 1e-12);
  // (x, y) -> (x + 1, y - 1)
  CHECK_CLOSE(y.sliced(0, 1, 2).sliced(2, 0, 5).sliced(3, 1, 5),
              x.sliced(0, 1, 2).sliced(2, 1, 6).sliced(3, 0, 4), 1e-12);
  CHECK(test::max_abs(y.sliced(0, 1, 2).sliced(3, 0, 1)) <= 1e-12);
  const Matrix3 flat[] = {same, {1, 1, 0, 1, 1, 0, 0, 0, 1}};
  CHECK_THROWS_AS(homography_warp(Var(x), flat, 5), NumericError);
  CHECK_THROWS_AS(homography_warp(Var(x), std::span(maps).first(1), 5), ShapeError);
}

TEST_CASE("face alignment: gradients reach the image") {
  const Tensor x = randn({2, 2, 9, 11}, {2, "x"}, true, DType::f64);
  std::vector<double> both;
  for (const double move : {0.0, 0.7})
    for (const Point2& p : face_at(9.0 / 256, move, -move)) both.insert(both.end(), {p.x, p.y});
  const Tensor faces = from_vector(both, {2, 68, 2});
  check_gradient([&](const Var& v) { return five_point_crop(v, faces, 8); }, x);
  check_gradient([&](const Var& v) { return emoca_crop(v, faces); }, x);
  const Matrix3 maps[] = {{1.2, 0.1, 0.3, -0.1, 0.9, 0.2, 0.01, 0.02, 1},
                          {0.8, 0, 0.5, 0.2, 1.1, -0.4, -0.01, 0, 1}};
  check_gradient([&](const Var& v) { return homography_warp(v, maps, 7); }, x);
  check_gradient([&](const Var& v) { return detector_range(v); }, mul_scalar(Var(x), 0.1).value());
}

TEST_CASE("face alignment: pictures of one pixel and of 8192") {
  const Tensor dot = full({1, 3, 1, 1}, 0.5);
  const Tensor tiny = with_batch(face_at(1.0 / 256, 0, 0));
  CHECK(five_point_crop(Var(dot), tiny, 4).shape() == Shape{1, 3, 4, 4});
  const Tensor large = full({1, 1, 8192, 8192}, 0.25);
  const Tensor face = with_batch(face_at(32, 0, 0));
  const Tensor crop = five_point_crop(Var(large), face, 112).value();
  CHECK_CLOSE(crop, full({1, 1, 112, 112}, 0.25), 1e-6);
  CHECK(emoca_crop(Var(large), face).shape() == Shape{1, 1, 224, 224});
}

// ---- crops of frames

TEST_CASE("face crops: FFHQ's and HyperReenact's equal the goldens") {
  const Tensor& picture = drive("image_u8");
  const Landmarks68 a = landmarks_of(drive("landmarks68"), 0);
  for (const auto& [crop, name, face] :
       {std::tuple{&ffhq_crop, "ffhq.crop_a", a},
        {&ffhq_crop, "ffhq.crop_b", landmarks_of(drive("ffhq.landmarks_b"))},
        {&hyper_crop, "hyper.crop_a", a},
        {&hyper_crop, "hyper.crop_b", landmarks_of(drive("hyper.landmarks_b"))}}) {
    CAPTURE(name);
    const Tensor got = crop(picture, face);
    CHECK(got.shape() == Shape{256, 256, 3});
    const ByteDifference d = byte_difference(every_second(got), drive(name));
    CHECK_MESSAGE(d.count == 0, d.count, " bytes differ, by at most ", d.worst);
  }
}

TEST_CASE("face crops: an upright face in the middle is cut, not bent") {
  // a face whose FFHQ square is upright and 256 large: the crop is the picture's part
  Landmarks68 face = all_at(0, 0);
  for (std::size_t i = 36; i < 42; ++i) face[i] = {-32, 0};
  for (std::size_t i = 42; i < 48; ++i) face[i] = {32, 0};
  face[48] = {-20, 64};
  face[54] = {20, 64};
  const FfhqQuad at_origin = ffhq_quad(face);
  CHECK(at_origin.side == 2 * 128);
  CHECK(at_origin.x == Point2{128, 0});
  CHECK(at_origin.y == Point2{0, 128});
  const Tensor picture = test_picture(600, 700);
  for (Point2& p : face) p = {p.x + 300.5 - at_origin.centre.x, p.y + 290.5 - at_origin.centre.y};
  const Tensor got = ffhq_crop(picture, face);
  const Tensor want = picture.sliced(0, 163, 163 + 256).sliced(1, 173, 173 + 256);
  CHECK(byte_difference(got, want.contiguous()).count == 0);
}

TEST_CASE("face crops: the padding's mask, blur and median by hand") {
  const auto grey = [](std::vector<std::uint8_t> values) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint8_t v : values) bytes.insert(bytes.end(), 3, v);
    return from_vector(bytes, {1, static_cast<std::int64_t>(values.size()), 3});
  };
  const auto reds = [](const Tensor& x) { return x.sliced(2, 0, 1).to_vector<std::uint8_t>(); };
  using Bytes = std::vector<std::uint8_t>;
  // one row: the mask is 1 everywhere, a blur of 0.1 reaches nothing, so all becomes the median
  CHECK(reds(pad_blended(grey({0, 100}), {}, {.sigma = 0.1})) == Bytes{50, 50});
  CHECK(reds(pad_blended(grey({0, 100, 7}), {}, {.sigma = 0.1})) == Bytes{7, 7, 7});
  // mirrored with and without the edge pixel: 30 20 [10 20 30] 20 10, and 20 10 [10 20 30] 30 20
  CHECK(reds(pad_blended(grey({10, 20, 30}), {2, 0, 2, 0}, {.sigma = 0.1}))[3] == 20);
  CHECK(reds(pad_blended(grey({10, 21, 30}), {0, 0, 1, 0}, {.sigma = 0.1}))[0] == 21);
  CHECK(reds(pad_blended(grey({10, 21, 30}), {0, 0, 1, 0},
                         {.mirror = Mirror::edge_twice, .sigma = 0.1}))[0] == 26);  // 25.5 to even
  CHECK(reds(pad_blended(grey({10, 21, 30}), {0, 0, 1, 0},
                         {.mirror = Mirror::edge_twice, .sigma = 0.1, .round = false}))[0] == 25);
  // five rows, pads of 2 above: the middle row lies 2 pads' share inside and stays
  const Tensor column = grey({0, 50, 100, 150, 200}).permuted(std::vector<int>{1, 0, 2});
  const Tensor wide = cat({Var(column), Var(column), Var(column)}, 1).value();
  const Tensor padded = pad_blended(wide, {1, 1, 1, 1}, {.sigma = 0.1});
  CHECK(reds(padded.sliced(1, 2, 3)) == Bytes{100, 0, 50, 100, 150, 200, 100});
}

TEST_CASE("face crops: wide pictures are averaged down") {
  const Tensor picture = test_picture(6, 2000);
  const Tensor half = limit_width(picture);
  CHECK(half.shape() == Shape{3, 1000, 3});
  const auto v = picture.to_vector<std::uint8_t>(), h = half.to_vector<std::uint8_t>();
  for (const std::size_t at : {0U, 301U, 2999U}) {
    const std::size_t x = at / 3 * 2, c = at % 3;
    const int sum = v[3 * x + c] + v[3 * x + 3 + c] + v[6000 + 3 * x + c] + v[6000 + 3 * x + 3 + c];
    CHECK(std::fabs(h[at] - sum / 4.0) <= 0.5);
  }
  const Tensor flat = limit_width(full({7, 1501, 3}, 77, DType::u8));
  CHECK(byte_difference(flat, full({4, 1000, 3}, 77, DType::u8)).count == 0);
  CHECK(limit_width(test_picture(5, 1000)).shape() == Shape{5, 1000, 3});
  CHECK(limit_width(test_picture(1, 8192)).shape() == Shape{1, 1000, 3});
}

TEST_CASE("face crops: any picture, or a clear error") {
  for (const auto& [height, width, scale] :
       {std::tuple{1, 1, 0.01}, {1, 300, 1.0}, {40, 3, 0.2}, {900, 1000, 3.9}}) {
    CAPTURE(height);
    CAPTURE(width);
    const Tensor picture = test_picture(height, width);
    CHECK(ffhq_crop(picture, face_at(scale, 0, 0)).shape() == Shape{256, 256, 3});
    CHECK(hyper_crop(picture, face_at(scale, 0, 0)).shape() == Shape{256, 256, 3});
  }
  const Tensor one_colour = full({256, 256, 3}, 201, DType::u8);
  CHECK(byte_difference(ffhq_crop(one_colour, face_at(1, -120, 30)), one_colour).count == 0);
  CHECK(byte_difference(hyper_crop(one_colour, face_at(1, 90, -60)), one_colour).count == 0);
  const Tensor large = full({8192, 8192, 3}, 9, DType::u8);
  CHECK(byte_difference(ffhq_crop(large, face_at(32, 0, 0)), full({256, 256, 3}, 9, DType::u8))
            .count == 0);

  const Tensor picture = test_picture(64, 64);
  for (const auto& crop : {&ffhq_crop, &hyper_crop}) {
    CHECK_THROWS_WITH_AS(crop(picture, spoilt(40)), doctest::Contains("point 40"), NumericError);
    CHECK_THROWS_AS(crop(picture, all_at(30, 30)), NumericError);
    CHECK_THROWS_WITH_AS(crop(picture, face_at(0.2, 1e6, 0)), doctest::Contains("touch"),
                         NumericError);
    CHECK_THROWS_AS(crop(picture, face_at(1e12, 0, 0)), NumericError);
    CHECK_THROWS_AS(crop(zeros({64, 64, 3}), face_at(0.2, 0, 0)), DtypeError);
    CHECK_THROWS_AS(crop(zeros({64, 64, 4}, DType::u8), face_at(0.2, 0, 0)), ShapeError);
    CHECK_THROWS_AS(crop(zeros({0, 64, 3}, DType::u8), face_at(0.2, 0, 0)), ShapeError);
  }
  CHECK_THROWS_AS(hyper_crop(picture, face_at(2000, 0, 0)), NumericError);
  CHECK_THROWS_AS(hyper_crop(zeros({4, 1001, 3}, DType::u8), face_at(1, 0, 0)), UsageError);
}

// ---- detector and landmark network

namespace {

// The goldens' uniform numbers of a name, in [-1, 1)
Tensor filled(const std::string& name, const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  return from_vector(nn::fill_uniform_values(name, count), shape);
}

std::vector<DetectorScale> golden_scales() {
  std::vector<DetectorScale> scales;
  for (int k = 1; k <= 6; ++k) {
    const Tensor& face = from_golden("s3fd", "post.logit" + std::to_string(k));
    const Tensor plane = face.reshaped({1, 1, face.size(0), face.size(1)});
    scales.push_back({cat({Var(zeros_like(plane)), Var(plane)}, 1).value(),
                      from_golden("s3fd", "post.loc" + std::to_string(k))});
  }
  return scales;
}

void check_boxes(const std::vector<FaceBox>& got, const Tensor& want) {
  REQUIRE(static_cast<std::int64_t>(got.size()) == want.size(0));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double row[] = {got[i].x1, got[i].y1, got[i].x2, got[i].y2, got[i].score};
    for (std::int64_t k = 0; k < 5; ++k)
      CHECK(std::fabs(row[k] - number(want, static_cast<std::int64_t>(5 * i) + k)) <=
            (k == 4 ? 1e-6 : 1e-4));
  }
}

}  // namespace

TEST_CASE("face detector: candidates, suppression and boxes equal the goldens") {
  const auto candidates = face_candidates(golden_scales());
  check_boxes(candidates, from_golden("s3fd", "post.candidates"));
  const auto kept = suppress_overlaps(candidates);
  const auto order = from_golden("s3fd", "post.keep").to_vector<std::int64_t>();
  REQUIRE(kept.size() == order.size());
  for (std::size_t i = 0; i < kept.size(); ++i)
    CHECK(kept[i].x1 == candidates[static_cast<std::size_t>(order[i])].x1);
  check_boxes(decode_faces(golden_scales()), from_golden("s3fd", "post.boxes"));
}

TEST_CASE("face detector: nothing found, and what is refused") {
  const auto map = [](double background, double offset) {
    const Tensor face = zeros({1, 1, 2, 3});
    return DetectorScale{cat({Var(full({1, 1, 2, 3}, background)), Var(face)}, 1).value(),
                         full({1, 4, 2, 3}, offset)};
  };
  const DetectorScale quiet[] = {map(20, 0)}, even[] = {map(0, 0)};
  CHECK(decode_faces(quiet).empty());
  CHECK(decode_faces({}).empty());
  const auto all = face_candidates(even);
  REQUIRE(all.size() == 6);
  CHECK(all[4].x1 == -2);  // centre 6, side 16
  CHECK(all[4].y2 == 14);
  CHECK(all[4].score == 0.5);
  CHECK(decode_faces(even).empty());  // a half is not above a half
  const DetectorScale broken[] = {map(std::nan(""), 0)}, wild[] = {map(0, 1e5)};
  CHECK_THROWS_AS(face_candidates(broken), NumericError);
  CHECK_THROWS_AS(face_candidates(wild), NumericError);
  DetectorScale odd[] = {map(0, 0)};
  odd[0].offsets = zeros({1, 4, 3, 3});
  CHECK_THROWS_AS(face_candidates(odd), ShapeError);
  CHECK_THROWS_AS(face_candidates(std::vector<DetectorScale>(7, map(0, 0))), ShapeError);
  const FaceBox same{0, 0, 10, 10, 0.9};
  const FaceBox twice[] = {same, same};
  CHECK(suppress_overlaps(twice).size() == 1);
}

TEST_CASE("face detector: [-1, 1] to the network's bytes") {
  const Tensor y = detector_range(Var(from_vector<float>({-1, 0, 1, 3, -9}, {5}))).value();
  const double top = 2 / (2 + 1e-5) * 255;
  CHECK_CLOSE(y, from_vector<double>({0, top / 2, top, top, 0}, {5}), 2e-5);
}

TEST_CASE("face landmarks: the decoded points equal the goldens") {
  const FanFrame frame{{131.25, 118.5}, 1.0625};
  const Tensor made = from_golden("fan2d", "heatmap");
  const FanLandmarks got = decode_landmarks(made, frame);
  const auto check = [&](const FanLandmarks& found, const std::string& kind) {
    CHECK(digest_of(tensor_of(found.heat_map_points).to(DType::f32)) ==
          digest_of(from_golden("fan2d", "decode." + kind + ".preds").squeezed(0)));
    CHECK(digest_of(tensor_of(found.points).to(DType::i32)) ==
          digest_of(from_golden("fan2d", "decode." + kind + ".preds_orig").squeezed(0)));
    for (std::int64_t i = 0; i < 68; ++i)
      CHECK(static_cast<double>(found.scores[static_cast<std::size_t>(i)]) ==
            number(from_golden("fan2d", "decode." + kind + ".scores"), i));
  };
  check(got, "net");
  // the golden's other input is a formula: float32(uniform("input.fan_heatmap"))
  const Tensor random = filled("input.fan_heatmap", {68, 64, 64}).to(DType::f32);
  check(decode_landmarks(random, frame), "syn");
  const FanLandmarks exact = decode_landmarks(random, frame, {.truncate = false});
  CHECK_CLOSE(tensor_of(exact.points),
              from_golden("fan2d", "decode.syn.preds_orig_real").squeezed(0), 1e-4);
}

TEST_CASE("face landmarks: the crop equals the goldens within a byte") {
  std::vector<std::uint8_t> bytes;
  for (const double u : nn::fill_uniform_values("input.fan_image", 200 * 240 * 3))
    bytes.push_back(static_cast<std::uint8_t>(128 + 127 * u));
  const Tensor picture = from_vector(bytes, {200, 240, 3});
  for (const auto& [frame, name] : {std::pair{FanFrame{{131.25, 98.5}, 0.8}, "crop.a"},
                                    {FanFrame{{20, 170}, 1.55}, "crop.b"}}) {
    CAPTURE(name);
    const auto corners = fan_corners(frame);
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(
          static_cast<double>(corners[i]) ==
          number(from_golden("fan2d", std::string(name) + ".ul_br"), static_cast<std::int64_t>(i)));
    const Tensor crop = fan_crop(picture, frame);
    const Tensor seen = mul_scalar(Var(crop), 255).value().squeezed(0);
    const Tensor part = seen.sliced(1, 0, 256, 2).sliced(2, 0, 256, 2);
    CHECK_CLOSE(part.permuted(std::vector<int>{1, 2, 0}).contiguous(), from_golden("fan2d", name),
                1);
  }
}

TEST_CASE("face landmarks: frames, edges of the map, bad input") {
  const FanFrame frame = fan_frame({10, 20, 110, 140, 1});
  CHECK(frame.centre.x == 60);
  CHECK(frame.centre.y == doctest::Approx(80 - 0.12 * 120));
  CHECK(frame.scale == doctest::Approx(220.0 / 195));
  CHECK_THROWS_AS(fan_frame({10, 10, 10, 10, 1}), NumericError);
  CHECK_THROWS_AS(fan_frame({0, 0, std::nan(""), 10, 1}), NumericError);

  Tensor heat = zeros({1, 68, 64, 64});
  float* map = heat.mutate<float>();
  map[0] = 3;                      // corner: no refinement
  map[4096 + 64 * 5 + 7] = 2;      // even neighbours
  map[2 * 4096 + 64 * 5 + 7] = 2;  // larger to the right and above
  map[2 * 4096 + 64 * 5 + 8] = 1;
  map[2 * 4096 + 64 * 4 + 7] = 1;
  const FanLandmarks found = decode_landmarks(heat, frame);
  CHECK(found.heat_map_points[0] == Point2{0.5, 0.5});
  CHECK(found.heat_map_points[1] == Point2{7.5, 5.5});
  CHECK(found.heat_map_points[2] == Point2{7.75, 5.25});
  CHECK(found.heat_map_points[3] == Point2{0.5, 0.5});  // the first of equals
  CHECK(found.scores[0] == 3);
  map[5000] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(decode_landmarks(heat, frame), doctest::Contains("map 1"), NumericError);
  CHECK_THROWS_AS(decode_landmarks(zeros({68, 32, 32}), frame), ShapeError);
  CHECK_THROWS_AS(decode_landmarks(zeros({68, 64, 64}, DType::f64), frame), DtypeError);

  const Tensor dot = full({1, 1, 3}, 255, DType::u8);
  CHECK(fan_crop(dot, {{0, 0}, 0.05}).shape() == Shape{1, 3, 256, 256});
  CHECK(test::max_abs(fan_crop(dot, {{500, 500}, 0.05})) == 0);  // beside the picture: zeros
  const Tensor large = full({8192, 8192, 3}, 51, DType::u8);
  CHECK_CLOSE(fan_crop(large, {{4000, 4000}, 30}), full({1, 3, 256, 256}, 0.2), 1e-6);
  CHECK_THROWS_AS(fan_crop(dot, {{0, 0}, 1e-4}), NumericError);
  CHECK_THROWS_AS(fan_crop(dot, {{0, 0}, 1e9}), NumericError);
  CHECK_THROWS_AS(fan_crop(dot, {{std::nan(""), 0}, 1}), NumericError);
}

TEST_CASE("face landmarks: tensors in and out") {
  const Tensor& x = drive("landmarks68");
  CHECK_CLOSE(tensor_of(landmarks_of(x, 1)), x.sliced(0, 1, 2).squeezed(0), 0);
  CHECK(digest_of(tensor_of(landmarks_of(x.sliced(0, 1, 2).squeezed(0)))) ==
        digest_of(tensor_of(landmarks_of(x, 1))));
  CHECK_THROWS_WITH_AS(landmarks_of(x, 2), doctest::Contains("[2, 68, 2]"), ShapeError);
  CHECK_THROWS_AS(landmarks_of(zeros({68, 3})), ShapeError);
  CHECK_THROWS_AS(landmarks_of(zeros({68, 2}, DType::i32)), DtypeError);
  CHECK(all_finite(face_at(1, 0, 0)));
  CHECK_FALSE(all_finite(spoilt(67)));
}

// ---- the same bits

TEST_CASE("face 2-D: the same bits at 1 and 2 threads, and as recorded") {
  const int before = thread_count();
  const Tensor picture = test_picture(300, 260);
  const Tensor images = planes(
      picture, [](double v) { return v / 255; }, DType::f32);
  const Landmarks68 face = face_at(0.9, 15, 25);
  std::vector<std::string> runs[2];
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    std::vector<std::string>& run = runs[threads - 1];
    for (const Tensor& t :
         {draw_driving_pictures(drive("landmarks68"), drive("gaze_pitchyaw")),
          driving_tensor(drive("stickman_u8"), 64), ffhq_crop(picture, face),
          hyper_crop(picture, face), limit_width(test_picture(37, 1234)),
          five_point_crop(Var(images), with_batch(face), 112).value(),
          emoca_crop(Var(images), with_batch(face)).value(), fan_crop(picture, {{130, 150}, 1.1})})
      run.push_back(digest_of(t).substr(0, 16));
  }
  set_thread_count(before);
  CHECK(runs[0] == runs[1]);
  const std::vector<std::string> recorded = {
      "35fd22895aa701ad", "3586adbbe87dda89", "a6599a367b14d5e1", "13f84c129ac6e4fb",
      "e0c73e666aec2f2b", "2674522ccf9e4da5", "541447759e9c8c34", "eeb59b38c87a7fae"};
  REQUIRE(runs[0].size() == recorded.size());
  for (std::size_t i = 0; i < recorded.size(); ++i) CHECK(runs[0][i] == recorded[i]);
}
