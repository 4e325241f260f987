// The morphable model against the reference (spec of FLAME): skinning, landmarks, camera, angles, normals; its
// derivatives; its files; what it refuses.
#include <cmath>
#include <numbers>

#include "reenact/face/euler.hpp"
#include "reenact/face/morphable.hpp"
#include "reenact/face/normal_map.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"
#include "tests/reenact/flame_golden.hpp"
#include "tests/support/gradcheck.hpp"

using namespace dact;
using namespace dact::face;

namespace {

const std::map<std::string, Tensor>& golden() { return test::flame_golden(); }

MorphableTables golden_tables() {
  const auto& g = golden();
  const Tensor shapedirs = test::flame_formula("flame.shapedirs", {60, 3, 400}),
               f = g.at("model.f");
  const auto points = [&](const std::string& name) {
    return points_on_faces(f, g.at("model." + name + "_lmk_faces_idx"),
                           g.at("model." + name + "_lmk_bary_coords"), "golden", name);
  };
  SurfacePoints full = points("full");
  full.corners = full.corners.reshaped({68, 3});
  full.weights = full.weights.reshaped({68, 3});
  return {.v_template = g.at("model.v_template"),
          .identity_basis = shapedirs.sliced(2, 0, 100),
          .expression_basis = shapedirs.sliced(2, 300, 350),
          .pose_basis = test::flame_formula("flame.posedirs", {60, 3, 36}),
          .joint_regressor = g.at("model.J_regressor"),
          .joint_template = {},
          .joint_basis = {},
          .weights = g.at("model.weights"),
          .parents = g.at("model.parents"),
          .faces = f,
          .landmarks = {.contour = points("dynamic"), .fixed = points("static"), .full = full}};
}

const MorphableModel& golden_model() {
  static const MorphableModel model(golden_tables());
  return model;
}

MorphableParams golden_params(DType dtype = DType::f32) {
  const auto param = [&](const char* name) {
    return Var(golden().at(std::string("param.") + name).to(dtype));
  };
  return {param("shape"), param("exp"), flame_pose(param("pose")), param("cam")};
}

// The text of the error that `fn` throws; empty when it does not.
template <class F>
std::string error_of(F fn) {
  try {
    fn();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("face: skinning, landmarks and camera equal the reference") {
  const auto& g = golden();
  const MorphableModel& model = golden_model();
  const MorphableParams params = golden_params();
  const PosedHead head = model.posed(params);
  CHECK_CLOSE(head.vertices.value(), g.at("vertices"), 1e-6);
  CHECK_CLOSE(head.joints.value(), g.at("joints"), 1e-6);
  CHECK(model.contour_rows(head.rotations) == g.at("contour_row").to_vector<std::int64_t>());
  const Var marks = model.landmarks(head), marks3d = model.landmarks3d(head);
  CHECK_CLOSE(marks.value(), g.at("landmarks2d_3d"), 1e-6);
  CHECK_CLOSE(marks3d.value(), g.at("landmarks3d_3d"), 1e-6);
  CHECK_CLOSE(model.landmark_pixels(params).value(), g.at("landmarks2d_px"), 1e-3);
  CHECK_CLOSE(to_pixels(project(marks3d, params.camera)).value(), g.at("landmarks3d_px"), 1e-3);
  CHECK_CLOSE(project(head.vertices, params.camera).value(), g.at("trans_verts"), 1e-5);
  CHECK(model.landmark_count() == 68);
}

TEST_CASE("face: rotations and angles equal the reference, near the lock too") {
  const auto& g = golden();
  const Tensor v = g.at("euler.axis_angle"), want = g.at("euler.ypr_deg");
  CHECK_CLOSE(rodrigues(Var(v)).value(), g.at("rodrigues.matrix"), 1e-6);
  CHECK_CLOSE(rodrigues(Var(v)).value(), g.at("euler.matrix"), 1e-6);
  const auto got = euler_angles(Var(v)).value().to_vector<float>();
  const auto expected = want.to_vector<float>(), axis = v.to_vector<float>();
  for (std::size_t i = 0; i < expected.size(); i += 3) {
    CAPTURE(i / 3);
    const double tolerance = std::fabs(expected[i]) > 80 ? 2e-2 : 1e-3;
    const EulerAngles plain = euler_of(std::array<double, 3>{static_cast<double>(axis[i]),
                                                             static_cast<double>(axis[i + 1]),
                                                             static_cast<double>(axis[i + 2])});
    const double doubles[] = {plain.yaw, plain.pitch, plain.roll};
    for (std::size_t k = 0; k < 3; ++k) {
      CAPTURE(k);
      CHECK(std::fabs(static_cast<double>(got[i + k] - expected[i + k])) <= tolerance);
      CHECK(std::fabs(doubles[k] - static_cast<double>(expected[i + k])) <= tolerance);
    }
  }
  CHECK_CLOSE(euler_angles(slice(Var(g.at("param.pose")), 1, 0, 3)).value(),
              g.at("euler_of_pose_deg"), 1e-3);
}

TEST_CASE("face: a head turned by known angles reads as those angles") {
  for (double yaw = -85; yaw <= 85; yaw += 17)
    for (double pitch = -170; pitch <= 170; pitch += 34)
      for (double roll = -160; roll <= 160; roll += 40) {
        const EulerAngles got = euler_of(rotation_of(EulerAngles{yaw, pitch, roll}));
        CHECK(std::fabs(got.yaw - yaw) < 1e-9);
        CHECK(std::fabs(got.pitch - pitch) < 1e-9);
        CHECK(std::fabs(got.roll - roll) < 1e-9);
      }
  // Turned fully to a side: the pitch is kept, the roll is called 0.
  for (const double yaw : {90.0, -90.0}) {
    const Rotation r = rotation_of(EulerAngles{yaw, 37, 0});
    const EulerAngles got = euler_of(r);
    CHECK(got.yaw == yaw);
    CHECK(std::fabs(got.pitch - 37) < 1e-9);
    CHECK(got.roll == 0);
    const Var matrix(from_vector(std::vector<double>(r.begin(), r.end()), {3, 3}));
    CHECK_CLOSE(euler_of_rotations(matrix).value(),
                from_vector(std::vector<double>{yaw, 37, 0}, {3}), 1e-9);
  }
  // 0.998 is the last sine that is no lock.
  const auto tilted = [](double sine) {
    const double c = std::sqrt(1 - sine * sine);
    return euler_of(Rotation{c, 0, -sine, 0, 1, 0, sine, 0, c});
  };
  CHECK(tilted(0.998).yaw < 86.4);
  CHECK(tilted(0.9981).yaw == 90);
  CHECK(tilted(-0.998).yaw > -86.4);
  CHECK(tilted(-0.9981).yaw == -90);
  CHECK(tilted(1).roll == 0);
}

TEST_CASE("face: vertices, landmarks, pixels and angles have the derivatives of their f64 values") {
  const MorphableModel model = golden_model().to(DType::f64);
  const auto sample = [](const char* name) {  // the general pose and the rest pose
    const Tensor x = golden().at(std::string("param.") + name).to(DType::f64);
    return cat({Var(x.sliced(0, 5, 6)), Var(x.sliced(0, 0, 1))}, 0).value();
  };
  const std::vector<Tensor> in{sample("shape"), sample("exp"), sample("pose"), sample("cam")};
  const auto params = [](const Vars& v) {
    return MorphableParams{v[0], v[1], flame_pose(v[2]), v[3]};
  };
  const struct {
    std::string name;
    std::function<Var(const Vars&)> fn;
    std::size_t inputs;
  } cases[] = {
      {"vertices",
       [&](const Vars& v) {
         return model.posed(params({v[0], v[1], v[2], {}})).vertices;
       },
       3},
      {"joints",
       [&](const Vars& v) {
         return model.posed(params({v[0], v[1], v[2], {}})).joints;
       },
       3},
      {"landmarks",
       [&](const Vars& v) {
         return model.landmarks(model.posed(params({v[0], v[1], v[2], {}})));
       },
       3},
      {"landmarks3d",
       [&](const Vars& v) {
         return model.landmarks3d(model.posed(params({v[0], v[1], v[2], {}})));
       },
       3},
      {"pixels", [&](const Vars& v) { return model.landmark_pixels(params(v)); }, 4},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto report = test::gradient_report(
        c.fn, std::vector<Tensor>(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(c.inputs)));
    CHECK(report.worst <= 1);
    CHECK(report.largest > 1e-3);
  }
  // Samples 5..8 are general; 80 degrees of yaw and less.
  const Tensor axis = golden().at("euler.axis_angle").to(DType::f64);
  const auto angles = test::gradient_report([](const Vars& v) { return euler_angles(v[0]); },
                                            {axis.sliced(0, 0, 8).clone()});
  CHECK(angles.worst <= 1);
  CHECK(angles.largest > 10);  // degrees by radians
}

TEST_CASE("face: gradients stay finite at the rest pose and at the lock") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Var v(golden().at("euler.axis_angle").to(dtype), true);
    backward(sum(euler_angles(v)));
    for (const double g : v.grad().to(DType::f64).to_vector<double>()) CHECK(std::isfinite(g));
    // R20 = 1 exactly: yaw and roll have no gradient, R21 = R22 = 0 must not make a NaN.
    Var r(from_vector(std::vector<float>{0, 0, -1, 0, 1, 0, 1, 0, 0}, {1, 3, 3}).to(dtype), true);
    const Var angles = euler_of_rotations(r);
    CHECK(angles.value().to(DType::f64).to_vector<double>() == std::vector<double>{90, 0, 0});
    backward(sum(angles));
    for (const double g : r.grad().to(DType::f64).to_vector<double>()) CHECK(std::isfinite(g));
  }
}

TEST_CASE("face: the contour's row follows the yaw to the nearest degree, ties to even") {
  const MorphableModel& model = golden_model();
  const auto row = [&](double degrees) {
    std::vector<float> pose(15, 0);
    pose[1] = static_cast<float>(degrees * std::numbers::pi / 180);
    const Var rotations = rodrigues(reshape(Var(from_vector(pose, {1, 15})), {1, 5, 3}));
    return model.contour_rows(rotations)[0];
  };
  CHECK(row(0) == 0);
  CHECK(row(0.4) == 0);
  CHECK(row(0.6) == 1);
  CHECK(row(1.4) == 1);
  CHECK(row(-0.4) == 0);
  CHECK(row(-0.6) == 40);
  CHECK(row(39.4) == 39);
  CHECK(row(80) == 39);
  CHECK(row(-38.6) == 78);
  CHECK(row(-60) == 78);
  for (const auto& [degrees, want] : {std::pair{0.5, 0},
                                      {1.5, 2},
                                      {2.5, 2},
                                      {38.5, 38},
                                      {-0.5, 0},
                                      {-1.5, 41},
                                      {-2.5, 41},
                                      {-3.5, 43},
                                      {-38.5, 77},
                                      {-39.0, 78},
                                      {39.0, 39}})
    CHECK(contour_row(degrees, 39) == want);
  // The neck turns the contour as the root does; the jaw does not.
  std::vector<float> pose(15, 0);
  pose[4] = 0.3F;
  pose[7] = 0.5F;
  const auto posed_row = [&] {
    return model.contour_rows(rodrigues(reshape(Var(from_vector(pose, {1, 15})), {1, 5, 3})))[0];
  };
  CHECK(posed_row() == 17);
  // Root times neck: Rx(90) Ry(17) has no yaw, Ry(17) Rx(90) would have 17 degrees.
  pose[0] = static_cast<float>(std::numbers::pi / 2);
  CHECK(posed_row() == 0);
}

TEST_CASE("face: the source's shape moves with the driver's pose, expression and camera") {
  const MorphableParams all = golden_params();
  const auto one = [](const Var& x, std::int64_t i) { return slice(x, 0, i, i + 1); };
  const MorphableParams source{one(all.shape, 1), one(all.expression, 1), one(all.pose, 1),
                               one(all.camera, 1)};
  const MorphableParams motion = head_motion(source, all);
  const Tensor got = golden_model().landmark_pixels(motion).value();
  for (std::int64_t i = 0; i < 6; ++i) {
    const MorphableParams single{source.shape, one(all.expression, i), one(all.pose, i),
                                 one(all.camera, i)};
    CHECK(digest_of(golden_model().landmark_pixels(single).value()) ==
          digest_of(got.sliced(0, i, i + 1)));
  }
  // A source driven by itself is itself.
  CHECK(digest_of(golden_model().landmark_pixels(head_motion(source, source)).value()) ==
        digest_of(golden_model().landmark_pixels(source).value()));
}

TEST_CASE("face: landmark_part and landmarks_of give the whole model's bits") {
  const MorphableModel& model = golden_model();
  const std::int64_t sets = 150;
  const auto draw = [&](const char* use, std::int64_t n, double scale) {
    return Var(mul_scalar(Var(randn({sets, n}, {.seed = 5, .use = use}, true)), scale).value());
  };
  const MorphableParams params{
      draw("shape", 100, 1), draw("expression", 50, 1), draw("pose", 15, 0.3), {}};
  const Tensor whole = model.landmarks(model.posed(params)).value();
  const MorphableModel part = model.landmark_part();
  CHECK(part.vertex_count() <= model.vertex_count());
  CHECK(digest_of(part.landmarks(part.posed(params)).value()) == digest_of(whole));
  CHECK(digest_of(part.posed(params).joints.value()) ==
        digest_of(model.posed(params).joints.value()));
  CHECK(digest_of(part.landmarks3d(part.posed(params)).value()) ==
        digest_of(model.landmarks3d(model.posed(params)).value()));
  const std::string want = digest_of(whole);
  const int before = thread_count();
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    CHECK(digest_of(landmarks_of(part, params)) == want);
    CHECK(digest_of(landmarks_of(model, params)) == want);
  }
  set_thread_count(before);
}

TEST_CASE(
    "face: values and gradients have the same bits on every thread count and instruction set") {
  const auto digest = [] {
    MorphableParams params = golden_params();
    for (Var* field : {&params.shape, &params.expression, &params.pose, &params.camera})
      *field = Var(field->value(), true);
    const Var pixels = golden_model().landmark_pixels(params);
    const Var angles = euler_angles(slice(params.pose, 1, 0, 3));
    backward(add(sum(pixels), sum(angles)));
    return digest_of(pixels.value()) + digest_of(angles.value()) + digest_of(params.shape.grad()) +
           digest_of(params.expression.grad()) + digest_of(params.pose.grad()) +
           digest_of(params.camera.grad());
  };
  const std::string want = digest();
  const int threads_before = thread_count();
  const Isa isa_before = isa();
  for (const Isa one : available_isas())
    for (const int threads : {1, 2}) {
      set_isa(one);
      set_thread_count(threads);
      CHECK(digest() == want);
    }
  set_isa(isa_before);
  set_thread_count(threads_before);
}

TEST_CASE("face: a model without correctives, with joints and points given as such") {
  // A square of two triangles on one hinge: what a head made by formula gives, smallest.
  MorphableTables t{
      .v_template = from_vector(std::vector<float>{0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4, 3}),
      .identity_basis = full({4, 3, 1}, 1),
      .expression_basis = zeros({4, 3, 0}),
      .pose_basis = {},
      .joint_regressor = {},
      .joint_template = from_vector(std::vector<float>{0, 0, 0, 1, 0, 0}, {2, 3}),
      .joint_basis = full({2, 3, 1}, 1),
      .weights = from_vector(std::vector<float>{1, 0, 0, 1, 0, 1, 1, 0}, {4, 2}),
      .parents = from_vector(std::vector<std::int64_t>{-1, 0}, {2}),
      .faces = from_vector(std::vector<std::int64_t>{0, 1, 2, 0, 2, 3}, {2, 3}),
      .landmarks = {.contour = {}, .fixed = points_at_vertices({2, 0}), .full = {}}};
  const MorphableModel model(t);
  const float quarter = static_cast<float>(std::numbers::pi / 2);
  const PosedHead head =
      model.posed({.shape = Var(from_vector(std::vector<float>{0.5F}, {1, 1})),
                   .expression = {},
                   .pose = Var(from_vector(std::vector<float>{0, 0, 0, 0, 0, quarter}, {1, 6})),
                   .camera = {}});
  // Shifted by 0.5; vertices 1 and 2 turn by 90 degrees about (1.5, 0.5).
  const Tensor want = from_vector(
      std::vector<float>{0.5F, 0.5F, 0.5F, 1.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 1.5F, 0.5F},
      {1, 4, 3});
  CHECK_CLOSE(head.vertices.value(), want, 1e-6);
  const Tensor marks = model.landmarks(head).value();
  CHECK(digest_of(marks.sliced(1, 0, 1)) == digest_of(head.vertices.value().sliced(1, 2, 3)));
  CHECK(model.contour_rows(head.rotations).empty());
  CHECK(contains(error_of([&] { model.landmarks3d(head); }), "landmarks3d needs the table"));
  // No parameters at all: one head at rest.
  CHECK_CLOSE(model.posed({}).vertices.value().reshaped({4, 3}), t.v_template, 0);
}

TEST_CASE("face: vertex normals and the normal map equal the reference") {
  const auto& g = golden();
  CHECK_CLOSE(vertex_normals(g.at("vertices"), g.at("model.f")), g.at("vertex_normals"), 1e-6);
  Tensor projected = g.at("trans_verts").sliced(0, 5, 6).squeezed(0).clone();
  float* z = projected.mutate<float>();
  for (std::int64_t i = 0; i < projected.size(0); ++i)
    z[3 * i + 2] += static_cast<float>(kDepthOffset);
  const Tensor normals = g.at("vertex_normals").sliced(0, 5, 6).squeezed(0);
  const NormalMap map = rasterize_normals(projected, normals, g.at("model.f"), 64);
  CHECK(map.face.to_vector<std::int64_t>() == g.at("raster.face").to_vector<std::int64_t>());
  CHECK_CLOSE(map.depth, g.at("raster.depth"), 2e-6);
  CHECK_CLOSE(map.normal, g.at("raster.normal"), 1e-5);

  const MorphableParams params = golden_params();
  const PosedHead head = golden_model().posed(params);
  const int before = thread_count();
  std::string digests[2];
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    const NormalMap whole =
        normal_map(head.vertices.value().sliced(0, 5, 6).squeezed(0),
                   params.camera.value().sliced(0, 5, 6).squeezed(0), g.at("model.f"), 200);
    digests[threads - 1] = digest_of(whole.normal) + digest_of(whole.depth) + digest_of(whole.face);
    const Tensor picture = normal_colours(whole);
    CHECK(test::max_abs(picture) <= 1 + 1e-6);
    CHECK(picture.shape() == Shape{3, 200, 200});
  }
  set_thread_count(before);
  CHECK(digests[0] == digests[1]);
}

TEST_CASE("face: coverage is strict, the nearest face wins, ties go to the lower number") {
  // Two equal triangles over pixel centres of a 2 x 2 picture, the second farther, the third a tie with the first.
  const std::vector<float> corners{-1, -1, 5, 3, -1, 5, -1, 3, 5,  //
                                   -1, -1, 7, 3, -1, 7, -1, 3, 7};
  const Tensor p = from_vector(corners, {6, 3}), n = full({6, 3}, 1);
  const auto faces = [](std::vector<std::int64_t> f) {
    const auto rows = static_cast<std::int64_t>(f.size()) / 3;
    return from_vector(f, {rows, 3});
  };
  NormalMap map = rasterize_normals(p, n, faces({3, 4, 5, 0, 1, 2, 0, 2, 1}), 2);
  // The far corner's centre (0.5, 0.5) is inside too: x + y = 1 < 2.
  CHECK(map.face.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(map.depth.to_vector<float>() == std::vector<float>{5, 5, 5, 5});
  // An edge through a centre covers nothing: x = 0 of a picture of one pixel.
  const Tensor edge = from_vector(std::vector<float>{0, -1, 5, 0, 1, 5, 1, 0, 5}, {3, 3});
  map = rasterize_normals(edge, full({3, 3}, 1), faces({0, 1, 2}), 1);
  CHECK(map.face.to_vector<std::int64_t>() == std::vector<std::int64_t>{-1});
  CHECK(map.depth.to_vector<float>() == std::vector<float>{-1});
  // Behind the viewer, without area, not finite, and no faces at all: nothing is drawn.
  for (const std::vector<float>& bad : {std::vector<float>{-9, -9, -1, 9, -9, -1, 0, 9, -1},
                                        std::vector<float>{0, 0, 1, 0, 0, 1, 0, 0, 1},
                                        std::vector<float>{NAN, -9, 1, 9, -9, 1, 0, 9, 1}}) {
    map = rasterize_normals(from_vector(bad, {3, 3}), full({3, 3}, 1), faces({0, 1, 2}), 3);
    CHECK(map.face.to_vector<std::int64_t>() == std::vector<std::int64_t>(9, -1));
  }
  map = rasterize_normals(p, n, zeros({0, 3}, DType::i64), 1);
  CHECK(map.face.to_vector<std::int64_t>() == std::vector<std::int64_t>{-1});
  CHECK(contains(error_of([&] {
                   rasterize_normals(p, n, faces({0, 1, 6}), 4);
                 }),
                 "got 6 at [0, 2]"));
  CHECK(contains(error_of([&] { rasterize_normals(p, n, faces({0, 1, 2}), 8193); }), "got 8193"));
  CHECK(contains(error_of([&] { rasterize_normals(p, n, faces({0, 1, 2}), 0); }), "got 0"));
}

TEST_CASE("face: tables that do not fit are refused with array, place and value") {
  const auto refused = [](const std::function<void(MorphableTables&)>& spoil) {
    MorphableTables t = golden_tables();
    spoil(t);
    try {
      MorphableModel model(t, "head.pkl");
    } catch (const WeightsError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const auto with = [](const Tensor& x, std::int64_t at, double value) {
    Tensor y = x.contiguous().clone();
    if (y.dtype() == DType::i64) {
      y.mutate<std::int64_t>()[at] = static_cast<std::int64_t>(value);
    } else {
      y.mutate<float>()[at] = static_cast<float>(value);
    }
    return y;
  };
  CHECK(refused([](MorphableTables&) {}).empty());
  const struct {
    std::function<void(MorphableTables&)> spoil;
    std::string says;
  } cases[] = {
      {[](MorphableTables& t) { t.v_template = {}; },
       "head.pkl: array v_template must have 2 axes, got none"},
      {[](MorphableTables& t) { t.weights = {}; }, "array weights must be [60, 5], got none"},
      {[](MorphableTables& t) {
         t.weights = zeros({60, 4});
       },
       "array weights must be [60, 5], got f32[60, 4]"},
      {[](MorphableTables& t) { t.joint_regressor = {}; },
       "array joint_template must be [5, 3], got none"},
      {[](MorphableTables& t) {
         t.pose_basis = zeros({60, 3, 9});
       },
       "array pose_basis must be [60, 3, 36]"},
      {[&](MorphableTables& t) { t.faces = with(t.faces, 7, 60); },
       "array faces must be from 0 to 59, got 60 at [2, 1]"},
      {[&](MorphableTables& t) { t.faces = with(t.faces, 0, -1); }, "got -1 at [0, 0]"},
      {[&](MorphableTables& t) { t.v_template = with(t.v_template, 5, NAN); },
       "array v_template must be finite, got nan at [1, 2]"},
      {[&](MorphableTables& t) { t.identity_basis = with(t.identity_basis, 0, HUGE_VAL); },
       "array identity_basis must be finite, got inf"},
      {[&](MorphableTables& t) { t.parents = with(t.parents, 2, 3); },
       "array parents must be -1, then of each joint a smaller number, got 3 at [2]"},
      {[&](MorphableTables& t) { t.parents = with(t.parents, 0, 0); }, "got 0 at [0]"},
      {[](MorphableTables& t) { t.weights = t.weights.to(DType::f64); },
       "array weights must be f32 as v_template is"},
      {[](MorphableTables& t) { t.faces = t.faces.to(DType::i32); }, "array faces must be i64"},
      {[&](MorphableTables& t) {
         t.landmarks.fixed.corners = with(t.landmarks.fixed.corners, 3, 99);
       },
       "array landmarks fixed corners must be from 0 to 59, got 99 at [1, 0]"},
      {[](MorphableTables& t) {
         t.landmarks.full.weights = zeros({67, 3});
       },
       "landmarks full weights must be [68, 3]"},
      {[](MorphableTables& t) {
         t.landmarks.contour = {zeros({78, 17, 3}, DType::i64), zeros({78, 17, 3})};
       },
       "an odd number of rows, got 78"},
      {[](MorphableTables& t) { t.contour_joint = 5; }, "hold contour_joint, got 5"},
  };
  for (const auto& c : cases) {
    const std::string said = refused(c.spoil);
    CHECK_MESSAGE(contains(said, c.says), said, " must say ", c.says);
  }
  const auto params = golden_params();
  CHECK(contains(
      error_of([&] {
        golden_model().posed({params.shape, params.expression, slice(params.pose, 1, 0, 12), {}});
      }),
      "pose"));
  CHECK(contains(
      error_of([&] {
        golden_model().posed({slice(params.shape, 0, 0, 2), params.expression, params.pose, {}});
      }),
      "shape"));
}
