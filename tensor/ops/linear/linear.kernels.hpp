// Raw signatures of the room: plain loops, the definition. T = float, double. x [rows, in], w [out,
// in], y, g [rows, out]. The weight and bias gradients are those of a 1x1 convolution whose
// positions are a sample's rows (conv2d.kernels.hpp).
#pragma once
#include <cstdint>

namespace dact::linear_room {

template <class T>
void forward_plain(const T* x, const T* w, const T* bias, T* y, std::int64_t rows, std::int64_t in,
                   std::int64_t out);
template <class T>
void data_gradient_plain(const T* g, const T* w, T* dx, std::int64_t rows, std::int64_t in,
                         std::int64_t out);

}  // namespace dact::linear_room
