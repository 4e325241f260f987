#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/image/image.cuda.hpp"
#include "tensor/ops/reduce/reduce.cuda.hpp"

namespace dact::cuda {

void install_image() {
  install<WindowMeans>();
  install<WindowGradient>();
  install<MaxPool>();
  install<MaxPoolGradient>();
  install<BlendTaps>();
  install<BlendBytes>();
  install<NearestKernel<std::uint8_t>>();
  install<NearestKernel<std::uint16_t>>();
  install<NearestKernel<std::uint32_t>>();
  install<NearestKernel<std::uint64_t>>();
  install<AffineGrid>();
  install<ChunkSums<AffineGradientValue>>();
  install<SamplePoints>();
  install<PlacePoints>();
  install<GatherPoints>();
  install<GridGradient>();
}

}  // namespace dact::cuda
