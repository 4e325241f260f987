#include "nn/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dact::nn {

Describe::Describe(Module& module) {
  for (const Named& p : parameters(module)) {
    const std::size_t dot = p.key.rfind('.');
    const std::string owner = dot == std::string::npos ? "" : p.key.substr(0, dot);
    const std::string& root = module.path();
    row_of(root.empty() ? owner : (owner.empty() ? root : root + "." + owner)).parameters +=
        p.var.value().numel();
  }
}

DescribeRow& Describe::row_of(std::string_view path) {
  const auto it = std::find_if(rows_.begin(), rows_.end(),
                               [&](const DescribeRow& r) { return r.path == path; });
  if (it != rows_.end()) return *it;
  rows_.push_back({.path = std::string(path)});
  return rows_.back();
}

void Describe::after(const CallRecord& call) {
  if (call.backward) return;
  DescribeRow& row = row_of(call.path);
  if (call.op.group == OpGroup::product && call.op.cost)
    row.macs += call.op.cost(call.in, call.out, call.attrs).flops / 2;
  for (const Tensor& t : call.out)
    row.activation_bytes += t.numel() * static_cast<std::int64_t>(size_of(t.dtype()));
}

Description Describe::description() const {
  Description d{.rows = rows_};
  for (const DescribeRow& r : rows_) {
    d.parameters += r.parameters;
    d.macs += r.macs;
    d.activation_bytes += r.activation_bytes;
  }
  return d;
}

std::string Description::text() const {
  std::size_t width = 5;
  for (const DescribeRow& r : rows) width = std::max(width, r.path.size());
  const auto line = [&](std::string_view path, std::int64_t n, double m, std::int64_t bytes) {
    return fmt::format("{:<{}}  {:>12}  {:>16.0f}  {:>12.3f}\n", path, width, n, m,
                       static_cast<double>(bytes) / 1048576);
  };
  std::string s =
      fmt::format("{:<{}}  {:>12}  {:>16}  {:>12}\n", "path", width, "parameters", "MACs", "MiB");
  for (const DescribeRow& r : rows) s += line(r.path, r.parameters, r.macs, r.activation_bytes);
  return s + line("total", parameters, macs, activation_bytes);
}

}  // namespace dact::nn
