#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/fast/norm.cuda.hpp"
#include "tensor/ops/norm/norm.cuda.hpp"
#include "tensor/ops/reduce/reduce.cuda.hpp"

namespace dact::cuda {

void install_norm() {
  install<ChunkMoments<ChannelValue>>();
  install<ChunkSums<ChannelValue>>();
  install<ChunkSums<ChannelProduct>>();
  install<NormForward>();
  install<NormUpstream>();
  install<NormBackward>();
  install<FoldGroups>();
  install<GroupConditionGradients>();
  install<GroupWeightGradients>();
  install<GroupTerms>();
  install<FoldChannels>();
  install<BatchTerms>();
  install<EvalTerms>();
  install<ChunkMoments<AxisValue>>();
  install<RowRstd>();
  install<LayerForward>();
  install<ChunkSums<LayerValue>>();
  install<ChunkSums<LayerProduct>>();
  install<LayerBackward>();
  install<DropoutKernel>();
  install<BandMoments>();
  install<MergeBands>();
  install<NormQuads>();
}

}  // namespace dact::cuda
