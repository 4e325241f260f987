// What no catalogue sample can know of the device's kernels: every tile of the product kernel, chains that end in -0,
// mixed devices, whole training steps, with too little memory and with kernels that fail too; and the fast modes, whose products must be exact on whole numbers (which proves
// every index) and within the stated bound on others.
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "autograd/audit/audit.hpp"
#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"
#include "autograd/catalogue.hpp"
#include "nn/layers.hpp"
#include "nn/norm_layers.hpp"
#include "nn/optim/optimizer.hpp"
#include "tensor/cuda/heap.hpp"
#include "tensor/device.hpp"
#include "tensor/digest.hpp"
#include "tensor/memory.hpp"
#include "tensor/numerics.hpp"
#include "tensor/ops/add/add.hpp"
#include "tensor/ops/attention/attention.hpp"
#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/conv2d/conv2d.hpp"
#include "tensor/ops/fast/conv.cuda.hpp"
#include "tensor/ops/fast/fast.device.hpp"
#include "tensor/ops/group_norm/group_norm.hpp"
#include "tensor/ops/linear/linear.hpp"
#include "tensor/ops/matmul/matmul.hpp"
#include "tests/cuda/device.hpp"

using namespace dact;

namespace {

bool skipped() { return !start_test_device(); }

struct TileScope {
  explicit TileScope(int side) { contract::force_tile(side); }
  ~TileScope() { contract::force_tile(0); }
};

Tensor noise(const Shape& shape, std::uint32_t draw) {
  return randn(shape, {.seed = 3, .use = "kernels_test", .draw = draw});
}

std::string error_of(auto&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every tile of the product kernel gives the CPU's bits") {
  if (skipped()) return;
  for (const int side : {32, 64, 128}) {
    const TileScope tile(side);
    vary_device(side / 32);
    for (const char* name : {"matmul", "linear", "conv2d", "attention"})
      for (const Sample& s : audit::samples_of(*find_entry(name))) {
        if (audit::is_large(s) && side != 64) continue;
        const Tensors in = audit::make_inputs(*find_entry(name), s, DType::f32);
        Tensors there;
        for (const Tensor& x : in) there.push_back(x.to(Device::cuda));
        audit::Run device = audit::run(*find_entry(name), s, there);
        for (Tensors* list : {&device.out, &device.grads})
          for (Tensor& x : *list) x = x.to(Device::cpu);
        const auto fault = audit::difference(device, audit::run(*find_entry(name), s, in));
        CHECK_MESSAGE(!fault, name, " ", s.label, " side ", side, ": ", fault.value_or(""));
      }
  }
}

TEST_CASE("a chain that underflows to -0 stays -0: the kernel adds no terms") {
  if (skipped()) return;
  for (const std::int64_t k : {1, 3, 8, 11}) {
    Tensor a = zeros({1, k}), b = zeros({k, 1});
    a.mutate<float>()[k - 1] = -1e-30f;
    b.mutate<float>()[k - 1] = 1e-30f;
    const Tensor host = matmul(a, b), device = matmul(a.to(Device::cuda), b.to(Device::cuda));
    CHECK(digest_of(device) == digest_of(host));
    CHECK(std::signbit(host.item()));
  }
}

TEST_CASE("mixed devices are refused and all tensors shown; a host loop never reads the device") {
  if (skipped()) return;
  const Tensor host = zeros({2, 3}), there = zeros({2, 3}).to(Device::cuda);
  const std::string mixed = error_of([&] { add(host, there); });
  CHECK(mixed.find("f32[2, 3]@cpu") != std::string::npos);
  CHECK(mixed.find("f32[2, 3]@cuda") != std::string::npos);
  CHECK(error_of([&] { there.data<float>(); }).find("f32[2, 3]@cuda") != std::string::npos);
  CHECK(there.to_vector<float>() == std::vector<float>(6));
  CHECK(there.sliced(0, 0, 1).sliced(1, 0, 1).item() == 0);
  CHECK(digest_of(there) == digest_of(host));
}

TEST_CASE("the audit runs the check device where there is one, and says why where there is none") {
  if (skipped()) return;
  const std::vector<std::string> only{"abs", "softmax"};
  const audit::Report with = audit::audit_all(only);
  CHECK(with.device_pass == 2);
  CHECK(with.device_fail == 0);
  CHECK(with.device_reason.empty());
  const Backend* const installed = backend();
  set_backend(nullptr);
  const audit::Report without = audit::audit_all(only);
  set_backend(installed);
  CHECK(without.device_pass + without.device_fail == 0);
  CHECK(!without.device_reason.empty());
  CHECK(without.pass == 2);
  CHECK(without.digest == with.digest);  // of the CPU's bits
}

namespace {

// A small network with every kind of layer that training meets, and its optimiser's state, as one digest.
template <class Optimizer, class Options>
std::string train(Device device, const Options& options) {
  struct Net final : nn::Module {
    nn::Conv2d conv{3, 8, 3, {.padding = 1}};
    nn::GroupNorm norm{4, 8};
    nn::Linear head{8, 5};
    void visit(nn::Visitor& v) override {
      v.child("conv", conv);
      v.child("norm", norm);
      v.child("head", head);
    }
  } net;
  nn::fill_by_name(net, 7);
  nn::move_to(net, device);
  Optimizer optimizer(nn::state(net), options);
  nn::Ema ema(net, 0.9);
  for (std::uint32_t step = 0; step < 3; ++step) {
    const Var x(noise({2, 3, 9, 7}, step).to(device)), wanted(noise({2, 5}, 100 + step).to(device));
    const Var y = net.head(mean(silu(net.norm(net.conv(x))), {2, 3}));
    backward(mean(square(sub(y, wanted))));
    nn::clip_grad_norm(nn::state(net), 0.5);
    optimizer.step(1e-2);
    optimizer.zero_grad();
    ema.update();
  }
  std::string all = nn::weights_digest(net);
  for (const auto& [key, value] : optimizer.state_dict()) all += digest_of(value);
  for (const auto& [key, value] : ema.shadow()) all += digest_of(value);
  return all;
}

}  // namespace

TEST_CASE("training steps, optimiser and average give the CPU's bits") {
  if (skipped()) return;
  vary_device(1);
  const nn::Adam::Options adam{.weight_decay = 0.01};
  CHECK(train<nn::Adam>(Device::cuda, adam) == train<nn::Adam>(Device::cpu, adam));
  const nn::Sgd::Options sgd{.momentum = 0.9, .weight_decay = 0.01, .nesterov = true};
  CHECK(train<nn::Sgd>(Device::cuda, sgd) == train<nn::Sgd>(Device::cpu, sgd));
}

// ---- what a device may lack, in the middle of a network

namespace {

const nn::Adam::Options kAdam{};

bool holds(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

// A heap over a source with 10 MiB, each block of them a few bytes.
constexpr std::size_t kMiB = 1 << 20;
std::size_t room = 0;
void* take(std::size_t bytes) {
  if (bytes > room) return nullptr;
  room -= bytes;
  return new char;
}
void give_back(void* block, std::size_t bytes) noexcept {
  room += bytes;
  delete static_cast<char*>(block);
}

}  // namespace

TEST_CASE("a device without room for a network: errors that say so, and the next call works") {
  if (skipped()) return;
  const std::string wanted = train<nn::Adam>(Device::cpu, kAdam);
  int refused = 0, in_operators = 0;
  for (std::size_t bytes = 4096;; bytes += bytes / 12) {
    REQUIRE(bytes < 64 * kMiB);
    const DeviceMemoryLimit limit(bytes);
    std::string got;
    const std::string error = error_of([&] { got = train<nn::Adam>(Device::cuda, kAdam); });
    CHECK(limit.live() == 0);
    if (error.empty()) {
      CHECK(got == wanted);
      break;
    }
    ++refused;
    INFO(error);
    CHECK(holds(error, ": device memory must hold its result and workspace, got a request of "));
    CHECK(holds(error, " MiB free on the card"));
    if (!error.starts_with("cuda:")) {
      ++in_operators;
      CHECK(holds(error, " for f32["));
      CHECK(holds(error, "]@cuda"));
    }
  }
  MESSAGE(refused, " budgets were too small, ", in_operators, " of them inside an operator");
  CHECK(in_operators >= 5);
  CHECK(train<nn::Adam>(Device::cuda, kAdam) == wanted);
}

TEST_CASE("a card's heap gives its free blocks back before it refuses, and stays usable") {
  room = 10 * kMiB;
  cuda::CardHeap heap({take, give_back, [] { return room; }, [] {}});
  heap.set_limit(SIZE_MAX);
  void *const a = heap.allocate(4 * kMiB), *const b = heap.allocate(4 * kMiB);
  heap.release(a, 4 * kMiB);
  CHECK(heap.stats().cached == 4 * kMiB);
  void* const c = heap.allocate(6 * kMiB);  // there is room only without a's block
  CHECK(heap.stats().cached == 0);
  const std::string error = error_of([&] { heap.allocate(kMiB); });
  INFO(error);
  CHECK(holds(error, "cuda: device memory must hold"));
  CHECK(holds(error, "a request of 1.0 MiB with 10.0 MiB in use, 0.0 MiB cached"));
  CHECK(holds(error, "and 0.0 MiB free on the card"));
  heap.release(b, 4 * kMiB);
  void* const d = heap.allocate(kMiB);
  CHECK(heap.stats().live == 7 * kMiB);
  heap.release(c, 6 * kMiB);
  heap.set_limit(2 * kMiB);  // takes effect at once
  CHECK(heap.stats().cached == 0);
  CHECK(holds(error_of([&] { heap.allocate(2 * kMiB); }), "a budget of 2.0 MiB"));
  heap.release(d, kMiB);
  heap.trim();
  CHECK(room == 10 * kMiB);
}

TEST_CASE("a card's heap after a fault: starts again when the last lost block is released") {
  static int restarts;
  static bool answers;
  restarts = 0, answers = false, room = 10 * kMiB;
  cuda::CardHeap heap({take, give_back, [] { return room; },
                       [] {
                         if (!answers) throw DeviceError("cuda", "no answer");
                         ++restarts, room = 10 * kMiB;
                       }});
  heap.set_limit(SIZE_MAX);
  void *const a = heap.allocate(4 * kMiB), *const b = heap.allocate(4 * kMiB);
  heap.release(a, 4 * kMiB);
  heap.lose();
  heap.trim();  // has nothing to give back any more
  heap.set_limit(kMiB), heap.set_limit(SIZE_MAX);
  CHECK(room == 2 * kMiB);
  const std::string error = error_of([&] { heap.allocate(kMiB); });
  INFO(error);
  CHECK(holds(error, "the card must be free of tensors to start again after a fault, got 4.0 MiB"));
  heap.release(b, 4 * kMiB);
  CHECK(holds(error_of([&] { heap.allocate(kMiB); }), "no answer"));
  answers = true;
  void* const c = heap.allocate(8 * kMiB);  // neither a nor b
  CHECK(restarts == 1);
  CHECK(heap.stats().live == 8 * kMiB);
  CHECK(heap.stats().cached == 0);
  heap.release(c, 8 * kMiB);
  CHECK(heap.allocate(8 * kMiB) == c);  // kept as ever
  CHECK(restarts == 1);
  for (void* const block : {a, b, c}) delete static_cast<char*>(block);
}

TEST_CASE("a kernel that fails, at once or late: errors that name it, and the next call works") {
  if (skipped()) return;
  if (!fail_device_launch(0, false)) return;  // bench/card.cpp does it on a card
  const std::string wanted = train<nn::Adam>(Device::cpu, kAdam);
  for (const bool late : {false, true}) {
    int faults = 0;
    for (std::int64_t nth = 1;; nth += 11) {
      const DeviceMemoryLimit limit(64 * kMiB);  // a late fault takes all that lies on the device
      fail_device_launch(nth, late);
      std::string got;
      const std::string error = error_of([&] { got = train<nn::Adam>(Device::cuda, kAdam); });
      fail_device_launch(0, false);
      if (error.empty()) {
        CHECK(got == wanted);
        break;
      }
      ++faults;
      INFO(error);
      CHECK(holds(error, ", got a planted fault"));
      if (late)
        CHECK(holds(error, "; queued since the last wait, newest first: "));
      else
        CHECK(holds(error, ": kernel \""));
      if (!late && !error.starts_with("cuda:")) CHECK(holds(error, " must run for f32["));
    }
    CHECK(faults > 10);
    CHECK(train<nn::Adam>(Device::cuda, kAdam) == wanted);
  }
}

// ---- the fast modes

namespace {

constexpr Numerics kFastModes[] = {Numerics::tf32, Numerics::bf16};

struct FastTile {
  explicit FastTile(fast::Tile tile) { fast::force_tile(tile); }
  ~FastTile() { fast::force_tile(fast::Tile::automatic); }
};

struct ConvCase {
  Shape x, weight;
  Conv2dOptions options;
};
// Channels that fill no chunk and no tile, images that fill none, every kernel and stride, two samples.
const ConvCase kFastConvs[] = {
    {{1, 40, 9, 17}, {70, 40, 3, 3}, {.padding = 1}},
    {{2, 19, 10, 9}, {67, 19, 3, 3}, {}},
    {{1, 64, 8, 8}, {3, 64, 3, 3}, {.padding = 2}},
    {{2, 9, 19, 21}, {66, 9, 3, 3}, {.stride = 2, .padding = 1}},
    {{1, 48, 16, 16}, {8, 48, 3, 3}, {.stride = 2, .padding = {1, 0}}},
    {{2, 70, 7, 19}, {130, 70, 1, 1}, {}},
    {{1, 3, 9, 20}, {2, 3, 1, 1}, {.stride = 3, .padding = 1}},
};

template <class F>
Tensor mapped(const Tensor& x, F f) {
  std::vector<float> values = x.to_vector<float>();
  for (float& v : values) v = f(v);
  return from_vector(values, x.shape());
}
// Some of -10 .. 10: exact in every mode, and so are all their sums here.
Tensor whole(const Shape& shape, std::uint32_t draw) {
  return mapped(noise(shape, draw), [](float v) { return std::round(2 * v); });
}
Tensor magnitudes(const Tensor& x) {
  return mapped(x, [](float v) { return std::abs(v); });
}

// f on the device in that mode, its result on the host; "" or what went wrong in memory.
template <class F>
Tensor on_device_in(Numerics mode, F&& f) {
  const MemoryGuard guard;
  const NumericsScope scope(mode);
  const Tensor y = f().to(Device::cpu);
  CHECK(guard.damaged() == 0);
  return y;
}

// The stated bound (fast.device.hpp), `scale` the same call on magnitudes.
void check_bound(Numerics mode, const Tensor& fast, const Tensor& strict, const Tensor& scale,
                 std::int64_t terms) {
  const double u = mode == Numerics::bf16 ? 0x1p-8 : 0x1p-11;
  const double share = 2 * u + u * u + static_cast<double>(terms + 2) * 0x1p-22;
  const std::vector<float> a = fast.to_vector<float>(), b = strict.to_vector<float>(),
                           s = scale.to_vector<float>();
  double worst = 0, most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = std::fmax(worst, off / (share * static_cast<double>(s[i])));
    most = std::fmax(most, off);
    if (std::isnan(a[i])) worst = INFINITY;
  }
  CHECK(worst <= 1);
  if (backend()->name == "emulated") CHECK(most > 0);  // a fast kernel ran
}

}  // namespace

TEST_CASE("fast modes: convolutions of whole numbers are exact, so every index is right") {
  if (skipped()) return;
  int turn = 0;
  for (const Numerics mode : kFastModes)
    for (const fast::Tile tile : {fast::Tile::small, fast::Tile::large})
      for (const ConvCase& c : kFastConvs) {
        const FastTile forced(tile);
        vary_device(++turn);
        const Tensor x = whole(c.x, 1), w = whole(c.weight, 2), b = whole({c.weight[0]}, 3);
        const Tensor fast = on_device_in(mode, [&] {
          return conv2d(x.to(Device::cuda), w.to(Device::cuda), b.to(Device::cuda), c.options);
        });
        INFO(name_of(mode), " x ", c.x.str(), " weight ", c.weight.str(), " tile ",
             static_cast<int>(tile));
        CHECK(digest_of(fast) == digest_of(conv2d(x, w, b, c.options)));
      }
}

TEST_CASE("fast modes: convolutions stay within their bound; written weights are packed anew") {
  if (skipped()) return;
  for (const Numerics mode : kFastModes)
    for (const ConvCase& c : kFastConvs) {
      const Tensor x = noise(c.x, 4), w = noise(c.weight, 5);
      Tensor there = w.to(Device::cuda);
      const auto run = [&] { return conv2d(x.to(Device::cuda), there, {}, c.options); };
      check_bound(mode, on_device_in(mode, run), conv2d(x, w, {}, c.options),
                  conv2d(magnitudes(x), magnitudes(w), {}, c.options), w.numel() / c.weight[0]);
      there.mutate_address();
      clear_storage(there);
      CHECK(digest_of(on_device_in(mode, run)) ==
            digest_of(conv2d(x, zeros(c.weight), {}, c.options)));
    }
}

TEST_CASE("fast modes: what has no fast kernel keeps the strict bits") {
  if (skipped()) return;
  const ConvCase strict[] = {{{1, 4, 9, 9}, {6, 2, 3, 3}, {.groups = 2}},
                             {{1, 4, 9, 9}, {6, 4, 3, 3}, {.dilation = 2}},
                             {{1, 4, 9, 9}, {6, 4, 3, 3}, {.stride = 3}},
                             {{1, 4, 9, 9}, {6, 4, 5, 5}, {}}};
  for (const ConvCase& c : strict) {
    const Tensor x = noise(c.x, 6), w = noise(c.weight, 7);
    CHECK(digest_of(on_device_in(Numerics::bf16, [&] {
            return conv2d(x.to(Device::cuda), w.to(Device::cuda), {}, c.options);
          })) == digest_of(conv2d(x, w, {}, c.options)));
  }
}

TEST_CASE("fast modes: plain products, every way that operands can lie") {
  if (skipped()) return;
  struct Product {
    Shape a, b;
    MatmulOptions options;
    std::int64_t terms;
  };
  const Product products[] = {{{7, 33}, {33, 9}, {}, 33},
                              {{33, 7}, {33, 9}, {.transpose_a = true}, 33},
                              {{2, 3, 7, 5}, {3, 9, 5}, {.transpose_b = true}, 5},
                              {{3, 1, 4, 6}, {2, 6, 1}, {}, 6},
                              {{1, 1}, {1, 5}, {}, 1}};
  for (const Numerics mode : kFastModes) {
    for (const Product& p : products) {
      const auto run = [&](const Tensor& a, const Tensor& b) {
        return on_device_in(
            mode, [&] { return matmul(a.to(Device::cuda), b.to(Device::cuda), p.options); });
      };
      INFO(name_of(mode), " a ", p.a.str(), " b ", p.b.str());
      const Tensor a = whole(p.a, 8), b = whole(p.b, 9), x = noise(p.a, 10), y = noise(p.b, 11);
      CHECK(digest_of(run(a, b)) == digest_of(matmul(a, b, p.options)));
      check_bound(mode, run(x, y), matmul(x, y, p.options),
                  matmul(magnitudes(x), magnitudes(y), p.options), p.terms);
    }
    const Tensor x = whole({2, 5, 12}, 12), w = whole({7, 12}, 13), b = whole({7}, 14);
    CHECK(digest_of(on_device_in(mode, [&] {
            return linear(x.to(Device::cuda), w.to(Device::cuda), b.to(Device::cuda));
          })) == digest_of(linear(x, w, b)));
    // weights of the softmax lie in 0 .. 1 and sum to 1: scores and values are off by a share of u each
    const Tensor q = noise({2, 3, 6, 8}, 15), k = noise({2, 3, 9, 8}, 16),
                 v = noise({2, 3, 9, 4}, 17);
    const Tensor fast = on_device_in(mode, [&] {
      return attention(q.to(Device::cuda), k.to(Device::cuda), v.to(Device::cuda));
    });
    const std::vector<float> got = fast.to_vector<float>(),
                             wanted = attention(q, k, v).to_vector<float>();
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(mode == Numerics::bf16 ? 0.05 : 0.006));
  }
}

TEST_CASE("fast modes: group norm reads x once and is as exact as the strict one") {
  if (skipped()) return;
  int turn = 0;
  for (const Shape& shape : {Shape{2, 12, 9, 11}, Shape{1, 8, 3, 1}, Shape{1, 520, 6, 7}})
    for (const bool silu : {false, true}) {
      vary_device(++turn);
      const std::int64_t c = shape[1];
      const Tensor x = mapped(noise(shape, 18), [](float v) { return 3 * v + 40; });
      const Tensor w = noise({c}, 19), b = noise({c}, 20), st = noise({shape[0], c}, 21);
      const Tensor strict = group_norm_silu(x, 4, {w, b, st, st, {}}, 1e-5, silu);
      const Tensor fast = on_device_in(Numerics::tf32, [&] {
        const Tensor s = st.to(Device::cuda);
        return group_norm_silu(x.to(Device::cuda), 4,
                               {w.to(Device::cuda), b.to(Device::cuda), s, s, {}}, 1e-5, silu);
      });
      const std::vector<float> got = fast.to_vector<float>(), wanted = strict.to_vector<float>();
      float worst = 0;
      for (std::size_t i = 0; i < got.size(); ++i)
        worst = std::fmax(worst, std::abs(got[i] - wanted[i]) / (1 + std::abs(wanted[i])));
      CHECK(worst < 1e-4f);  // x - mean of numbers near 40 is known to 2^-18, times w and 1 + s
      if (x.numel() > 100) CHECK(digest_of(fast) != digest_of(strict));  // other ways to merge
    }
}

TEST_CASE("fast modes: training runs, the same bits again, others than the strict ones") {
  if (skipped()) return;
  const nn::Adam::Options adam{};
  const NumericsScope mode(Numerics::bf16);
  const std::string once = train<nn::Adam>(Device::cuda, adam);
  CHECK(once == train<nn::Adam>(Device::cuda, adam));
  CHECK(once != train<nn::Adam>(Device::cpu, adam));
}

TEST_CASE("rows of shared memory: eight neighbours' words of one quad lie in 32 banks") {
  for (int row = 0; row < 16; ++row)
    for (int quad = 0; quad < 4; ++quad) {
      std::set<int> banks;
      for (int r = 0; r < 8; ++r)
        for (int w = 0; w < 4; ++w) banks.insert(cuda::word_at(row + r, 4 * quad + w) % 32);
      CHECK(banks.size() == 32);
    }
}

TEST_CASE("tf32 rounds to nearest, ties away from zero, and keeps what is not finite") {
  const auto of = [](float x) { return math::float_of(cuda::to_tf32_bits(x)); };
  CHECK(of(1.0f + 0x1p-11f) == 1.0f + 0x1p-10f);
  CHECK(of(-1.0f - 0x1p-11f) == -1.0f - 0x1p-10f);
  CHECK(of(1.0f + 0x1.ffep-12f) == 1.0f);
  CHECK(of(INFINITY) == INFINITY);
  CHECK(of(0x1.fffffep127f) == INFINITY);
  CHECK(std::isnan(of(math::float_of(0x7fffffffu))));
  CHECK(std::signbit(of(-0.0f)));
}
