// Raw signatures of the room.
#pragma once
#include <cstdint>

namespace dact::conv2d_room {

/// Sizes of one convolution. x [B, H, W, C], w [N, C / groups, KH, KW], y [B, OH, OW, N] as stored.
struct Geometry {
  std::int64_t batch, in_c, in_h, in_w, out_c, out_h, out_w, kernel_h, kernel_w;
  std::int64_t stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w, groups;
  std::int64_t in_group() const { return in_c / groups; }
  std::int64_t out_group() const { return out_c / groups; }
};

// Plain loops: the definition. T = float, double.
template <class T>
void forward_plain(const Geometry& s, const T* x, const T* w, const T* bias, T* y);
template <class T>
void data_gradient_plain(const Geometry& s, const T* g, const T* w, T* dx);
template <class T>
void weight_gradient_plain(const Geometry& s, const T* g, const T* x, T* dw);
/// rows [batch * rows, channels]
template <class T>
void bias_gradient_plain(const T* g, std::int64_t batch, std::int64_t rows, std::int64_t channels,
                         T* db);

}  // namespace dact::conv2d_room
