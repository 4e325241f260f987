#include "reenact/cli/operator_table.hpp"

#include <fmt/format.h>

#include "autograd/catalogue.hpp"

namespace dact::cli {
namespace {

// A formula inside a table cell: bars would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string gradient_of(const OpDef& op) {
  if (!differentiable(op)) return "no: " + cell(op.no_gradient);
  return op.composite ? "through its parts" : "yes";
}

}  // namespace

std::string operator_table(const audit::Report& report) {
  std::string text =
      "# Operators\n\nWritten by `diffusionact audit --markdown tensor/OPERATORS.md`; a test "
      "compares it with a fresh run. "
      "Level R3: the same\nbits on a rerun, for any thread count, batch, layout, and on every "
      "instruction set; the digest "
      "(SHA-256 over outputs and\ngradients of all samples, first 16 digits) must be the same on "
      "every machine. CUDA: not yet "
      "run. The bound is the largest\nerror allowed against float64 loops on the same inputs.\n\n";
  text += fmt::format("{} operators, digest `{}`.\n\n", report.operators.size(), report.digest);
  text += "| operator | formula | level | bound | gradient | digest |\n|---|---|---|---|---|---|\n";
  for (const audit::OpReport& op : report.operators)
    text +=
        fmt::format("| {} | `{}` | {} | {} | {} | `{}` |\n", op.name, cell(op.equation), op.level,
                    op.unit == "exact" ? "exact" : fmt::format("{:g} {}", op.bound, op.unit),
                    gradient_of(*find_entry(op.name)), op.digest.substr(0, 16));
  return text;
}

}  // namespace dact::cli
