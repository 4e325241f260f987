// Plain products of the fast modes by cuBLAS: f32 in memory, factors rounded on the way into the tensor cores.
#include <cublas_v2.h>

#include "tensor/cuda/faults.hpp"
#include "tensor/ops/fast/fast.device.hpp"

namespace dact::cuda {

cudaStream_t current_stream();
void install_products();
void forget_products();

namespace {

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) throw_call_fault(what, cublasGetStatusString(status));
}

cublasHandle_t the_handle = nullptr;  // of the card's context

cublasHandle_t handle() {
  if (the_handle == nullptr) {
    cublasHandle_t made = nullptr;
    check(cublasCreate(&made), "cublasCreate");
    check(cublasSetStream(made, current_stream()), "cublasSetStream");
    the_handle = made;
  }
  return the_handle;
}

void gemm(const fast::Gemm& g, Numerics mode) {
  const auto way = [](bool transposed) { return transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const float one = 1.0f, onto = g.add ? 1.0f : 0.0f;
  check(cublasGemmStridedBatchedEx(
            handle(), way(g.transpose_a), way(g.transpose_b), g.m, g.n, g.k, &one, g.a, CUDA_R_32F,
            g.lda, g.a_step, g.b, CUDA_R_32F, g.ldb, g.b_step, &onto, g.c, CUDA_R_32F, g.ldc,
            g.c_step, g.batch,
            mode == Numerics::bf16 ? CUBLAS_COMPUTE_32F_FAST_16BF : CUBLAS_COMPUTE_32F_FAST_TF32,
            CUBLAS_GEMM_DEFAULT),
        "cublasGemmStridedBatchedEx");
}

}  // namespace

void install_products() { fast::set_gemm(&gemm); }
void forget_products() { the_handle = nullptr; }

}  // namespace dact::cuda
