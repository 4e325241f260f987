// A training run as a page: curves and pictures, from the log and the grids in its folder.
#pragma once
#include <string>
#include <vector>

namespace dact::cli {

/// Points of one curve: x ascending.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

/// All curves of a log.jsonl: the loss, its terms, the rate, and every metric, over pictures seen.
/// throws  IoError
std::vector<Curve> curves_of_log(const std::string& log_path);

/// A standalone SVG drawing: one small chart per curve, three in a row. Positive curves that fall by more than a factor of
/// ten have a logarithmic axis, and say so.
std::string curves_svg(const std::vector<Curve>& curves);

/// Self-contained HTML: title, facts (label, text), curves inline, grids inline as PNG, newest first.
struct ReportFacts {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;
};
std::string report_html(const ReportFacts& facts, const std::vector<Curve>& curves,
                        const std::vector<std::string>& grid_paths);

}  // namespace dact::cli
