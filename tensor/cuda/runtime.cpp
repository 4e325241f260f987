// The CUDA runtime behind card.hpp: one stream, a caching allocator, pinned copies, one check for every call.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "tensor/blocks.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/cuda/units.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"

namespace dact::cuda {

cudaStream_t current_stream();
void check_launch(const char* kernel);
[[noreturn]] void refuse_blocks(const char* kernel, std::int64_t blocks);
void install_products();  // products.cpp, where there is cuBLAS

namespace {

bool audit_mode = false;
cudaStream_t stream = nullptr;

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }
double gib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

/// "conv2d" or, outside operators, "cuda".
std::string operator_name() {
  const std::string_view name = current_operator();
  return name.empty() ? "cuda" : std::string(name);
}

/// The one check of runtime calls. A sticky error (a fault inside a kernel) ends the card's context: every later call
/// fails too, and says so.
void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // ordinary errors must not show up again in the next call
  throw DeviceError(operator_name(),
                    fmt::format("{} must succeed, got {} ({})", what, cudaGetErrorString(error),
                                cudaGetErrorName(error)));
}

// ---- memory

constexpr std::size_t kSmallest = 512;  // what cudaMalloc aligns to

/// Blocks by size class of the CPU's allocator, on shelves. All work is one stream, so a block may be reused at once:
/// what still reads it was queued before what will write it.
class CardHeap {
 public:
  void* allocate(std::size_t bytes);
  void release(void* block, std::size_t bytes) noexcept;
  CardMemory stats();
  void set_limit(std::size_t bytes);
  void trim();

 private:
  void* fresh(const SizeClass& size, std::size_t wanted);
  bool evict_one() noexcept;
  [[noreturn]] void refuse(std::size_t wanted);
  std::mutex mutex_;
  std::array<std::vector<void*>, kSizeClasses> shelves_;
  std::array<std::size_t, kSizeClasses> class_bytes_{};
  CardMemory stats_;
};

CardHeap& heap() {
  static CardHeap& the = *new CardHeap;  // tensors in static variables may outlive everything else
  return the;
}

SizeClass class_of(std::size_t bytes) { return size_class_of(std::max(bytes, kSmallest)); }

void CardHeap::refuse(std::size_t wanted) {
  std::size_t free = 0, total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) free = 0;
  throw ResourceError(
      operator_name(),
      fmt::format("device memory must hold its result and workspace, got a request of {:.1f} MiB "
                  "with {:.1f} MiB "
                  "in use, {:.1f} MiB cached, a budget of {:.1f} MiB (DACT_DEVICE_MEMORY_LIMIT) "
                  "and {:.1f} MiB "
                  "free on the card",
                  mib(wanted), mib(stats_.live), mib(stats_.cached), mib(stats_.limit), mib(free)));
}

bool CardHeap::evict_one() noexcept {
  for (std::size_t i = kSizeClasses; i-- > 0;) {  // the largest first: few calls free much
    if (shelves_[i].empty()) continue;
    cudaFree(shelves_[i].back());
    shelves_[i].pop_back();
    stats_.cached -= class_bytes_[i];
    return true;
  }
  return false;
}

void* CardHeap::fresh(const SizeClass& size, std::size_t wanted) {
  if (size.bytes > stats_.limit || stats_.live > stats_.limit - size.bytes) refuse(wanted);
  while (stats_.live + stats_.cached + size.bytes > stats_.limit && evict_one()) {
  }
  void* block = nullptr;
  for (;;) {
    const cudaError_t error = cudaMalloc(&block, size.bytes);
    if (error == cudaSuccess) break;
    cudaGetLastError();
    if (error != cudaErrorMemoryAllocation) check(error, "cudaMalloc");
    if (!evict_one()) refuse(wanted);
  }
  ++stats_.fresh;
  return block;
}

void* CardHeap::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  if (bytes > kLargestBlock) refuse(bytes);
  const SizeClass size = class_of(bytes);
  class_bytes_[size.index] = size.bytes;
  std::vector<void*>& shelf = shelves_[size.index];
  void* block = nullptr;
  if (shelf.empty()) {
    block = fresh(size, bytes);
    shelf.reserve(shelf.capacity() +
                  1);  // release() must not allocate: room for every block that exists
  } else {
    block = shelf.back();
    shelf.pop_back();
    stats_.cached -= size.bytes;
  }
  stats_.live += size.bytes;
  stats_.peak = std::max(stats_.peak, stats_.live);
  ++stats_.allocations;
  return block;
}

void CardHeap::release(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const std::lock_guard lock(mutex_);
  const SizeClass size = class_of(bytes);
  shelves_[size.index].push_back(block);
  stats_.live -= size.bytes;
  stats_.cached += size.bytes;
}

CardMemory CardHeap::stats() {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void CardHeap::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.limit = bytes;
  while (stats_.live + stats_.cached > bytes && evict_one()) {
  }
}

void CardHeap::trim() {
  const std::lock_guard lock(mutex_);
  while (evict_one()) {
  }
}

// ---- copies: through two pinned buffers, so that the card copies one while the CPU fills the other

class Staging {
 public:
  void upload(void* to, const void* from, std::size_t bytes);
  void download(void* to, const void* from, std::size_t bytes);

 private:
  static constexpr std::size_t kBytes = std::size_t{8} << 20;
  struct Buffer {
    std::byte* at = nullptr;
    cudaEvent_t done = nullptr;  // the last copy from or to it
  };
  Buffer& next();
  std::mutex mutex_;
  Buffer buffers_[2];
  int turn_ = 0;
};

Staging& staging() {
  static Staging& the = *new Staging;
  return the;
}

Staging::Buffer& Staging::next() {
  Buffer& b = buffers_[turn_ ^= 1];
  if (b.done == nullptr)
    check(cudaEventCreateWithFlags(&b.done, cudaEventDisableTiming), "cudaEventCreate");
  if (b.at == nullptr) {
    void* at = nullptr;
    check(cudaMallocHost(&at, kBytes), "cudaMallocHost");
    b.at = static_cast<std::byte*>(at);
  }
  check(cudaEventSynchronize(b.done), "waiting for a copy");
  return b;
}

void Staging::upload(void* to, const void* from, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < bytes; at += kBytes) {
    const std::size_t n = std::min(kBytes, bytes - at);
    Buffer& b = next();
    std::memcpy(b.at, static_cast<const std::byte*>(from) + at, n);
    check(
        cudaMemcpyAsync(static_cast<std::byte*>(to) + at, b.at, n, cudaMemcpyHostToDevice, stream),
        "copying to the card");
    check(cudaEventRecord(b.done, stream), "cudaEventRecord");
  }
}

void Staging::download(void* to, const void* from, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  Buffer* ready = nullptr;  // holds the piece before
  std::size_t ready_at = 0, ready_bytes = 0;
  const auto take = [&] {
    if (ready == nullptr) return;
    check(cudaEventSynchronize(ready->done), "copying from the card");
    std::memcpy(static_cast<std::byte*>(to) + ready_at, ready->at, ready_bytes);
  };
  for (std::size_t at = 0; at < bytes; at += kBytes) {
    const std::size_t n = std::min(kBytes, bytes - at);
    Buffer& b = next();
    check(cudaMemcpyAsync(b.at, static_cast<const std::byte*>(from) + at, n, cudaMemcpyDeviceToHost,
                          stream),
          "copying from the card");
    check(cudaEventRecord(b.done, stream), "cudaEventRecord");
    take();
    ready = &b;
    ready_at = at;
    ready_bytes = n;
  }
  take();
}

// ---- the backend

void* allocate(std::size_t bytes) { return heap().allocate(bytes); }
void release(void* block, std::size_t bytes) noexcept { heap().release(block, bytes); }
void upload(void* to, const void* from, std::size_t bytes) { staging().upload(to, from, bytes); }
void download(void* to, const void* from, std::size_t bytes) {
  staging().download(to, from, bytes);
}
void clear(void* block, std::size_t bytes) {
  check(cudaMemsetAsync(block, 0, bytes, stream), "cudaMemset");
}
void synchronise() { check(cudaStreamSynchronize(stream), "waiting for the card"); }

constexpr Backend kCuda{"cuda", allocate, release, upload, download, clear, synchronise};

/// Compute capabilities that this build has code for, as cmake names them: 80, 90.
constexpr int kArchitectures[] = {DACT_CUDA_ARCHITECTURES};

std::string list_of_architectures() {
  std::string list;
  for (const int a : kArchitectures) list += fmt::format("{}sm_{}", list.empty() ? "" : ", ", a);
  return list;
}

/// Binary code of sm_XY runs on every XZ, Z >= Y; the code of the newest also as PTX on later cards.
bool runs_on(int major, int minor) {
  const int newest = *std::max_element(std::begin(kArchitectures), std::end(kArchitectures));
  const auto fits = [&](int a) { return a / 10 == major && a % 10 <= minor; };
  return 10 * major + minor > newest ||
         std::any_of(std::begin(kArchitectures), std::end(kArchitectures), fits);
}

std::size_t memory_limit(std::size_t free) {
  const char* text = std::getenv("DACT_DEVICE_MEMORY_LIMIT");
  if (text == nullptr || *text == '\0') return free / 10 * 9;
  std::size_t value = 0;
  const std::string_view all(text);
  const auto [end, error] = std::from_chars(text, text + all.size(), value);
  const std::string_view suffix = all.substr(static_cast<std::size_t>(end - text));
  const int shift = suffix.empty()  ? 0
                    : suffix == "K" ? 10
                    : suffix == "M" ? 20
                    : suffix == "G" ? 30
                                    : -1;
  if (error != std::errc() || value == 0 || shift < 0)
    throw UsageError(
        "DACT_DEVICE_MEMORY_LIMIT",
        fmt::format("must be a positive number of bytes, or one with suffix K, M or G, got \"{}\"",
                    all));
  return value << shift;
}

}  // namespace

cudaStream_t current_stream() { return stream; }

void check_launch(const char* kernel) {
  cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess && audit_mode) error = cudaStreamSynchronize(stream);
  if (error == cudaSuccess) return;
  throw DeviceError(operator_name(),
                    fmt::format("kernel \"{}\" must run, got {} ({})", kernel,
                                cudaGetErrorString(error), cudaGetErrorName(error)));
}

void refuse_blocks(const char* kernel, std::int64_t blocks) {
  throw DeviceError(
      operator_name(),
      fmt::format("kernel \"{}\" must have fewer than 2^31 blocks, got {}", kernel, blocks));
}

CardStatus card_status() {
  int count = 0, driver = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (error != cudaSuccess || count == 0)
    return {true, false,
            fmt::format("no CUDA device ({})",
                        error == cudaSuccess ? "none is visible" : cudaGetErrorString(error))};
  cudaDeviceProp p{};
  if (const cudaError_t e = cudaGetDeviceProperties(&p, 0); e != cudaSuccess)
    return {true, false, fmt::format("no CUDA device ({})", cudaGetErrorString(e))};
  const std::string card = fmt::format("{}, sm_{}{}", p.name, p.major, p.minor);
  if (!runs_on(p.major, p.minor))
    return {true, false,
            fmt::format("the card must be of {} or newer, for which this build has code, got {}",
                        list_of_architectures(), card)};
  std::size_t free = 0, total = 0;
  if (const cudaError_t e = cudaMemGetInfo(&free, &total); e != cudaSuccess)
    return {true, false,
            fmt::format("the card must answer, got {} from {}", cudaGetErrorString(e), card)};
  cudaDriverGetVersion(&driver);
  return {
      true, true,
      fmt::format("{}, {} multiprocessors, {:.1f} GiB ({:.1f} free), driver {}.{}", card,
                  p.multiProcessorCount, gib(total), gib(free), driver / 1000, driver % 1000 / 10)};
}

void start() {
  if (backend() != nullptr) return;
  const CardStatus status = card_status();
  if (!status.usable) throw DeviceError("cuda", status.text);
  check(cudaSetDevice(0), "cudaSetDevice");
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  heap().set_limit(memory_limit(free));
  install_all();
#if DACT_CUBLAS
  install_products();
#endif
  set_backend(&kCuda);
}

void set_audit_mode(bool on) { audit_mode = on; }
CardMemory card_memory() { return heap().stats(); }
void set_card_memory_limit(std::size_t bytes) { heap().set_limit(bytes); }
void release_cached_card_memory() { heap().trim(); }

namespace {
cudaEvent_t event(void* e) { return static_cast<cudaEvent_t>(e); }
void* new_event() {
  cudaEvent_t e = nullptr;
  check(cudaEventCreate(&e), "cudaEventCreate");
  return e;
}
}  // namespace

Stopwatch::Stopwatch() : begin_(new_event()), end_(new_event()) {}
Stopwatch::~Stopwatch() {
  cudaEventDestroy(event(begin_));
  cudaEventDestroy(event(end_));
}
void Stopwatch::start() { check(cudaEventRecord(event(begin_), stream), "cudaEventRecord"); }
double Stopwatch::stop() {
  check(cudaEventRecord(event(end_), stream), "cudaEventRecord");
  check(cudaEventSynchronize(event(end_)), "waiting for the card");
  float ms = 0;
  check(cudaEventElapsedTime(&ms, event(begin_), event(end_)), "cudaEventElapsedTime");
  return static_cast<double>(ms);
}

}  // namespace dact::cuda
