// The audit's report as JSON and as one HTML page.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "autograd/audit/audit.hpp"

namespace dact::cli {

/// {summary, digest, operators, environment}; no time, path or machine name inside.
nlohmann::ordered_json audit_json(const audit::Report& report);

/// "110 passed, 0 failed", or "not run (why)": the check "device".
std::string device_summary(const audit::Report& report);

/// A self-contained page: a table with verdict, formula, worst error and digest; each row opens to its checks.
std::string audit_html(const audit::Report& report);

}  // namespace dact::cli
