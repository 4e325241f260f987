// How far our elementary functions are from the truth, measured: the table of tensor/MATH.md.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dact {

/// Largest error of one function over `count` inputs. `bound` is the promise (NUMERICS.md 7); worst_y is the second
/// argument of `binary` functions (atan2 and pow), else 0. A NaN, infinity or sign of zero in the wrong place has an infinite error.
struct MathError {
  std::string name;
  double max_ulp = 0;
  float worst_x = 0, worst_y = 0;
  std::uint64_t count = 0;
  double bound = 0;
  bool binary = false;
};

/// The functions that can be measured, in the table's order.
std::vector<std::string> math_function_names();

/// Runs the active instruction set's copy of a function against double libm.
/// name         one of math_function_names()
/// stride       every stride-th of the 2^32 inputs, 1 = all; for atan2 and pow 2^32 / stride pseudo-random pairs
/// returns      the same on any number of threads
/// throws       UsageError(unknown name, stride 0)
/// cost         about 25 ns an input: stride 1 takes a minute a function on two cores
MathError measure_math(std::string_view name, std::uint64_t stride);

/// Distance of y from the true value in units of the last place of the correctly rounded result (subnormals: 2^-149;
/// results beyond the largest float: 2^104).
double ulp_error(double truth, float y);

}  // namespace dact
