// How much of one set of numbers a linear map can tell from another: the test of whether a code carries the pose.
#pragma once
#include <vector>

#include "tensor/tensor.hpp"

namespace dact::train {

/// y = x W + b fitted by ridge regression on columns of x scaled to spread 1.
/// equation     W = (X'X + lambda n I)^-1 X'Y, X and Y centred
/// x            f32 [N, D], y f32 [N, K], N >= 2
/// order        double; sums over rows ascending; Cholesky, column by column; + - * / sqrt only
/// throws       ShapeError, NumericError(NaN, infinity)
class RidgeMap {
 public:
  RidgeMap(const Tensor& x, const Tensor& y, double lambda = 1e-3);
  /// f64 [M, K] of x [M, D].
  Tensor predict(const Tensor& x) const;

 private:
  std::size_t inputs_, outputs_;
  std::vector<double> mean_x_, scale_x_, mean_y_, weights_;  // weights_: [D, K]
};

/// Share of y's variance that `predicted` explains, per column.
/// equation     1 - sum (y - p)^2 / sum (y - mean y)^2; a column that does not vary, or whose deviation is not above
///              least_spread, gives NaN
std::vector<double> r2_by_column(const Tensor& y, const Tensor& predicted, double least_spread = 0);

/// Mean over columns begin .. end - 1, NaN left out; NaN when all are.
double mean_of(const std::vector<double>& values, std::size_t begin, std::size_t end);

}  // namespace dact::train
