// Raw signatures of the room: plain loops, the definition. T = float, double.
#pragma once
#include <cstdint>

namespace dact::matmul_room {

/// y [m, n] = a [m, k] b [k, n]; element (row, column) of an operand lies at row * step[0] + column
/// * step[1].
template <class T>
void product_plain(const T* a, const std::int64_t* a_step, const T* b, const std::int64_t* b_step,
                   T* y, std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace dact::matmul_room
