#include "reenact/cli/interrupt.hpp"

#include <csignal>

#include "autograd/observe.hpp"

namespace dact::cli {
namespace {

volatile std::sig_atomic_t g_requests = 0;
using Handler = void (*)(int);
Handler g_before_interrupt = SIG_DFL, g_before_terminate = SIG_DFL;

// Only what a signal handler may do: two flags.
void on_signal(int) {
  if (g_requests > 0) request_cancel();
  g_requests = 1;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  g_requests = 0;
  g_before_interrupt = std::signal(SIGINT, on_signal);
  g_before_terminate = std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, g_before_interrupt);
  std::signal(SIGTERM, g_before_terminate);
  g_requests = 0;
  clear_cancel();
}

bool interrupted() noexcept { return g_requests > 0; }

}  // namespace dact::cli
