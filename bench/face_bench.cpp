// Faces, on a model of FLAME's size (5023 vertices, 9976 faces, 100 + 50 directions, 36 correctives, 79 x 17 contour
// points) with random tables.
//   landmarks/N         parameter sets per second through landmarks_of; N: how many degrees of yaw a contour point stays on
//                       one face (5: about what a surface with triangles of 4 mm gives; 1: every row has faces of its own)
//   vertices            whole heads per second, posed() in batches of 16
//   normal_map/H        maps per second of one posed head
// Wall time, at DACT_THREADS. DACT_THREADS=2 build/cpu/bench/face_bench
#include <benchmark/benchmark.h>

#include "autograd/ops.hpp"
#include "reenact/face/morphable.hpp"
#include "reenact/face/normal_map.hpp"
#include "tensor/parallel.hpp"

namespace {

using namespace dact;
using namespace dact::face;

constexpr std::int64_t kVertices = 5023,
                       kSide = 71;  // a sheet of 71 x 71 vertices, the last 18 left out

// Triangles of the sheet, so that neighbours in the contour table share vertices as on a face.
Tensor sheet_faces() {
  std::vector<std::int64_t> f;
  for (std::int64_t row = 0; row + 1 < kSide; ++row)
    for (std::int64_t column = 0; column + 1 < kSide; ++column) {
      const std::int64_t a = row * kSide + column, b = a + kSide;
      if (b + 1 < kVertices) f.insert(f.end(), {a, a + 1, b, a + 1, b + 1, b});
    }
  return from_vector(f, {static_cast<std::int64_t>(f.size()) / 3, 3});
}

// Half a cylinder, 20 cm high: as much of the picture as a face.
Tensor sheet() {
  std::vector<double> p;
  for (std::int64_t v = 0; v < kVertices; ++v) {
    const double across = static_cast<double>(v % kSide) / (kSide - 1) - 0.5,
                 up = static_cast<double>(v / kSide) / (kSide - 1) - 0.5;
    p.insert(p.end(), {0.2 * across, 0.2 * up, 0.4 * (0.25 - across * across)});
  }
  return from_vector(p, {kVertices, 3}).to(DType::f32);
}

SurfacePoints points(const Tensor& faces, const Shape& shape,
                     const std::vector<std::int64_t>& index) {
  Shape three = shape;
  three.push_back(3);
  return points_on_faces(faces, from_vector(index, shape), full(three, 1.0 / 3), "bench", "points");
}

MorphableModel flame_sized(std::int64_t degrees_on_a_face) {
  const auto table = [](const Shape& shape, const char* use, double scale) {
    return mul_scalar(Var(randn(shape, {.seed = 1, .use = use})), scale).value();
  };
  const Tensor faces = sheet_faces();
  std::vector<std::int64_t> contour, fixed;
  for (std::int64_t row = 0; row < 79; ++row)
    for (std::int64_t i = 0; i < 17; ++i) {
      const std::int64_t degree = row < 40 ? row : 39 - row;  // -39 .. 39
      contour.push_back(i * 4 * 140 + 2 * ((degree + 39) / degrees_on_a_face));
    }
  for (std::int64_t i = 0; i < 51; ++i) fixed.push_back(90 + i * 190);
  return MorphableModel(
      MorphableTables{.v_template = sheet(),
                      .identity_basis = table({kVertices, 3, 100}, "identity", 0.001),
                      .expression_basis = table({kVertices, 3, 50}, "expression", 0.001),
                      .pose_basis = table({kVertices, 3, 36}, "pose", 0.001),
                      .joint_regressor = rand({5, kVertices}, {.seed = 1, .use = "joints"}),
                      .joint_template = {},
                      .joint_basis = {},
                      .weights = softmax(Var(table({kVertices, 5}, "weights", 1)), 1).value(),
                      .parents = from_vector(std::vector<std::int64_t>{-1, 0, 1, 1, 1}, {5}),
                      .faces = faces,
                      .landmarks = {.contour = points(faces, {79, 17}, contour),
                                    .fixed = points(faces, {51}, fixed),
                                    .full = {}}});
}

MorphableParams parameters(std::int64_t sets) {
  const auto draw = [&](const char* use, std::int64_t n, double scale) {
    return Var(mul_scalar(Var(randn({sets, n}, {.seed = 2, .use = use}, true)), scale).value());
  };
  return {draw("shape", 100, 1), draw("expression", 50, 1), draw("pose", 15, 0.3),
          draw("camera", 3, 1)};
}

void landmarks(benchmark::State& state) {
  const MorphableModel model = flame_sized(state.range(0)).landmark_part();
  const std::int64_t sets = 8192;
  const MorphableParams params = parameters(sets);
  for (auto _ : state) benchmark::DoNotOptimize(landmarks_of(model, params));
  state.SetItemsProcessed(state.iterations() * sets);
  state.counters["threads"] = thread_count();
  state.counters["vertices"] = static_cast<double>(model.vertex_count());
}
BENCHMARK(landmarks)->Arg(5)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

void vertices(benchmark::State& state) {
  const NoGrad no_grad;
  const MorphableModel model = flame_sized(5);
  const MorphableParams params = parameters(16);
  for (auto _ : state) benchmark::DoNotOptimize(model.posed(params));
  state.SetItemsProcessed(state.iterations() * 16);
}
BENCHMARK(vertices)->UseRealTime()->Unit(benchmark::kMillisecond);

void normal_maps(benchmark::State& state) {
  const MorphableModel model = flame_sized(5);
  const Tensor head = model.posed({}).vertices.value().squeezed(0).contiguous(),
               camera = from_vector(std::vector<float>{9, 0, 0}, {3});
  for (auto _ : state)
    benchmark::DoNotOptimize(normal_map(head, camera, model.tables().faces, state.range(0)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(normal_maps)
    ->Name("normal_map")
    ->Arg(64)
    ->Arg(224)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
