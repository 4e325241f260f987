#include "reenact/eval/tables.hpp"

#include <cmath>
#include <limits>

#include "reenact/face/metrics.hpp"
#include "tensor/digest.hpp"

namespace dact::eval {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A metric's numbers with those that are missing counted.
face::FrameMetric as_metric(const std::vector<double>& each) {
  face::FrameMetric metric{each, 0};
  for (const double v : each) metric.left_out += std::isnan(v);
  return metric;
}

TableCell cell_of(const std::vector<const UnitRow*>& rows, std::size_t metric) {
  std::vector<double> all, clips;
  for (const UnitRow* row : rows) {
    const std::vector<double>& each = row->measures.of[metric];
    all.insert(all.end(), each.begin(), each.end());
    if (!each.empty()) clips.push_back(as_metric(each).mean());
  }
  const face::FrameMetric frames = as_metric(all);
  return {.mean = frames.mean(),
          .clip_mean = as_metric(clips).mean(),
          .measured = static_cast<std::int64_t>(all.size()) - frames.left_out,
          .left_out = frames.left_out};
}

TableRow row_of(const std::string& name, const std::vector<const UnitRow*>& rows) {
  TableRow out;
  out.name = name;
  Sha256 sha;
  for (const UnitRow* row : rows) {
    ++out.clips;
    out.frames += row->frames;
    out.failed += row->failed;
    out.source_seconds += row->source_seconds;
    out.frame_seconds += row->frame_seconds;
    sha.update(row->digest + "\n");
  }
  out.digest = sha.finish();
  for (std::size_t m = 0; m < kMetrics; ++m) out.cells[m] = cell_of(rows, m);
  return out;
}

double mean_in(const Table& table, std::string_view row, Metric metric) {
  const TableRow* r = table.row(row);
  return r == nullptr || !(*r)[metric].means_something() ? kNone : (*r)[metric].mean;
}

Gate closed_gate(const Table& self, std::string_view row, Metric metric, const std::string& name,
                 double first, double good) {
  return {.name = name,
          .unit = "%",
          .value = 100 * closed(mean_in(self, kCopy, metric), mean_in(self, kUpper, metric),
                                mean_in(self, row, metric)),
          .first = first,
          .good = good};
}

}  // namespace

double TableRow::seconds_per_200() const {
  constexpr double kClip = 200;
  if (frames == 0 || !(frame_seconds > 0)) return kNone;
  return source_seconds / static_cast<double>(clips) +
         kClip * frame_seconds / static_cast<double>(frames);
}

double TableRow::frames_per_second() const {
  return frame_seconds > 0 ? static_cast<double>(frames) / frame_seconds : kNone;
}

const TableRow* Table::row(std::string_view name) const {
  for (const TableRow& r : rows)
    if (r.name == name) return &r;
  return nullptr;
}

Table table_of(TableKind kind, const std::vector<UnitResult>& units) {
  std::vector<std::string> names;
  std::vector<std::vector<const UnitRow*>> parts;
  for (const UnitResult& unit : units) {
    if (unit.unit.kind != kind) continue;
    for (const UnitRow& row : unit.rows) {
      std::size_t k = 0;
      while (k < names.size() && names[k] != row.name) ++k;
      if (k == names.size()) {
        names.push_back(row.name);
        parts.emplace_back();
      }
      parts[k].push_back(&row);
    }
  }
  Table table{kind, {}};
  for (std::size_t k = 0; k < names.size(); ++k) table.rows.push_back(row_of(names[k], parts[k]));
  return table;
}

double closed(double copy, double upper, double value) {
  return copy > upper ? (copy - value) / (copy - upper) : kNone;
}

bool Gate::measured() const { return std::isfinite(value); }
bool Gate::met() const { return measured() && (higher ? value >= first : value <= first); }
bool Gate::is_good() const {
  return has_good && measured() && (higher ? value >= good : value <= good);
}

std::vector<Gate> gates_of(const Table& self, const Table& cross) {
  const auto in_self = [&](std::string_view row, Metric m) { return mean_in(self, row, m); };
  const TableRow* ours = self.row(kOurs);
  const auto away = [&](Metric m) { return 1 - mean_in(cross, kOurs, m); };
  return {
      {"autoencoding, PSNR", "dB", in_self(kUpper, Metric::psnr), 32, 35},
      {"autoencoding, SSIM", "", in_self(kUpper, Metric::ssim), 0.945, 0.965},
      closed_gate(self, kSwap, Metric::apd, "E(target) from the source's x_T: APD closed", 75, 90),
      {"E(target) from random x_T: APD", "degrees", in_self(kRandom, Metric::apd), 3, 2, false},
      closed_gate(self, kOurs, Metric::apd, "self: APD closed", 70, 88),
      closed_gate(self, kOurs, Metric::nme, "self: NME closed", 60, 80),
      closed_gate(self, kOurs, Metric::aed, "self: AED closed", 40, 65),
      closed_gate(self, kOurs, Metric::gaze, "self: gaze closed", 40, 65),
      {"self: PSNR above the copy", "dB",
       in_self(kOurs, Metric::psnr) - in_self(kCopy, Metric::psnr), 4, 6.5},
      {"self: CSIM against the upper bound's", "",
       in_self(kOurs, Metric::csim) / in_self(kUpper, Metric::csim), 0.85, 0.95},
      {"cross: (1 - CSIM to driver) / (1 - CSIM to source)", "",
       away(Metric::csim_driver) / away(Metric::csim), 2, 4},
      {"cross: APD against the self figure", "",
       mean_in(cross, kOurs, Metric::apd) / in_self(kOurs, Metric::apd), 1.5, 0, false, false},
      {"speed on this machine", "frames/s", ours == nullptr ? kNone : ours->frames_per_second(), 6,
       10},
  };
}

const std::vector<PublishedRow>& published_rows() {
  using enum Metric;
  // Bounareli et al. 2024, tables 1 to 3 and the ablation of x_T
  static const std::vector<PublishedRow> rows = {
      {TableKind::self,
       "DiffusionAct, VoxCeleb1",
       {{psnr, 19.7},
        {ssim, 0.83},
        {csim, 0.69},
        {perceptual, 0.24},
        {l1, 0.14},
        {nme, 12.5},
        {apd, 0.8},
        {aed, 7.2},
        {tl_id, 1.000},
        {tg_id, 0.950}}},
      {TableKind::cross, "DiffusionAct, VoxCeleb1", {{csim, 0.60}, {apd, 1.0}, {aed, 11.9}}},
      {TableKind::large,
       "DiffusionAct, VoxCeleb1",
       {{psnr, 17.5},
        {ssim, 0.83},
        {csim, 0.49},
        {perceptual, 0.34},
        {l1, 0.19},
        {nme, 14.6},
        {apd, 1.0},
        {aed, 8.0}}},
      {TableKind::inversion,
       "DiffusionAct, random x_T",
       {{psnr, 19.0}, {ssim, 0.80}, {csim, 0.47}, {perceptual, 0.33}}},
      {TableKind::inversion,
       "DiffusionAct, T_xT = 20",
       {{psnr, 19.6}, {ssim, 0.82}, {csim, 0.68}, {perceptual, 0.25}}},
      {TableKind::inversion,
       "DiffusionAct, T_xT = 50",
       {{psnr, 19.7}, {ssim, 0.83}, {csim, 0.69}, {perceptual, 0.24}}},
  };
  return rows;
}

}  // namespace dact::eval
