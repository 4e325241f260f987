// Worked numbers of reductions, softmax and losses; the laws of NUMERICS.md 4, 5 and 8 at sizes
// that reach every fast path.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "autograd/ops.hpp"
#include "tensor/isa.hpp"
#include "tensor/ops/norm/norm.kernels.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

using namespace dact;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor draw(const Shape& shape) { return randn(shape, {.seed = 7, .use = "reduce_test"}); }
Tensor vector_of(std::vector<float> values) {
  return from_vector(values, {static_cast<std::int64_t>(values.size())});
}

// Runs `check` with every instruction set at 1 and 3 threads.
template <class F>
void everywhere(F&& check) {
  const Isa isa_before = isa();
  const int threads_before = thread_count();
  for (const Isa set : available_isas())
    for (const int threads : {1, 3}) {
      set_isa(set);
      set_thread_count(threads);
      check();
    }
  set_isa(isa_before);
  set_thread_count(threads_before);
}

}  // namespace

TEST_SUITE("reduce") {
  TEST_CASE("a sum over three levels of chunks is the tree of NUMERICS.md 4") {
    const std::int64_t n = 1024 * 1024 + 1024 * 3 + 17;
    const Tensor x = draw({n});
    const float* p = x.data<float>();
    const float tree = lane_sum<float>(n, [&](std::int64_t i) { return p[i]; });
    const Tensor columns = stack({Var(x), Var(x)}, 1).value();  // results side by side
    everywhere([&] {
      CHECK(sum(x).item() == static_cast<double>(tree));
      CHECK(sum(columns, {0}).to_vector<float>() == std::vector<float>{tree, tree});
    });
  }

  TEST_CASE("rows, columns, channels-last pixels and gaps give one sum") {
    const Tensor x = draw({3, 70, 41, 37});
    const std::vector<float> rows = sum(x, {2, 3}).to_vector<float>();
    const Tensor wide = x.contiguous_channels_last();
    const Tensor moved = x.permuted(std::vector<int>{2, 3, 0, 1}).contiguous();  // [H, W, B, C]
    everywhere([&] {
      CHECK(sum(wide, {2, 3}).to_vector<float>() == rows);
      CHECK(sum(moved, {0, 1}).to_vector<float>() == rows);
    });
  }

  TEST_CASE("var: the chunks' moments merged as Chan writes them") {
    const std::int64_t n = 2 * 1024 + 100;
    const Tensor x = draw({n});
    const float* p = x.data<float>();
    Moments<float> m = chunk_moments<float>(1024, [&](std::int64_t i) { return p[i]; });
    m.merge(chunk_moments<float>(1024, [&](std::int64_t i) { return p[1024 + i]; }));
    m.merge(chunk_moments<float>(100, [&](std::int64_t i) { return p[2048 + i]; }));
    const Tensor columns = stack({Var(x), Var(x), Var(x)}, 1).value();
    const std::vector<std::int64_t> first = {0};
    everywhere([&] {
      const VarMean y = var_mean(x, first);
      CHECK(y.mean.item() == static_cast<double>(m.mean));
      CHECK(y.var.item() == static_cast<double>(m.m2 / static_cast<float>(n - 1)));
      CHECK(var_mean(columns, first).var.to_vector<float>() ==
            std::vector<float>(3, m.m2 / static_cast<float>(n - 1)));
    });
    CHECK(var(vector_of({1, 2, 3, 4}), first, 0).item() == 1.25);
  }

  TEST_CASE("max and min: NaN wins, +0 > -0, the first of equals") {
    everywhere([] {
      CHECK(argmax(vector_of({1, 3, 2, 3})).item() == 1);
      CHECK(argmin(vector_of({1, 0, 2, 0})).item() == 1);
      CHECK(argmax(vector_of({-0.0f, 0.0f, 0.0f})).item() == 1);
      CHECK(argmin(vector_of({0.0f, -0.0f, -0.0f})).item() == 1);
      CHECK(argmax(vector_of({kInf, kNan, 5, kNan})).item() == 1);
      CHECK(argmin(vector_of({-kInf, kNan, 5})).item() == 1);
      CHECK(argmax(vector_of({-kInf, -kInf})).item() == 0);
    });
  }

  TEST_CASE("max over pieces that threads share finds the first winner") {
    Tensor x = draw({300000});
    x.mutate<float>()[70001] = x.mutate<float>()[140000] = x.mutate<float>()[299999] = 50;
    x.mutate<float>()[70000] = x.mutate<float>()[200000] = -50;
    everywhere([&] {
      CHECK(max(x).indices.item() == 70001);
      CHECK(min(x).indices.item() == 70000);
      CHECK(max(x.reshaped({2, 150000}), 1).indices.to_vector<std::int64_t>() ==
            std::vector<std::int64_t>{70001, 149999});
      CHECK(max(x.reshaped({150000, 2}), 0).indices.to_vector<std::int64_t>() ==
            std::vector<std::int64_t>{70000, 35000});
    });
  }

  TEST_CASE("max and sum of integers") {
    const Tensor x = from_vector(std::vector<std::int64_t>{3, -7, 9, 9}, {2, 2});
    CHECK(max(x, 1).values.to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 9});
    CHECK(max(x, 1).indices.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0});
    CHECK(sum(x).item() == 14);
  }

  TEST_CASE("sort is stable and puts NaN last both ways; topk takes its beginning") {
    const Tensor x = vector_of({2, kNan, 1, 2, -0.0f, 0.0f});
    using I = std::vector<std::int64_t>;
    CHECK(sort(x, 0).indices.to_vector<std::int64_t>() == I{4, 5, 2, 0, 3, 1});
    CHECK(sort(x, 0, true).indices.to_vector<std::int64_t>() == I{0, 3, 2, 5, 4, 1});
    CHECK(topk(x, 3, 0).indices.to_vector<std::int64_t>() == I{0, 3, 2});
    CHECK(topk(x, 2, 0, false).indices.to_vector<std::int64_t>() == I{4, 5});
  }

  TEST_CASE("softmax, log_softmax, logsumexp") {
    const Tensor x = vector_of({0, std::log(3.0f)});
    CHECK(softmax(x, 0).to_vector<float>()[1] == doctest::Approx(0.75));
    CHECK(log_softmax(x, 0).to_vector<float>()[0] == doctest::Approx(std::log(0.25)));
    CHECK(logsumexp(x, {}).item() == doctest::Approx(std::log(4.0)));
    everywhere([] {
      CHECK(softmax(vector_of({-kInf, 0}), 0).to_vector<float>() == std::vector<float>{0, 1});
      CHECK(std::isnan(softmax(vector_of({-kInf, -kInf}), 0).to_vector<float>()[0]));
      CHECK(logsumexp(vector_of({-kInf, -kInf}), {}).item() ==
            -std::numeric_limits<double>::infinity());
      CHECK(logsumexp(vector_of({kInf, 0}), {}).item() == std::numeric_limits<double>::infinity());
      CHECK(softmax(vector_of({1000, 1000}), 0).to_vector<float>() ==
            std::vector<float>{0.5f, 0.5f});
    });
  }

  TEST_CASE("softmax over channels: one result in every layout") {
    const Tensor x = draw({2, 37, 19, 23});
    const std::vector<float> rows = softmax(x.contiguous_channels_last(), 1).to_vector<float>();
    everywhere([&] { CHECK(softmax(x, 1).to_vector<float>() == rows); });
  }

  TEST_CASE("a normalisation stored past the caches has the bits of any other") {
    constexpr std::int64_t kPixels = 7, kBehind = 16;
    for (const std::int64_t c : {8, 16, 130, 136, 144, 400}) {
      const Tensor x = draw({kPixels, c}), m = draw({c}), a = draw({c}), d = draw({c});
      const auto run = [&](bool silu, bool stream) {
        Tensor y = full({kPixels * c + kBehind}, 7);
        norm::forward(x.data<float>(), m.data<float>(), a.data<float>(), d.data<float>(), silu,
                      stream, y.mutate<float>(), kPixels, c);
        return y.to_vector<float>();
      };
      const std::vector<float> plain = run(false, false), gated = run(true, false);
      everywhere([&] {
        CHECK(run(false, true) == plain);
        CHECK(run(true, true) == gated);
      });
    }
  }

  TEST_CASE("norm_l2 of zeros has gradient zero") {
    const Var x(zeros({2, 3}), true);
    backward(sum(norm_l2(x, {1})));
    CHECK(x.grad().to_vector<float>() == std::vector<float>(6, 0.0f));
  }

  TEST_CASE("losses add samples in ascending order") {
    // 1e8 + 1 - 1e8 as samples: ascending gives 0; the tree over all three would, too, but
    // [1e8, -1e8, 1] ascending gives 1
    CHECK(batch_reduce(vector_of({1e8f, 1, -1e8f}), LossReduction::sum).item() == 0);
    CHECK(batch_reduce(vector_of({1e8f, -1e8f, 1}), LossReduction::sum).item() == 1);
  }

  TEST_CASE("losses: worked numbers") {
    const Var a(from_vector(std::vector<float>{1, 2, 3, 4}, {2, 2}), true);
    const Var b(from_vector(std::vector<float>{0, 4, 3, 1}, {2, 2}));
    CHECK(l1(a, b).item() == 1.5);
    CHECK(mse(a, b).item() == 3.5);
    CHECK(mse(a, b, LossReduction::sum).item() == 14);
    const Var logits(from_vector(std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0}, {2, 4}), true);
    const Var target(from_vector(std::vector<std::int64_t>{1, 3}, {2}));
    CHECK(cross_entropy(logits, target).item() == doctest::Approx(std::log(4.0)));
    backward(cross_entropy(logits, target));
    CHECK(logits.grad().to_vector<float>()[1] == doctest::Approx((0.25 - 1) / 2));
    CHECK(logits.grad().to_vector<float>()[0] == doctest::Approx(0.25 / 2));
    // at x = 0 the slope is s(0) - t = 1/2 - t, where a composite of relu and abs would lose it
    const Var x(zeros({1}), true);
    backward(bce_with_logits(x, Var(full({1}, 1)), LossReduction::sum));
    CHECK(x.grad().item() == -0.5);
  }

  TEST_CASE("cosine_similarity and l2_normalize") {
    const Var a(from_vector(std::vector<float>{3, 4, 0, 0}, {2, 2}));
    const Var b(from_vector(std::vector<float>{4, 3, 1, 1}, {2, 2}));
    CHECK(cosine_similarity(a, b, 1).value().to_vector<float>()[0] == doctest::Approx(0.96));
    CHECK(cosine_similarity(a, b, 1).value().to_vector<float>()[1] == 0);
    CHECK(l2_normalize(a, 1).value().to_vector<float>()[1] == doctest::Approx(0.8));
  }
}
