// Our own elementary functions, namespace dact::math: one source for scalar code, vector code and
// CUDA, the same bits everywhere (NUMERICS.md 7). Each function of a float is made of + - * / sqrt,
// fma and integer operations without a branch, so `for (i) y[i] = math::silu(x[i])` becomes vector
// code. Bounds and measured errors: tensor/MATH.md.
#pragma once
#include "tensor/math_bits.hpp"
#include "tensor/math_cast.hpp"
#include "tensor/math_erf.hpp"
#include "tensor/math_exp.hpp"
#include "tensor/math_f64.hpp"
#include "tensor/math_log.hpp"
#include "tensor/math_trig.hpp"
