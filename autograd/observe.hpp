// What watches the one apply(): trace, non-finite guard, digests, timing, cancel. Each is an Observer of a few lines.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tensor/op.hpp"

namespace dact {

/// One operator call, forward or backward. In backward calls `in` are the upstream gradients and `out` the input
/// gradients. Seen only while it runs.
struct CallRecord {
  const OpDef& op;
  std::string_view path;
  const Attrs& attrs;
  std::span<const Tensor> in, out;
  bool backward = false;
  double milliseconds = 0;
};

/// Installed while alive, on this thread; the newest is called last.
class Observer {
 public:
  Observer();
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual void after(const CallRecord& call) = 0;
};
namespace detail {
bool observed();
void notify(const CallRecord& call);
}  // namespace detail

/// Throws NumericError naming operator, module path and first bad index when a float output holds NaN or infinity.
class NonFiniteGuard final : public Observer {
 public:
  void after(const CallRecord& call) override;
};

/// Prints "path > op(attrs): in shapes -> out shapes, ms" to stderr; level 2 adds digests of the outputs.
class Trace final : public Observer {
 public:
  explicit Trace(int level = 1) : level_(level) {}
  void after(const CallRecord& call) override;

 private:
  int level_;
};

/// One line per call: index, forward or backward, path, op, attributes, digests of inputs and outputs. Two runs are
/// compared line by line; the first difference names the call where they part.
class DigestRecorder final : public Observer {
 public:
  void after(const CallRecord& call) override;
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

/// Asks every apply() of the process to throw Cancelled. Safe in a signal handler.
void request_cancel() noexcept;
void clear_cancel() noexcept;
bool cancel_requested() noexcept;

}  // namespace dact
