#include "autograd/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

thread_local std::vector<Observer*> observers;
std::atomic<bool> cancel{false};

std::string list_of(std::span<const Tensor> tensors, bool digests) {
  std::string s;
  for (const Tensor& t : tensors) {
    s += (s.empty() ? "" : ", ") + t.str();
    if (digests && t.defined()) s += " " + digest_of(t).substr(0, 16);
  }
  return s;
}

std::string where_of(const CallRecord& call) {
  return fmt::format("{}{}{}{}", call.path, call.path.empty() ? "" : " > ", call.op.name,
                     call.backward ? " (backward)" : "");
}

}  // namespace

Observer::Observer() { observers.push_back(this); }
Observer::~Observer() { std::erase(observers, this); }

namespace detail {
bool observed() { return !observers.empty(); }
void notify(const CallRecord& call) {
  for (Observer* o : observers) o->after(call);
}
}  // namespace detail

namespace {

// Row-major index of the first element that is not finite, or -1.
template <class T>
std::int64_t first_bad(const Tensor& t) {
  const Tensor dense = t.contiguous();
  const T* p = dense.data<T>();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if (!(p[i] - p[i] == T(0))) return i;
  return -1;
}

}  // namespace

void NonFiniteGuard::after(const CallRecord& call) {
  for (const Tensor& t : call.out) {
    if (!t.defined() || !is_float(t.dtype())) continue;
    const std::int64_t at = t.dtype() == DType::f64 ? first_bad<double>(t) : first_bad<float>(t);
    if (at >= 0)
      throw NumericError(
          where_of(call),
          fmt::format("results must be finite, got a NaN or infinity at element {} of {} "
                      "from {}",
                      at, t.str(), list_of(call.in, false)));
  }
}

void Trace::after(const CallRecord& call) {
  fmt::print(stderr, "{}({}): {} -> {}, {:.3f} ms\n", where_of(call), call.attrs.str(),
             list_of(call.in, false), list_of(call.out, level_ >= 2), call.milliseconds);
}

void DigestRecorder::after(const CallRecord& call) {
  lines_.push_back(fmt::format("{}\t{}\t({})\t{}\t{}", lines_.size(), where_of(call),
                               call.attrs.str(), list_of(call.in, true), list_of(call.out, true)));
}

void request_cancel() noexcept { cancel.store(true); }
void clear_cancel() noexcept { cancel.store(false); }
bool cancel_requested() noexcept { return cancel.load(std::memory_order_relaxed); }

}  // namespace dact
