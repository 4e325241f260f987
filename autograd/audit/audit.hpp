// The audit: every check over every entry, as data. Text, JSON and HTML are made in reenact/cli.
#pragma once
#include <string>
#include <vector>

#include "autograd/audit/checks.hpp"

namespace dact::audit {

struct OpReport {
  std::string name, equation, group;
  Verdict verdict = Verdict::pass;
  /// What passed: "R0" (rerun), "R1" (threads, layout, batch), "R3" (instruction sets on this machine too; other
  /// machines compare the digest). R2, a card's bits, is the check "device": a level that depends on the machine would
  /// not be the operator's.
  std::string level = {}, digest = {};
  double worst_error = 0, bound = 0;
  std::string unit = {};  // of the two
  std::size_t samples = 0;
  std::vector<CheckResult> checks = {};
};

struct Report {
  std::vector<OpReport> operators;
  std::size_t pass = 0, fail = 0;
  std::size_t device_pass = 0, device_fail = 0;  // of the check "device"
  std::string device_reason;                     // why it did not run; empty: it did
  std::string digest;                            // SHA-256 over the sorted lines name<TAB>digest
};

/// Called after each entry; for progress.
struct Progress {
  virtual ~Progress() = default;
  virtual void after(const OpReport& report, std::size_t done, std::size_t total) = 0;
};

OpReport audit_op(const OpDef& op);
/// `only` empty: the whole catalogue. UsageError for an unknown name.
Report audit_all(const std::vector<std::string>& only = {}, Progress* progress = nullptr);

}  // namespace dact::audit
