#include "reenact/eval/measures.hpp"

#include "reenact/face/metrics.hpp"
#include "tensor/sum.hpp"

namespace dact::eval {
namespace {

constexpr MetricInfo kInfos[kMetrics] = {
    {"psnr", "PSNR", "dB", true, 2},
    {"ssim", "SSIM", "", true, 4},
    {"l1", "L1", "on [-1, 1]", false, 4},
    {"perceptual", "perceptual", "parser features", false, 4},
    {"csim", "CSIM", "", true, 4},
    {"csim_driver", "CSIM to driver", "", false, 4},
    {"nme", "NME", "x 1000", false, 2},
    {"apd", "APD", "degrees", false, 3},
    {"aed", "AED", "sum of 32 codes", false, 3},
    {"gaze", "gaze", "degrees", false, 3},
    {"nme_truth", "NME, truth", "x 1000", false, 2},
    {"apd_truth", "APD, truth", "degrees", false, 3},
    {"aed_truth", "AED, truth", "sum of 32 codes", false, 3},
    {"gaze_truth", "gaze, truth", "degrees", false, 3},
    {"tl_id", "TL-ID", "", true, 4},
    {"tg_id", "TG-ID", "", true, 4},
};

double mean_square(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<float>(), y = b.to_vector<float>();
  const auto n = static_cast<std::int64_t>(x.size());
  return lane_sum<double>(n,
                          [&](std::int64_t i) {
                            const auto k = static_cast<std::size_t>(i);
                            const double d = static_cast<double>(x[k]) - static_cast<double>(y[k]);
                            return d * d;
                          }) /
         static_cast<double>(n);
}

double perceptual_distance(const Readings& a, const Readings& b, std::int64_t frame) {
  double sum = 0;
  for (std::size_t depth = 0; depth < a.features.size(); ++depth)
    sum += mean_square(a.features[depth].sliced(0, frame, frame + 1),
                       b.features[depth].sliced(0, frame, frame + 1));
  return sum;
}

void measure_pictures(const Readings& result, const Readings& target, Measures& m) {
  for (std::int64_t f = 0; f < result.images.size(0); ++f) {
    const Tensor a = target.images.sliced(0, f, f + 1), b = result.images.sliced(0, f, f + 1);
    m[Metric::psnr].push_back(face::psnr(a, b));
    m[Metric::ssim].push_back(face::ssim(a, b));
    m[Metric::l1].push_back(face::l1(a, b));
    m[Metric::perceptual].push_back(perceptual_distance(target, result, f));
  }
}

}  // namespace

const MetricInfo& info_of(Metric metric) { return kInfos[static_cast<std::size_t>(metric)]; }

Measures measure(const Readings& result, const Against& against) {
  const Readings &target = against.target, &truth = against.truth;
  Measures m;
  if (against.same_person) {
    measure_pictures(result, target, m);
    m[Metric::csim] = face::csim(target.embedding, result.embedding).each;
    m[Metric::nme] = face::nme_box(target.landmarks, result.landmarks).each;
    m[Metric::nme_truth] = face::nme_box(truth.landmarks, result.landmarks).each;
  } else {
    m[Metric::csim] = face::csim(against.source.embedding, result.embedding).each;
    m[Metric::csim_driver] = face::csim(target.embedding, result.embedding).each;
  }
  m[Metric::apd] = face::apd(target.angles, result.angles).each;
  m[Metric::aed] = face::aed_sum(target.expression, result.expression).each;
  m[Metric::gaze] = face::aed_mean(target.gaze, result.gaze).each;
  m[Metric::apd_truth] = face::apd(truth.angles, result.angles).each;
  m[Metric::aed_truth] = face::aed_sum(truth.expression, result.expression).each;
  m[Metric::gaze_truth] = face::aed_mean(truth.gaze, result.gaze).each;
  if (against.one_clip && result.images.size(0) > 1) {
    m[Metric::tl_id] = face::tl_id(target.embedding, result.embedding).each;
    m[Metric::tg_id] = face::tg_id(target.embedding, result.embedding).each;
  }
  return m;
}

}  // namespace dact::eval
