#include "reenact/cli/audit_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reenact/cli/environment.hpp"
#include "reenact/cli/html.hpp"

namespace dact::cli {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinity; an unbounded error is written as text.
Json number(double v) { return std::isfinite(v) ? Json(v) : Json(v > 0 ? "inf" : "nan"); }

Json check_json(const audit::CheckResult& c) {
  Json j{{"check", c.check}, {"verdict", audit::name_of(c.verdict)}};
  if (!c.detail.empty()) j["detail"] = c.detail;
  return j;
}

constexpr std::string_view kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1c1e21 }
h1 { font-size: 1.5rem } code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; vertical-align: top }
th { border-bottom: 2px solid #1c1e21 } tr.op td { border-top: 1px solid #d8dbe0 }
.pass { color: #1a7431 } .fail { color: #b3261e; font-weight: 600 } .na { color: #6b7078 }
details summary { cursor: pointer } details ul { margin: .3rem 0; padding-left: 1.2rem }
.meta { color: #4a4f57 }
)";

std::string check_html(const audit::CheckResult& c) {
  const std::string_view verdict = audit::name_of(c.verdict);
  return fmt::format("<li><span class=\"{}\">{}</span> {}{}</li>",
                     verdict == "n/a" ? "na" : verdict, verdict, c.check,
                     c.detail.empty() ? "" : ": " + html_text(c.detail));
}

std::string row_html(const audit::OpReport& op) {
  std::string checks;
  for (const audit::CheckResult& c : op.checks) checks += check_html(c);
  return fmt::format(
      "<tr class=\"op\" id=\"{0}\"><td><details><summary>{0}</summary><p class=\"meta\">{1}, {2} "
      "samples</p>"
      "<ul>{3}</ul></details></td><td class=\"{4}\">{4}</td><td>{5}</td><td><code>{6}</code></td>"
      "<td>{7:.3g} of {8:.3g} {9}</td><td><code>{10}</code></td></tr>\n",
      html_text(op.name), op.group, op.samples, checks, audit::name_of(op.verdict), op.level,
      html_text(op.equation), op.worst_error, op.bound, op.unit, op.digest.substr(0, 16));
}

}  // namespace

std::string device_summary(const audit::Report& report) {
  if (report.device_pass + report.device_fail == 0)
    return fmt::format("not run ({})", report.device_reason);
  return fmt::format("{} passed, {} failed", report.device_pass, report.device_fail);
}

Json audit_json(const audit::Report& report) {
  Json operators = Json::array();
  for (const audit::OpReport& op : report.operators) {
    Json checks = Json::array();
    for (const audit::CheckResult& c : op.checks) checks.push_back(check_json(c));
    operators.push_back({{"name", op.name},
                         {"verdict", audit::name_of(op.verdict)},
                         {"level", op.level},
                         {"digest", op.digest},
                         {"worst_error", number(op.worst_error)},
                         {"bound", number(op.bound)},
                         {"unit", op.unit},
                         {"equation", op.equation},
                         {"samples", op.samples},
                         {"checks", checks}});
  }
  return {{"summary",
           {{"operators", report.operators.size()},
            {"pass", report.pass},
            {"fail", report.fail},
            {"skip", 0}}},
          {"digest", report.digest},
          {"operators", operators},
          {"environment", environment()}};
}

std::string audit_html(const audit::Report& report) {
  std::string rows;
  for (const audit::OpReport& op : report.operators) rows += row_html(op);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>diffusionact: operator "
      "audit</title><style>{0}</style></head><body>\n"
      "<h1>Operator audit</h1>\n<p><b class=\"pass\">{1} pass</b>, <b class=\"{2}\">{3} fail</b>, "
      "0 skipped. "
      "Digest <code>{4}</code>: equal on every machine, thread count and instruction set.</p>\n"
      "<p class=\"meta\">Levels: R0 same bits on a rerun; R1 also for any thread count, layout and "
      "batch; R3 also on every "
      "instruction set of this machine (other machines compare the digest). CUDA (R2): {7}. "
      "Errors are those of f32 against f64 loops. A row opens to its checks.</p>\n"
      "<table><thead><tr><th>operator</th><th>verdict</th><th>level</th><th>formula</th><th>worst "
      "error</th>"
      "<th>digest</th></tr></thead><tbody>\n{5}</tbody></table>\n<h2>Environment</"
      "h2><pre><code>{6}</code></pre>\n"
      "</body></html>\n",
      kStyle, report.pass, report.fail ? "fail" : "pass", report.fail, report.digest, rows,
      html_text(environment().dump(2)), html_text(device_summary(report)));
}

}  // namespace dact::cli
