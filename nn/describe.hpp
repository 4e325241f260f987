// What a network is made of and what one forward costs, as a table.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "autograd/observe.hpp"
#include "nn/module.hpp"

namespace dact::nn {

/// One module path that owns parameters or ran operators.
struct DescribeRow {
  std::string path = {};
  std::int64_t parameters = 0;
  double macs = 0;  // of the products (matmul, linear, conv2d, attention): half their flops
  std::int64_t activation_bytes = 0;  // of all operator results
};
struct Description {
  std::vector<DescribeRow> rows =
      {};  // in the module's order, then paths without parameters in running order
  std::int64_t parameters = 0;
  double macs = 0;
  std::int64_t activation_bytes = 0;
  /// "path | parameters | MACs | activations", one line a row, totals last.
  std::string text() const;
};

/// Counts what runs while it is alive on this thread: construct, run one forward, then read.
///   Describe d(model);  model(x);  fmt::print("{}", d.description().text());
class Describe final : public Observer {
 public:
  explicit Describe(Module& module);
  void after(const CallRecord& call) override;
  Description description() const;

 private:
  DescribeRow& row_of(std::string_view path);
  std::vector<DescribeRow> rows_;
};

}  // namespace dact::nn
