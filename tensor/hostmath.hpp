// Elementary functions of double for host numbers that reach files: schedules, cameras, face geometry (NUMERICS.md 2).
// Made of + - * / sqrt fma only, so the bits do not depend on the machine's libm. Errors: tensor/MATH.md.
#pragma once

namespace dact::hostmath {

// NaN in, NaN out. Relative error at most 1e-15, measured by tests/tensor/hostmath_test.cpp.
double exp(double x);  ///< > 709.78 -> inf, < -745.13 -> 0
double log(double x);  ///< 0 -> -inf, x < 0 -> NaN

/// Angles in radians. ±inf -> NaN; a finite |x| above 2^30 is a NumericError (the argument reduction ends there).
/// sin, cos: the absolute error is at most 1e-15 too where they cross zero at multiples of pi/2.
double sin(double x);
double cos(double x);
double tan(double x);

/// Special cases as C99 F.9.1; |x| > 1 -> NaN.
double atan2(double y, double x);
double asin(double x);
double acos(double x);

/// x^y for x >= 0; x < 0 -> NaN unless y is 0. 0^0 = 1.
double pow(double x, double y);

}  // namespace dact::hostmath
