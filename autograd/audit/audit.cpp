#include "autograd/audit/audit.hpp"

#include <algorithm>

#include "autograd/audit/inputs.hpp"
#include "autograd/catalogue.hpp"
#include "tensor/digest.hpp"

namespace dact::audit {
namespace {

std::string_view name_of_group(OpGroup group) {
  constexpr std::string_view names[] = {"elementwise", "reduction", "product", "index",
                                        "image",       "norm",      "loss",    "random"};
  return names[static_cast<int>(group)];
}

bool passed(const OpReport& r, std::string_view check) {
  return std::any_of(r.checks.begin(), r.checks.end(), [&](const CheckResult& c) {
    return c.check == check && c.verdict != Verdict::fail;
  });
}

std::string level_of(const OpReport& r) {
  if (!passed(r, "rerun")) return "none";
  if (!passed(r, "threads") || !passed(r, "layout") || !passed(r, "batch")) return "R0";
  return passed(r, "isa") && passed(r, "special") ? "R3" : "R1";
}

void count_device(const OpReport& r, Report& report) {
  for (const CheckResult& c : r.checks) {
    if (c.check != "device") continue;
    if (c.verdict == Verdict::pass) ++report.device_pass;
    if (c.verdict == Verdict::fail) ++report.device_fail;
    if (c.verdict == Verdict::not_applicable) report.device_reason = c.detail;
  }
}

}  // namespace

OpReport audit_op(const OpDef& op) {
  OpReport r{.name = std::string(op.name),
             .equation = std::string(op.equation),
             .group = std::string(name_of_group(op.group))};
  constexpr std::string_view units[] = {"ulp", "2^-24 of the largest entry", "exact"};
  r.unit = units[static_cast<int>(op.tolerance.unit)];
  r.samples = samples_of(op).size();
  for (const NamedCheck& check : all_checks()) {
    CheckResult c = run_check(op, check);
    if (c.verdict == Verdict::fail) r.verdict = Verdict::fail;
    if (c.check == "accuracy") {
      r.worst_error = c.worst;
      r.bound = c.bound;
    }
    r.checks.push_back(std::move(c));
  }
  r.level = level_of(r);
  r.digest = r.verdict == Verdict::pass ? digest_of_op(op) : "";
  return r;
}

Report audit_all(const std::vector<std::string>& only, Progress* progress) {
  std::vector<const OpDef*> chosen(catalogue().begin(), catalogue().end());
  if (!only.empty()) {
    chosen.clear();
    for (const std::string& name : only) {
      const OpDef* op = find_entry(name);
      if (!op) throw UsageError("audit", "operator must be in the catalogue, got " + name);
      chosen.push_back(op);
    }
  }
  Report report;
  Sha256 sha;
  for (const OpDef* op : chosen) {
    OpReport r = audit_op(*op);
    (r.verdict == Verdict::pass ? report.pass : report.fail)++;
    count_device(r, report);
    sha.update(r.name + "\t" + r.digest + "\n");
    if (progress) progress->after(r, report.operators.size() + 1, chosen.size());
    report.operators.push_back(std::move(r));
  }
  report.digest = sha.finish();
  return report;
}

}  // namespace dact::audit
