#include "reenact/cli/train_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/file.hpp"
#include "reenact/cli/html.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kChartWide = 300, kChartHigh = 170, kMargin = 34;
constexpr std::size_t kChartsInRow = 3, kMostPoints = 400;
constexpr std::uint64_t kLargestLog = std::uint64_t{1} << 30, kLargestGrid = 1 << 26;

void add_point(std::vector<Curve>& curves, const std::string& name, double x,
               const ordered_json& y) {
  if (!y.is_number()) return;  // a metric that is not a number was written as null
  auto curve =
      std::find_if(curves.begin(), curves.end(), [&](const Curve& c) { return c.name == name; });
  if (curve == curves.end()) curve = curves.insert(curves.end(), Curve{name, {}, {}});
  curve->x.push_back(x);
  curve->y.push_back(y.get<double>());
}

// At most kMostPoints, each the mean of its neighbours: a page stays small however long the run.
Curve thinned(const Curve& c) {
  const std::size_t group = (c.x.size() + kMostPoints - 1) / kMostPoints;
  if (group <= 1) return c;
  Curve out{c.name, {}, {}};
  for (std::size_t i = 0; i < c.x.size(); i += group) {
    const std::size_t end = std::min(i + group, c.x.size());
    double sum = 0;
    for (std::size_t k = i; k < end; ++k) sum += c.y[k];
    out.x.push_back(c.x[end - 1]);
    out.y.push_back(sum / static_cast<double>(end - i));
  }
  return out;
}

std::string chart(const Curve& whole, double left, double top) {
  const Curve c = thinned(whole);
  double low = *std::min_element(c.y.begin(), c.y.end());
  double high = *std::max_element(c.y.begin(), c.y.end());
  const bool logarithmic = low > 0 && high / low > 10;
  const auto scaled = [&](double v) { return logarithmic ? std::log10(v) : v; };
  const double bottom = scaled(low), span = std::max(1e-12, scaled(high) - bottom);
  const double last = std::max(1e-12, c.x.back());
  std::string points;
  for (std::size_t i = 0; i < c.x.size(); ++i)
    points += fmt::format(
        "{:.1f},{:.1f} ", left + kMargin + c.x[i] / last * (kChartWide - 2 * kMargin),
        top + kChartHigh - kMargin - (scaled(c.y[i]) - bottom) / span * (kChartHigh - 2 * kMargin));
  const auto label = [&](double x, double y, const std::string& text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x, y, html_text(text));
  };
  return fmt::format(
             "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" "
             "stroke=\"#bbb\"/>\n<polyline points=\"{}\" fill=\"none\" stroke=\"#0366a8\" "
             "stroke-width=\"1.5\"/>\n",
             left + kMargin, top + kMargin, kChartWide - 2 * kMargin, kChartHigh - 2 * kMargin,
             points) +
         label(left + kMargin, top + kMargin - 18, c.name + (logarithmic ? " (log)" : "")) +
         label(left + kMargin, top + kMargin - 4,
               fmt::format("{:.4g} .. {:.4g}, last {:.4g}", low, high, whole.y.back())) +
         label(left + kMargin, top + kChartHigh - kMargin + 14,
               fmt::format("0 .. {:.0f} pictures", last));
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kLetters[three >> (18 - 6 * k) & 63U];
  }
  return out;
}

}  // namespace

std::vector<Curve> curves_of_log(const std::string& log_path) {
  std::vector<Curve> curves;
  std::istringstream lines(read_file(log_path, kLargestLog));
  for (std::string line; std::getline(lines, line);) {
    const ordered_json record = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) throw IoError(log_path, "lines must be JSON objects, got " + line);
    const std::string event = record.value("event", "");
    const double x = record.value("pictures", 0.0);
    if (event == "step") {
      add_point(curves, "loss", x, record["loss"]);
      for (const auto& [name, value] : record["terms"].items())
        add_point(curves, "loss: " + name, x, value);
      add_point(curves, "learning rate", x, record["rate"]);
      add_point(curves, "gradient norm", x, record["gradient_norm"]);
      add_point(curves, "pictures a second", x, record["pictures_per_second"]);
    } else if (event == "evaluation") {
      for (const auto& [name, value] : record["metrics"].items()) add_point(curves, name, x, value);
    }
  }
  return curves;
}

std::string curves_svg(const std::vector<Curve>& curves) {
  const std::size_t rows = (curves.size() + kChartsInRow - 1) / kChartsInRow;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kChartWide * static_cast<double>(kChartsInRow),
      kChartHigh * static_cast<double>(std::max<std::size_t>(rows, 1)));
  for (std::size_t i = 0; i < curves.size(); ++i)
    svg += chart(curves[i], kChartWide * static_cast<double>(i % kChartsInRow),
                 kChartHigh * static_cast<double>(i / kChartsInRow));
  return svg + "</svg>\n";
}

std::string report_html(const ReportFacts& report, const std::vector<Curve>& curves,
                        const std::vector<std::string>& grid_paths) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<style>body{{font-family:sans-serif;max-width:960px;margin:2em auto}}"
      "td{{padding:2px 12px 2px "
      "0;vertical-align:top}}img{{image-rendering:pixelated;max-width:100%}}"
      "</style></head>\n<body><h1>{0}</h1>\n<table>\n",
      html_text(report.title));
  for (const auto& [label, text] : report.facts)
    html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", html_text(label), html_text(text));
  html += "</table>\n<h2>Curves</h2>\n" + curves_svg(curves);
  if (!grid_paths.empty()) html += "<h2>Pictures</h2>\n";
  for (auto path = grid_paths.rbegin(); path != grid_paths.rend(); ++path)
    html += fmt::format("<p>{}</p><img alt=\"sample grid\" src=\"data:image/png;base64,{}\">\n",
                        html_text(std::filesystem::path(*path).stem().string()),
                        base64(read_file(*path, kLargestGrid)));
  return html + "</body></html>\n";
}

}  // namespace dact::cli
