// What the files of the room share.
#pragma once
#include <cstdint>
#include <vector>

#include "tensor/ops/resize_u8/resize_u8.hpp"

namespace dact::resize_u8_room {

/// Output o is the sum over t of weight[first[o] + t] * x[begin[o] + t], weights in 1 /
/// 2^kPrecision.
struct ByteTaps {
  std::vector<std::int64_t> begin, first;  // first has one entry more than there are outputs
  std::vector<std::int32_t> weight;
};
ByteTaps byte_taps(std::int64_t n, std::int64_t m, ResizeFilter filter);

std::vector<Sample> samples();
std::vector<BadSample> bad_samples();

}  // namespace dact::resize_u8_room
