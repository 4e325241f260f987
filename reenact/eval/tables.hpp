// Tables over the units of an evaluation, and the gates of a first release.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "reenact/eval/evaluation.hpp"

namespace dact::eval {

/// A metric over all units: the mean over frames, and the mean of the clips' means. NaN where nothing was measured.
struct TableCell {
  double mean = 0, clip_mean = 0;
  std::int64_t measured = 0, left_out = 0;
  bool means_something() const { return measured + left_out > 0; }
};

struct TableRow {
  std::string name;
  std::array<TableCell, kMetrics> cells{};
  std::int64_t clips = 0, frames = 0, failed = 0;
  double source_seconds = 0, frame_seconds = 0;  // sums
  std::string digest;                            // over the units' digests
  const TableCell& operator[](Metric m) const { return cells[static_cast<std::size_t>(m)]; }
  /// One source and 200 frames at the speed that was measured; NaN for rows that are not made.
  double seconds_per_200() const;
  double frames_per_second() const;  // without the source's share
};

struct Table {
  TableKind kind = TableKind::self;
  std::vector<TableRow> rows;
  /// Null when there is none.
  const TableRow* row(std::string_view name) const;
};

/// Units in their order; those of other kinds are left out.
Table table_of(TableKind kind, const std::vector<UnitResult>& units);

/// Share of the way from `copy` down to `upper` that `value` has gone; NaN where `upper` is not below `copy`.
double closed(double copy, double upper, double value);

/// A figure that a release must reach, and one that would be good.
struct Gate {
  std::string name, unit;
  double value = 0, first = 0, good = 0;
  bool higher = true;    // is better
  bool has_good = true;  // else `good` means nothing
  bool measured() const;
  bool met() const;
  bool is_good() const;
};
std::vector<Gate> gates_of(const Table& self, const Table& cross);

/// What the paper prints, on photographs: other data, another estimator, no comparison in a strict sense.
struct PublishedRow {
  TableKind kind;
  std::string_view name;
  struct Value {
    Metric metric;
    double value;
  };
  std::vector<Value> values;
};
const std::vector<PublishedRow>& published_rows();
inline constexpr double kPublishedSecondsPer200 = 340;

}  // namespace dact::eval
