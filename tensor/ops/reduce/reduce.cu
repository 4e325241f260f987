#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/reduce/reduce.cuda.hpp"

namespace dact::cuda {

void install_reduce() {
  install<ChunkSums<PartialValue>>();
  install<ChunkSums<MappedValue>>();
  install<ChunkSums<AxisValue>>();
  install<ChunkSums<AxisExp>>();
  install<ChunkSums<AxisProduct>>();
  install<ChunkSums<StridedExp>>();
  install<ChunkSums<ScoreExp>>();
  install<ChunkMoments<StridedValue>>();
  install<MergeMoments>();
  install<SumIntegers<std::int64_t>>();
  install<SumIntegers<std::int32_t>>();
  install<SumIntegers<std::uint8_t>>();
  install<Winners<float>>();
  install<Winners<std::int64_t>>();
  install<Winners<std::int32_t>>();
  install<Winners<std::uint8_t>>();
  install<RowMax<AxisValue>>();
  install<RowMax<StridedValue>>();
  install<RowMax<ScoreValue>>();
  install<AddUp>();
  install<SoftmaxKernel>();
  install<LogSumExp>();
  install<ScoreSoftmax>();
  install<ScoreGradient>();
}

}  // namespace dact::cuda
