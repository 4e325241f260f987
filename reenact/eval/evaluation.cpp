#include "reenact/eval/evaluation.hpp"

#include <algorithm>
#include <numeric>

#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::eval {
namespace {

std::vector<std::int64_t> counted_from(std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(std::max<std::int64_t>(0, end - first)));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Made as_made(const Tensor& pictures) {
  Made made;
  made.pictures = pictures;
  return made;
}

std::string bytes_digest(const Tensor& pictures) {
  const Tensor bytes = pictures.contiguous();
  Sha256 sha;
  sha.update(bytes.data<std::uint8_t>(), static_cast<std::size_t>(bytes.numel()));
  return sha.finish();
}

void require_counts(const world::BenchSet& set, const Subjects& subjects, const EvalOptions& o) {
  if (set.plan.size != nets::kImageSize || subjects.model->config().image_size != nets::kImageSize)
    throw UsageError("eval", "set and model must have pictures of 64 pixels, as the judge's, got " +
                                 std::to_string(set.plan.size) + " and " +
                                 std::to_string(subjects.model->config().image_size));
  if (o.limit < 0 || o.step_clips < 0 || o.batch < 1)
    throw UsageError("eval", "limit and step_clips must be >= 0 and batch >= 1, got " +
                                 std::to_string(o.limit) + ", " + std::to_string(o.step_clips) +
                                 ", " + std::to_string(o.batch));
  std::vector<std::int64_t> steps = o.step_choices;
  steps.insert(steps.end(), o.inversion_choices.begin(), o.inversion_choices.end());
  steps.insert(steps.end(), {o.steps, o.inversion_steps});
  for (const std::int64_t n : steps) diffusion::sampling_steps(subjects.model->config(), n);
}

}  // namespace

std::string_view name_of(TableKind kind) {
  switch (kind) {
    case TableKind::self:
      return "self";
    case TableKind::cross:
      return "cross";
    case TableKind::large:
      return "large-pose";
    case TableKind::steps:
      return "steps";
    case TableKind::inversion:
      return "inversion";
  }
  return "";
}

Evaluation::Evaluation(const world::BenchSet& set, const Subjects& subjects, const Judge& judge,
                       const EvalOptions& options)
    : set_(set),
      subjects_(subjects),
      judge_(judge),
      options_(options),
      people_(world::sample_population(set.plan.population, set.plan.identities)),
      cross_(world::cross_pairs(set)),
      large_(world::large_pose_pairs(set)) {
  require_counts(set, subjects, options);
  const std::int64_t clips =
      options.limit == 0 ? set.plan.identities : std::min(options.limit, set.plan.identities);
  const auto pairs = static_cast<std::int64_t>(cross_.size());
  for (std::int64_t k = 0; k < clips; ++k) units_.push_back({TableKind::self, k});
  for (std::int64_t k = 0; k < std::min(pairs, options.limit == 0 ? pairs : options.limit); ++k)
    units_.push_back({TableKind::cross, k});
  for (std::int64_t k = 0; k < clips; ++k)
    if (!large_frames(k, true).empty()) units_.push_back({TableKind::large, k});
  for (const TableKind kind : {TableKind::steps, TableKind::inversion})
    for (std::int64_t k = 0; k < std::min(clips, options.step_clips); ++k)
      units_.push_back({kind, k});
}

const EvalClip& Evaluation::clip(std::int64_t number) const {
  for (auto k = kept_.begin(); k != kept_.end(); ++k)
    if ((*k)->number == number) {
      std::rotate(k, k + 1, kept_.end());  // the next to go is the one not used for longest
      return *kept_.back();
    }
  constexpr std::size_t kMost = 2;  // a cross pair looks at two
  if (kept_.size() == kMost) kept_.erase(kept_.begin());
  kept_.push_back(std::make_unique<EvalClip>(
      draw_eval_clip(set_, people_[static_cast<std::size_t>(number)], number)));
  return *kept_.back();
}

std::vector<std::int64_t> Evaluation::large_frames(std::int64_t clip, bool sources) const {
  std::vector<std::int64_t> frames;
  for (const world::BenchPair& p : large_)
    if (p.source.clip == clip) frames.push_back(sources ? p.source.frame : p.target.frame);
  return frames;
}

std::int64_t Evaluation::work(const Unit& unit) const {
  const std::int64_t targets = set_.plan.frames - 1, t = options_.steps,
                     back = options_.inversion_steps;
  switch (unit.kind) {
    case TableKind::self:  // ours, the upper bound, both decodings of E(target)
      return (back + targets * t) + targets * (back + t) + (back + targets * t) + targets * t;
    case TableKind::cross:
      return back + set_.plan.frames * t;
    case TableKind::large:
      return 2 * static_cast<std::int64_t>(large_frames(unit.number, true).size()) * (back + t);
    case TableKind::steps: {
      std::int64_t sum = 0;
      for (const std::int64_t steps : options_.step_choices) sum += back + targets * steps;
      return sum;
    }
    case TableKind::inversion: {
      std::int64_t sum = targets * t;  // from random x_T
      for (const std::int64_t steps : options_.inversion_choices) sum += steps + targets * t;
      return sum;
    }
  }
  return 0;
}

UnitResult Evaluation::run(const Unit& unit, EvalWatcher* watcher) const {
  const Studio studio(subjects_, options_.points, options_.seed, options_.batch, watcher);
  switch (unit.kind) {
    case TableKind::self:
      return run_self(unit, studio);
    case TableKind::cross:
      return run_cross(unit, studio);
    case TableKind::large:
      return run_large(unit, studio);
    case TableKind::steps:
    case TableKind::inversion:
      return run_steps(unit, studio);
  }
  return {unit, {}};
}

UnitRow Evaluation::row(std::string_view name, const Made& made, const Against& against) const {
  const Readings result = read_pictures(judge_, made.pictures, options_.least_confidence);
  const std::int64_t frames = made.pictures.size(0);
  return {.name = std::string(name),
          .measures = measure(result, against),
          .frames = frames,
          .failed = result.failed,
          .source_seconds = made.source_seconds,
          .frame_seconds = made.frame_seconds,
          .digest = bytes_digest(made.pictures),
          .shown = picked(made.pictures, {frames / 2, frames - 1})};
}

UnitResult Evaluation::run_self(const Unit& unit, const Studio& studio) const {
  const EvalClip& person = clip(unit.number);
  const std::vector<std::int64_t> rows = counted_from(1, set_.plan.frames);
  const std::vector<std::int64_t> source(rows.size(), 0);
  const Sampling sampling{options_.steps, options_.inversion_steps};
  Sampling random = sampling;
  random.random_x_T = true;
  const Tensor targets = person.frames(rows), first = person.frames({0});
  Against against;
  against.target = read_pictures(judge_, targets, options_.least_confidence);
  against.truth = picked(readings_of_truth(person.known), rows);
  return {
      unit,
      {row(kOurs, studio.reenacted(person, 0, person, rows, sampling), against),
       row(kCopy, as_made(person.frames(source)), against), row(kTarget, as_made(targets), against),
       row(kUpper, studio.autoencoded(targets, sampling), against),
       row(kSwap, studio.from_codes(person, first, targets, sampling), against),
       row(kRandom, studio.from_codes(person, first, targets, random), against)}};
}

UnitResult Evaluation::run_cross(const Unit& unit, const Studio& studio) const {
  const world::BenchPair& pair = cross_[static_cast<std::size_t>(unit.number)];
  const EvalClip &person = clip(pair.source.clip), &driver = clip(pair.target.clip);
  const std::vector<std::int64_t> rows = counted_from(0, set_.plan.frames);
  const std::vector<std::int64_t> source(rows.size(), pair.source.frame);
  Against against;
  against.same_person = false;
  against.target = read_pictures(judge_, driver.frames(rows), options_.least_confidence);
  against.source =
      picked(read_pictures(judge_, person.frames({pair.source.frame}), options_.least_confidence),
             std::vector<std::int64_t>(rows.size(), 0));
  against.truth = readings_of_truth(driver.known);
  return {unit,
          {row(kOurs,
               studio.reenacted(person, pair.source.frame, driver, rows,
                                {options_.steps, options_.inversion_steps}),
               against),
           row(kCopy, as_made(person.frames(source)), against),
           row(kTarget, as_made(driver.frames(rows)), against)}};
}

UnitResult Evaluation::run_large(const Unit& unit, const Studio& studio) const {
  const EvalClip& person = clip(unit.number);
  const std::vector<std::int64_t> sources = large_frames(unit.number, true),
                                  rows = large_frames(unit.number, false);
  const Sampling sampling{options_.steps, options_.inversion_steps};
  const Tensor targets = person.frames(rows);
  Against against;
  against.one_clip = false;
  against.target = read_pictures(judge_, targets, options_.least_confidence);
  against.truth = picked(readings_of_truth(person.known), rows);
  Made ours;
  Tensors pictures;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Made one = studio.reenacted(person, sources[i], person, {rows[i]}, sampling);
    pictures.push_back(one.pictures);
    ours.source_seconds += one.source_seconds;
    ours.frame_seconds += one.frame_seconds;
  }
  ours.pictures = cat(pictures, 0);
  return {unit,
          {row(kOurs, ours, against), row(kCopy, as_made(person.frames(sources)), against),
           row(kTarget, as_made(targets), against),
           row(kUpper, studio.autoencoded(targets, sampling), against)}};
}

UnitResult Evaluation::run_steps(const Unit& unit, const Studio& studio) const {
  const EvalClip& person = clip(unit.number);
  const std::vector<std::int64_t> rows = counted_from(1, set_.plan.frames);
  Against against;
  against.target = read_pictures(judge_, person.frames(rows), options_.least_confidence);
  against.truth = picked(readings_of_truth(person.known), rows);
  UnitResult result{unit, {}};
  const auto add = [&](const std::string& name, const Sampling& sampling) {
    result.rows.push_back(row(name, studio.reenacted(person, 0, person, rows, sampling), against));
  };
  const std::int64_t t = options_.steps, back = options_.inversion_steps;
  if (unit.kind == TableKind::steps) {
    for (const std::int64_t n : options_.step_choices) add("T = " + std::to_string(n), {n, back});
    return result;
  }
  add("random x_T", {t, back, true});
  for (const std::int64_t n : options_.inversion_choices)
    add("T_xT = " + std::to_string(n), {t, n});
  return result;
}

}  // namespace dact::eval
