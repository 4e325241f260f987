// Check the checkers: one wrong operator per fault; the check it belongs to must reject it, and a right operator must
// pass all of them. A check that has never failed is not a check.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "autograd/audit/checks.hpp"
#include "tensor/cuda/kernel.hpp"
#include "tensor/device.hpp"
#include "tensor/isa.hpp"
#include "tensor/ops/sum/sum.hpp"
#include "tensor/parallel.hpp"
#include "tests/cuda/device.hpp"

using namespace dact;
using namespace dact::audit;

namespace {

// The right operator: y = 2 x + 1 on contiguous copies, plain loops.
template <class T, class F>
Tensor map(const Tensor& x, F&& f) {
  const Tensor in = x.contiguous();
  Tensor out = empty(x.shape(), x.dtype());
  const T* p = in.data<T>();
  T* q = out.mutate<T>();
  for (std::int64_t i = 0; i < in.numel(); ++i) q[i] = f(p[i], i);
  return out;
}

template <class F>
Tensor map_any(const Tensor& x, F&& f) {
  require_float("broken", "x", x);
  return x.dtype() == DType::f64 ? map<double>(x, f) : map<float>(x, f);
}

// On the device: there and back, so that the wrong operators need no kernels.
Tensor affine(const Tensor& x) {
  return map_any(x.to(Device::cpu), [](auto v, std::int64_t) { return v * 2 + 1; }).to(x.device());
}
Tensor twice(const Tensor& g, double factor = 2) {
  return map_any(g.to(Device::cpu),
                 [=](auto v, std::int64_t) { return v * static_cast<decltype(v)>(factor); })
      .to(g.device());
}

using Forward = Tensors (*)(std::span<const Tensor>, const Attrs&);
using Vjp = Tensors (*)(const VjpCtx&);

std::vector<Sample> samples() {
  using S = InputSpec;
  return {{"[2, 3]", {S::uniform({2, 3})}},
          {"[3, 5, 2]", {S::uniform({3, 5, 2})}},
          {"[2, 3, 2, 2]", {S::uniform({2, 3, 2, 2})}},
          {"large [4, 5000]", {S::uniform({4, 5000})}}};
}
std::vector<BadSample> bad_samples() {
  return {
      {"integers", {InputSpec::integers({2}, 0, 3)}, {}, ErrorKind::dtype, {"broken", "i64[2]"}}};
}

OpDef op(
    Forward forward, Vjp vjp = [](const VjpCtx& c) -> Tensors { return {twice(c.grad[0])}; }) {
  OpDef d;
  d.name = "broken";
  d.forward = forward;
  d.vjp = vjp;
  d.samples = samples;
  d.bad_samples = bad_samples;
  d.tolerance = {.bound = 1};
  return d;
}
OpDef right() {
  return op([](std::span<const Tensor> in, const Attrs&) -> Tensors { return {affine(in[0])}; });
}

bool rejects(Check check, const OpDef& broken) {
  const CheckResult r = check(broken);
  MESSAGE(r.check, ": ", r.detail);
  return r.verdict == Verdict::fail;
}

}  // namespace

TEST_CASE("a right operator passes every check") {
  start_test_device();
  const OpDef d = right();
  for (const NamedCheck& c : all_checks()) {
    const CheckResult r = c.run(d);
    const bool passed = r.verdict == Verdict::pass || (backend() == nullptr && c.name == "device" &&
                                                       r.verdict == Verdict::not_applicable);
    CHECK_MESSAGE(passed, c.name, ": ", r.detail);
  }
}

TEST_CASE("accuracy rejects a wrong formula and a bound that tests nothing") {
  CHECK(rejects(check_accuracy, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  if (in[0].dtype() == DType::f64) return {affine(in[0])};
                  return {map<float>(in[0], [](float v, std::int64_t) { return v * 2.0001f + 1; })};
                })));
  OpDef loose = right();
  loose.tolerance.bound = 1000;
  // with the small samples alone the worst error is not that of the catalogue, so bounds are not judged
  if (std::getenv("DACT_SMALL_SAMPLES"))
    MESSAGE("skipped: bounds are judged over all samples");
  else
    CHECK(rejects(check_accuracy, loose));
  OpDef wrong_f32_gradient = right();
  wrong_f32_gradient.vjp = [](const VjpCtx& c) -> Tensors {
    return {twice(c.grad[0], c.dtype == DType::f32 ? 2.001 : 2)};
  };
  CHECK(rejects(check_accuracy, wrong_f32_gradient));
}

TEST_CASE("gradient rejects scaled, zero, NaN, missing and non-linear derivatives") {
  OpDef d = right();
  const Vjp faults[] = {
      [](const VjpCtx& c) -> Tensors { return {twice(c.grad[0], 2.00001)}; },
      [](const VjpCtx& c) -> Tensors { return {zeros_like(c.grad[0])}; },
      [](const VjpCtx& c) -> Tensors { return {full(c.grad[0].shape(), std::nan(""), c.dtype)}; },
      [](const VjpCtx&) -> Tensors { return {Tensor()}; },
      [](const VjpCtx& c) -> Tensors {
        return {map_any(c.grad[0], [](auto g, std::int64_t) { return g > 1 ? 2 * g + 1 : 2 * g; })};
      },
  };
  for (const Vjp vjp : faults) {
    d.vjp = vjp;
    CHECK(rejects(check_gradient, d));
  }
  d.vjp = nullptr;  // and no reason given
  CHECK(rejects(check_gradient, d));
}

TEST_CASE("rerun rejects a result that depends on what ran before") {
  CHECK(rejects(check_rerun, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  static std::atomic<int> calls{0};
                  const int turn = calls++;
                  return {map_any(in[0], [=](auto v, std::int64_t) {
                    return v * 2 + 1 + static_cast<decltype(v)>(turn % 2);
                  })};
                })));
}

TEST_CASE("threads rejects a sum in an order that depends on the number of threads") {
  CHECK(rejects(check_threads, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  if (in[0].dtype() == DType::f64) return {affine(in[0])};
                  const Tensor x = in[0].contiguous();
                  const std::int64_t parts = thread_count();
                  float total = 0;
                  for (std::int64_t p = 0; p < parts; ++p) {
                    float part = 0;
                    for (std::int64_t i = x.numel() * p / parts; i < x.numel() * (p + 1) / parts;
                         ++i)
                      part += x.data<float>()[i];
                    total += part;
                  }
                  return {map<float>(x, [=](float v, std::int64_t) { return v + total; })};
                })));
}

TEST_CASE("isa rejects a copy with other bits") {
  if (available_isas().size() < 2) {
    MESSAGE("skipped: this CPU has one instruction set only");
    return;
  }
  CHECK(rejects(check_isa, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  const bool fused = isa() != Isa::portable;
                  return {map_any(in[0], [=](auto v, std::int64_t) {
                    return fused ? std::fma(v, v, decltype(v)(0.1)) : v * v + decltype(v)(0.1);
                  })};
                })));
}

TEST_CASE("batch rejects a sample that sees its neighbours") {
  CHECK(rejects(check_batch, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  const std::int64_t batch = in[0].size(0);
                  return {map_any(in[0], [=](auto v, std::int64_t) {
                    return v / static_cast<decltype(v)>(batch);
                  })};
                })));
  OpDef single = right();
  single.samples = [] { return std::vector<Sample>{{"[1, 3]", {InputSpec::uniform({1, 3})}}}; };
  CHECK(rejects(check_batch, single));  // proves nothing
}

TEST_CASE("layout rejects an operator that ignores strides") {
  CHECK(rejects(check_layout, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  require_float("broken", "x", in[0]);
                  if (in[0].dtype() == DType::f64) return {affine(in[0])};
                  Tensor out = empty(in[0].shape());
                  float* q = out.mutate<float>();
                  for (std::int64_t i = 0; i < out.numel(); ++i)
                    q[i] = in[0].strides().back() == 0 ? 0 : in[0].data<float>()[i] * 2 + 1;
                  return {out};
                })));
}

TEST_CASE("special rejects swallowed NaN, lost infinities and a wrong sign of zero") {
  const Forward faults[] = {
      [](std::span<const Tensor> in, const Attrs&) -> Tensors {
        return {map_any(in[0], [single = in[0].dtype() == DType::f32](auto v, std::int64_t) {
          return single && std::isnan(v) ? decltype(v)(0) : v * 2;
        })};
      },
      [](std::span<const Tensor> in, const Attrs&) -> Tensors {
        return {map_any(in[0], [single = in[0].dtype() == DType::f32](auto v, std::int64_t) {
          return single && std::isinf(v) ? std::numeric_limits<decltype(v)>::max() : v * 2;
        })};
      },
      [](std::span<const Tensor> in, const Attrs&) -> Tensors {
        return {map_any(in[0], [single = in[0].dtype() == DType::f32](auto v, std::int64_t) {
          return single ? v * 2 + decltype(v)(0) : v * 2;
        })};
      }};
  for (const Forward forward : faults) CHECK(rejects(check_special, op(forward)));
}

TEST_CASE("memory rejects a written input, a write past the end and a read of fresh memory") {
  const Forward faults[] = {[](std::span<const Tensor> in, const Attrs&) -> Tensors {
                              Tensor x = in[0];
                              if (x.dtype() == DType::f32 && x.numel() > 0)
                                x.mutate<float>()[0] += 1;
                              return {affine(in[0])};
                            },
                            [](std::span<const Tensor> in, const Attrs&) -> Tensors {
                              Tensor y = affine(in[0]);
                              // one element past the end: within the allocator's block, outside the tensor
                              if (y.dtype() == DType::f32)
                                static_cast<volatile float*>(y.mutate<float>())[y.numel()] = 1;
                              return {y};
                            },
                            [](std::span<const Tensor> in, const Attrs&) -> Tensors {
                              Tensor y = affine(in[0]);
                              const Tensor fresh = empty({1}, DType::f32);
                              if (y.dtype() == DType::f32 && y.numel() > 0 &&
                                  fresh.data<float>()[0] != fresh.data<float>()[0])
                                y.mutate<float>()[0] = 0;
                              return {y};
                            }};
  for (const Forward forward : faults) {
    OpDef d = op(forward);
    d.samples = [] { return std::vector<Sample>{{"[2, 3]", {InputSpec::uniform({2, 3})}}}; };
#if defined(__SANITIZE_ADDRESS__)
    if (forward == faults[1]) continue;  // the sanitizer itself stops the program there
#endif
    CHECK(rejects(check_memory, d));
  }
}

TEST_CASE("errors rejects silence, another kind and a vague text") {
  const auto throws = [](Forward forward) { return op(forward); };
  CHECK(rejects(check_errors, throws([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  return {in[0]};
                })));
  CHECK(rejects(check_errors, throws([](std::span<const Tensor>, const Attrs&) -> Tensors {
                  throw ShapeError("broken", "i64[2]");
                })));
  CHECK(rejects(check_errors, throws([](std::span<const Tensor>, const Attrs&) -> Tensors {
                  throw DtypeError("broken", "wrong type");
                })));
  OpDef none = right();
  none.bad_samples = nullptr;
  CHECK(rejects(check_errors, none));
}

namespace {

// The right operator as a kernel of one thread per element, and three wrong ones.
struct AffineKernel {
  enum Fault { none, last_is_lost, rounds_otherwise, writes_outside };
  const float* x;
  float* y;
  std::int64_t n;
  Fault fault;
  void operator()(std::int64_t i) const {
    if (fault == last_is_lost && i == n - 1 && n > 6) return;
    y[i] = fault == rounds_otherwise ? x[i] * 2.0000002f + 1 : x[i] * 2 + 1;
    // one element past the end: within the allocator's block, outside the tensor
    if (fault == writes_outside) static_cast<volatile float*>(y)[n] = 1;
  }
};

template <AffineKernel::Fault kFault>
Tensors with_kernel(std::span<const Tensor> in, const Attrs&) {
  if (!on_device(in[0])) return {affine(in[0])};
  const Tensor x = in[0].contiguous();
  Tensor y = empty(x.shape(), x.dtype(), Device::cuda);
  cuda::launch("affine", x.numel(),
               AffineKernel{device_data<float>(x), device_mutate<float>(y), x.numel(), kFault});
  return {y};
}

}  // namespace

TEST_CASE("device rejects wrong bits, a wrong derivative, and results that are not there") {
  if (!start_test_device()) return;
  CHECK(rejects(check_device, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  return {affine(on_device(in[0]) ? twice(in[0], 1.0000002) : in[0])};
                })));
  OpDef d = right();
  d.vjp = [](const VjpCtx& c) -> Tensors {
    return {twice(c.grad[0], on_device(c.grad[0]) ? 2.0000002 : 2)};
  };
  CHECK(rejects(check_device, d));
  CHECK(rejects(check_device, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  return {affine(in[0]).to(Device::cpu)};
                })));
  CHECK(rejects(check_device, op([](std::span<const Tensor> in, const Attrs&) -> Tensors {
                  return {map_any(in[0], [](auto v, std::int64_t) { return v * 2 + 1; })};
                })));  // it has no kernel: a host loop meets the device's memory
}

TEST_CASE("device rejects broken kernels") {
  if (!start_test_device() || backend()->name != "emulated") return;
  CHECK(rejects(check_device, op(with_kernel<AffineKernel::none>)));  // not installed
  cuda::Launcher<AffineKernel>::run = [](const char*, std::int64_t n, const AffineKernel& kernel) {
    for (std::int64_t i = 0; i < n; ++i) kernel(i);
  };
  CHECK(check_device(op(with_kernel<AffineKernel::none>)).verdict == Verdict::pass);
  CHECK(rejects(check_device, op(with_kernel<AffineKernel::last_is_lost>)));
  CHECK(rejects(check_device, op(with_kernel<AffineKernel::rounds_otherwise>)));
#if !defined(__SANITIZE_ADDRESS__)  // the sanitizer itself stops the program there
  CHECK(rejects(check_device, op(with_kernel<AffineKernel::writes_outside>)));
#endif
}
