// The CUDA runtime behind card.hpp: one stream, a caching allocator, pinned copies, one check for every call.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "tensor/cuda/card.hpp"
#include "tensor/cuda/faults.hpp"
#include "tensor/cuda/heap.hpp"
#include "tensor/cuda/units.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"

namespace dact::cuda {

cudaStream_t current_stream();
void check_launch(const char* kernel);
[[noreturn]] void refuse_blocks(const char* kernel, std::int64_t blocks);
void install_products();  // products.cpp, where there is cuBLAS
void forget_products();

namespace {

bool audit_mode = false;
cudaStream_t stream = nullptr;

double gib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

CardHeap& heap();

/// A fault inside a kernel is sticky: it ends the card's context, and every later call fails too, until the heap has a
/// new one. The CPU's operators are not touched.
std::string text_of(cudaError_t error) {
  const bool sticky = cudaStreamQuery(stream) == error;
  cudaGetLastError();  // ordinary errors must not show up again in the next call
  if (sticky) heap().lose();
  return fmt::format("{} ({}{})", cudaGetErrorString(error), cudaGetErrorName(error),
                     sticky ? "; all that was on the card is lost" : "");
}

/// The one check of runtime calls.
void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw_call_fault(what, text_of(error));
}

// ---- memory

void* take(std::size_t bytes) {
  void* block = nullptr;
  const cudaError_t error = cudaMalloc(&block, bytes);
  if (error != cudaErrorMemoryAllocation) check(error, "cudaMalloc");
  cudaGetLastError();
  return error == cudaSuccess ? block : nullptr;
}
void give_back(void* block, std::size_t) noexcept { cudaFree(block); }
std::size_t free_on_card() {
  std::size_t free = 0, total = 0;
  return cudaMemGetInfo(&free, &total) == cudaSuccess ? free : 0;
}

void restart();

CardHeap& heap() {
  // tensors in static variables may outlive everything else
  static CardHeap& the = *new CardHeap({take, give_back, free_on_card, restart});
  return the;
}

// ---- copies: through two pinned buffers, so that the card copies one while the CPU fills the other

class Staging {
 public:
  void upload(void* to, const void* from, std::size_t bytes);
  void download(void* to, const void* from, std::size_t bytes);
  void forget();  // buffers and events of a context that is no more

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

void Staging::forget() {
  const std::lock_guard lock(mutex_);
  for (Buffer& b : buffers_) b = {};
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
  note_wait();
}

// ---- after a fault inside a kernel

void open_stream() {
  check(cudaSetDevice(0), "cudaSetDevice");
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
}

/// A new context. The runtime promises one only to a new process; where it gives none here, that is the error.
void restart() {
  staging().forget();
#if DACT_CUBLAS
  forget_products();
#endif
  note_wait();  // what was queued is gone
  stream = nullptr;
  cudaDeviceReset();
  cudaGetLastError();
  try {
    open_stream();
    check(cudaStreamSynchronize(stream), "waiting for the card");
  } catch (const DeviceError& e) {
    throw DeviceError(operator_name(), fmt::format("the card must start again after a fault, got "
                                                   "\"{}\"; a new process may have it, and the CPU "
                                                   "works on in this one",
                                                   e.what()));
  }
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
void synchronise() {
  check(cudaStreamSynchronize(stream), "waiting for the card");
  note_wait();
}

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
  note_launch(kernel);
  cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess && audit_mode) error = cudaStreamSynchronize(stream);
  if (error == cudaSuccess) return;
  throw_kernel_fault(kernel, text_of(error));
}

void refuse_blocks(const char* kernel, std::int64_t blocks) {
  throw_kernel_fault(kernel, fmt::format("{} blocks, of at most 2^31 - 1", blocks));
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
  open_stream();
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  heap().set_limit(memory_limit(free));
  const char* audit = std::getenv("DACT_DEVICE_AUDIT");
  audit_mode = audit != nullptr && std::string_view(audit) == "1";
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
