// Ctrl-C: the first lets the step in hand finish, the second stops at the next operator.
#pragma once

namespace dact::cli {

/// While one lives, SIGINT and SIGTERM are requests: the first is seen by interrupted(), the second
/// makes every operator throw Cancelled. Files stay whole either way.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// Whether the user asked to stop since the guard was made.
bool interrupted() noexcept;

}  // namespace dact::cli
