// The operator table of the documentation: generated, and compared in CI with tensor/OPERATORS.md.
#pragma once
#include <string>

#include "autograd/audit/audit.hpp"

namespace dact::cli {

/// Markdown: one row per entry with formula, level, measured bound, gradient and the digest of its samples. The digests
/// are the checked-in ones: another machine that prints this table differently has other bits.
std::string operator_table(const audit::Report& report);

}  // namespace dact::cli
