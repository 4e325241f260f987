// Ground truth as one row of numbers per picture, in units of each number's spread.
#pragma once
#include <string>
#include <vector>

#include "autograd/ops.hpp"
#include "reenact/train/batch.hpp"

namespace dact::train {

/// A run of columns with one meaning.
struct TruthGroup {
  std::string name;
  std::int64_t begin = 0, end = 0;
  double least_spread = 0;  // in the columns' unit: less is no difference that a picture shows
};

/// Columns: pose 4, gaze 2, camera 3, expression 32, identity 36, appearance 66.
const std::vector<TruthGroup>& truth_groups();
inline constexpr std::int64_t kTruthWidth = 143;

/// Rows of those columns in their own units, and which of them count: [B, 143] each.
struct TruthRows {
  Tensor value, seen;
};
TruthRows truth_rows(const Batch& batch);
/// `seen` such that every group counts as one column, however many it has: 2 numbers of gaze would drown in 66 of looks.
Tensor balanced(const Tensor& seen);

/// Mean and spread of every column, measured once on a batch; no spread below its group's least.
/// order        in double, rows ascending; a column that does not vary at all counts nowhere
class TruthScale {
 public:
  explicit TruthScale(const Batch& measured);
  /// (value - mean) / spread, and weights 0 or 1.
  TruthRows normalised(const Batch& batch) const;
  /// In the column's own unit; spread 0: it did not vary.
  double mean(std::int64_t column) const { return mean_[static_cast<std::size_t>(column)]; }
  double spread(std::int64_t column) const { return spread_[static_cast<std::size_t>(column)]; }

 private:
  std::vector<double> mean_, spread_;
};

/// Huber's loss, 1 at slope, weighted.
/// equation     q = clamp(|a - b|, 0, beta);  l = sum w q (|a - b| - q / 2) / beta / max(sum w, 1)
/// a, b         f32 [B, N]; weight f32 [B, N], constant
/// source       Girshick 2015, eq. 3, with the width beta
Var smooth_l1(const Var& a, const Var& b, const Tensor& weight, double beta = 1);

}  // namespace dact::train
