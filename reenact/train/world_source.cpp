#include "reenact/train/world_source.hpp"

#include "reenact/train/appearance_code.hpp"
#include "tensor/error.hpp"

namespace dact::train {
namespace {

constexpr float kRadiansPerDegree = 0.017453292519943295F;

Tensor repeated(const std::vector<float>& row, std::int64_t frames) {
  const Tensor one = from_vector(row, {1, static_cast<std::int64_t>(row.size())});
  return one.expanded({frames, one.size(1)}).contiguous();
}

}  // namespace

WorldSource::WorldSource(const world::DatasetPlan& plan, std::uint64_t seed)
    : ClipSource(plan.identities * plan.clips, plan.frames, seed),
      plan_(plan),
      seeds_(world::sample_population(plan.population, plan.identities)) {
  if (world::is_bench_population(plan.population))
    throw UsageError("train", "the population must be none of a benchmark's, got " +
                                  std::to_string(plan.population));
}

std::string WorldSource::describe() const {
  return "procedural heads, population " + std::to_string(plan_.population) + ": " +
         std::to_string(plan_.identities) + " people, " + std::to_string(plan_.clips) +
         " clips each, " + std::to_string(plan_.frames) + " frames each, every " +
         std::to_string(plan_.every) + " of 25 a second, " + std::to_string(plan_.size) + " pixels";
}

Batch WorldSource::load(std::int64_t number) const {
  const std::int64_t person = number / plan_.clips;
  const world::Clip clip =
      world::make_clip(seeds_[static_cast<std::size_t>(person)],
                       static_cast<std::uint64_t>(number % plan_.clips), plan_.frames, plan_.every);
  const world::DrawnClip drawn = world::draw_clip(clip, plan_.frames, plan_.every, plan_.size);
  Batch batch;
  const int chw[] = {0, 3, 1, 2};
  batch.image = drawn.rgb.permuted(chw).contiguous();
  batch.mask = drawn.labels;
  set_motion(batch, drawn.truth);
  set_looks(batch, plan_.frames, clip_looks(clip.person_seed(), clip.clip_seed()), person, number);
  return batch;
}

ClipLooks clip_looks(std::uint64_t person_seed, std::uint64_t clip_seed) {
  head::DrawnPerson person = head::draw_person(person_seed);
  const world::Scene scene = world::sample_scene(clip_seed, person.appearance);
  const head::Identity codes = head::orthonormal_codes(head::head_model(), person.identity);
  const AppearanceCode looks = appearance_code(person.appearance, scene.light, scene.background);
  return {.identity = {codes.begin(), codes.end()},
          .camera = {scene.camera.scale, scene.camera.tx, scene.camera.ty},
          .appearance = {looks.value.begin(), looks.value.end()},
          .appearance_seen = {looks.seen.begin(), looks.seen.end()}};
}

void set_looks(Batch& batch, std::int64_t frames, const ClipLooks& looks, std::int64_t person,
               std::int64_t clip) {
  batch.identity = repeated(looks.identity, frames);
  batch.camera = repeated(looks.camera, frames);
  batch.appearance = repeated(looks.appearance, frames);
  batch.appearance_seen = repeated(looks.appearance_seen, frames);
  batch.person = full({frames}, static_cast<double>(person), DType::i64);
  batch.clip = full({frames}, static_cast<double>(clip), DType::i64);
}

void set_motion(Batch& batch, const std::vector<world::Truth>& truth) {
  const auto frames = static_cast<std::int64_t>(truth.size());
  std::vector<float> landmarks, pose, expression, gaze;
  for (const world::Truth& t : truth) {
    for (const auto& p : t.landmarks) landmarks.insert(landmarks.end(), p.begin(), p.end());
    for (const float v : {t.pose.yaw, t.pose.pitch, t.pose.roll, t.pose.jaw}) pose.push_back(v);
    const auto codes = head::orthonormal_expression(head::head_model(), t.pose.expression);
    expression.insert(expression.end(), codes.begin(), codes.end());
    gaze.push_back(t.pose.gaze_y * kRadiansPerDegree);
    gaze.push_back(-t.pose.gaze_x * kRadiansPerDegree);
  }
  batch.landmarks = from_vector(landmarks, {frames, head::kLandmarks, 2});
  batch.pose = from_vector(pose, {frames, 4});
  batch.expression = from_vector(expression, {frames, head::kExpressions});
  batch.gaze = from_vector(gaze, {frames, 2});
}

}  // namespace dact::train
