#include "reenact/cli/eval_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/image.hpp"
#include "reenact/cli/html.hpp"
#include "reenact/pipeline/clip.hpp"
#include "tensor/digest.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::cli {
namespace {

using eval::Gate;
using eval::kMetrics;
using eval::Metric;
using eval::MetricInfo;
using eval::Table;
using eval::TableCell;
using eval::TableKind;
using eval::TableRow;
using eval::UnitResult;
using EvalJson = nlohmann::ordered_json;

constexpr int kEvalSchema = 1;
constexpr const char* kEstimatorNote =
    "APD, NME, AED and gaze are read by the judge's own estimator and gaze network (columns "
    "\"truth\": that reading against "
    "the world's truth of the target's frame); CSIM by its embedder; perceptual is the mean square "
    "difference of its parser's "
    "features, summed over four depths. Frames are 8 bits. A frame in which the judge finds no "
    "face has no numbers but those "
    "of its picture, and is counted as failed.";
constexpr const char* kPublishedNote =
    "Rows in italics are the paper's, on photographs of VoxCeleb1 at 256 pixels, with other "
    "estimators (EMOCA's angles and 50 "
    "expression coefficients, ArcFace, LPIPS in the place of perceptual): other data, not to be "
    "compared figure by figure.";
constexpr const char* kFilledNote =
    "The weights were made by formula (--fill): the way is real, the figures mean nothing.";

std::string title_of(TableKind kind) {
  switch (kind) {
    case TableKind::self:
      return "Self-reenactment";
    case TableKind::cross:
      return "Cross-subject reenactment (CSIM to the source)";
    case TableKind::large:
      return "Large poses: pairs more than 15 degrees apart";
    case TableKind::steps:
      return "Steps of decoding, T";
    case TableKind::inversion:
      return "Steps of inversion, T_xT";
  }
  return "";
}

std::string shown(double v, int digits) {
  if (std::isnan(v)) return "-";
  return std::isinf(v) ? (v > 0 ? "inf" : "-inf") : fmt::format("{:.{}f}", v, digits);
}

EvalJson number(double v) {
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return std::isnan(v) ? EvalJson() : EvalJson(v);
}

// The metrics that at least one row of the table has.
std::vector<Metric> columns_of(const Table& table) {
  std::vector<Metric> columns;
  for (std::size_t m = 0; m < kMetrics; ++m)
    for (const TableRow& row : table.rows)
      if (row.cells[m].means_something()) {
        columns.push_back(static_cast<Metric>(m));
        break;
      }
  return columns;
}

// A table as text: head, our rows, the paper's.
struct TextTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::size_t ours = 0;  // the others are the paper's
};

TextTable text_of(const Table& table) {
  const std::vector<Metric> columns = columns_of(table);
  TextTable text;
  text.head = {""};
  for (const Metric m : columns) {
    const MetricInfo& info = eval::info_of(m);
    text.head.push_back(fmt::format("{} {}", info.title, info.higher ? "(up)" : "(down)"));
  }
  text.head.insert(text.head.end(), {"frames", "failed", "s / 200 frames"});
  for (const TableRow& row : table.rows) {
    std::vector<std::string> line{row.name};
    for (const Metric m : columns) line.push_back(shown(row[m].mean, eval::info_of(m).digits));
    line.push_back(std::to_string(row.frames));
    line.push_back(std::to_string(row.failed));
    line.push_back(table.kind == TableKind::large ? "-" : shown(row.seconds_per_200(), 1));
    text.rows.push_back(line);
  }
  text.ours = text.rows.size();
  for (const eval::PublishedRow& row : eval::published_rows()) {
    if (row.kind != table.kind) continue;
    std::vector<std::string> line{std::string(row.name)};
    for (const Metric m : columns) {
      std::string cell = "-";
      for (const auto& value : row.values)
        if (value.metric == m) cell = fmt::format("{:g}", value.value);
      line.push_back(cell);
    }
    line.insert(line.end(), {"-", "-",
                             row.kind == TableKind::self ? shown(eval::kPublishedSecondsPer200, 0)
                                                         : std::string("-")});
    text.rows.push_back(line);
  }
  return text;
}

std::string markdown_row(const std::vector<std::string>& cells, bool italic) {
  std::string line = "|";
  for (const std::string& cell : cells)
    line += italic && cell != "-" ? fmt::format(" *{}* |", cell) : fmt::format(" {} |", cell);
  return line + "\n";
}

std::string gate_state(const Gate& gate) {
  if (!gate.measured()) return "not measured";
  return gate.is_good() ? "good" : gate.met() ? "met" : "missed";
}

std::vector<std::vector<std::string>> gate_lines(const EvalFacts& facts) {
  std::vector<std::vector<std::string>> lines;
  for (const Gate& gate : facts.gates) {
    const char* sign = gate.higher ? ">=" : "<=";
    lines.push_back(
        {gate.name, shown(gate.value, 3), gate.unit, fmt::format("{} {:g}", sign, gate.first),
         gate.has_good ? fmt::format("{} {:g}", sign, gate.good) : "-", gate_state(gate)});
  }
  return lines;
}

const std::vector<std::string> kGateHead = {"gate", "value", "unit", "first", "good", ""};

std::string summary_of(const EvalFacts& facts) {
  return fmt::format("Set {}, {} of its {} clips; {} threads. Digest of all frames: {}.", facts.set,
                     facts.clips, facts.clips_in_set, facts.threads, facts.digest);
}

EvalJson cell_json(const TableCell& cell) {
  return {{"mean", number(cell.mean)},
          {"mean_of_clips", number(cell.clip_mean)},
          {"measured", cell.measured},
          {"left_out", cell.left_out}};
}

EvalJson table_json(const Table& table) {
  EvalJson rows = EvalJson::array();
  for (const TableRow& row : table.rows) {
    EvalJson metrics = EvalJson::object();
    for (const Metric m : columns_of(table))
      if (row[m].means_something()) metrics[std::string(eval::info_of(m).key)] = cell_json(row[m]);
    rows.push_back({{"name", row.name},
                    {"clips", row.clips},
                    {"frames", row.frames},
                    {"failed", row.failed},
                    {"metrics", metrics},
                    {"seconds_per_200_frames",
                     table.kind == TableKind::large ? EvalJson() : number(row.seconds_per_200())},
                    {"digest", row.digest}});
  }
  EvalJson paper = EvalJson::array();
  for (const eval::PublishedRow& row : eval::published_rows()) {
    if (row.kind != table.kind) continue;
    EvalJson values = EvalJson::object();
    for (const auto& value : row.values)
      values[value.metric == Metric::perceptual ? "lpips"
                                                : std::string(eval::info_of(value.metric).key)] =
          value.value;
    paper.push_back({{"name", row.name}, {"other_data", true}, {"metrics", values}});
  }
  return {{"name", eval::name_of(table.kind)}, {"rows", rows}, {"published", paper}};
}

std::string html_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& rows, std::size_t upright) {
  std::string html = "<table><tr>";
  for (const std::string& cell : head) html += "<th>" + html_text(cell) + "</th>";
  html += "</tr>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    html += "<tr>";
    for (std::size_t k = 0; k < rows[i].size(); ++k) {
      const std::string text = html_text(rows[i][k]);
      html += fmt::format("<td{}>{}</td>", k == 0 ? "" : " class=\"n\"",
                          i < upright ? text : "<i>" + text + "</i>");
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

// One line per shown frame of the first units, one column per row of the table.
std::string html_strips(TableKind kind, const std::vector<UnitResult>& units) {
  constexpr int kMostUnits = 8, kCellPixels = 128;
  std::string html, names;
  int count = 0;
  for (const UnitResult& unit : units) {
    if (unit.unit.kind != kind || unit.rows.empty()) continue;
    if (count++ == kMostUnits) break;
    names.clear();
    for (const eval::UnitRow& row : unit.rows) names += (names.empty() ? "" : " | ") + row.name;
    for (std::int64_t i = 0; i < unit.rows.front().shown.size(0); ++i) {
      Tensors cells;
      for (const eval::UnitRow& row : unit.rows)
        cells.push_back(row.shown.sliced(0, i, i + 1).squeezed(0).contiguous());
      html += html_picture(reenact::beside(cells), kCellPixels * static_cast<int>(cells.size()),
                           fmt::format("{} {}", eval::name_of(kind), unit.unit.number));
    }
  }
  return html.empty() ? "" : "<p class=\"meta\">" + html_text(names) + "</p>\n" + html;
}

}  // namespace

EvalFacts eval_facts(const std::vector<UnitResult>& units) {
  EvalFacts facts;
  Sha256 sha;
  for (const TableKind kind : eval::kTables) {
    facts.tables.push_back(eval::table_of(kind, units));
    for (const TableRow& row : facts.tables.back().rows) sha.update(row.digest + "\n");
  }
  facts.digest = sha.finish();
  facts.gates = eval::gates_of(facts.tables[0], facts.tables[1]);
  return facts;
}

std::string eval_json(const EvalFacts& facts) {
  EvalJson tables = EvalJson::array(), gates = EvalJson::array(), made = EvalJson::object();
  for (const Table& table : facts.tables) tables.push_back(table_json(table));
  for (const Gate& gate : facts.gates)
    gates.push_back(
        {{"name", gate.name},
         {"unit", gate.unit},
         {"value", number(gate.value)},
         {"better", gate.higher ? "higher" : "lower"},
         {"first", gate.first},
         {"good", gate.has_good ? EvalJson(gate.good) : EvalJson()},
         {"met", gate.measured() ? EvalJson(gate.met()) : EvalJson()},
         {"is_good", gate.measured() && gate.has_good ? EvalJson(gate.is_good()) : EvalJson()}});
  for (const auto& [key, value] : facts.manifest) made[key] = value;
  const EvalJson all{{"schema", kEvalSchema},
                     {"set", facts.set},
                     {"clips", facts.clips},
                     {"clips_in_set", facts.clips_in_set},
                     {"weights_by_formula", facts.filled},
                     {"digest", facts.digest},
                     {"threads", facts.threads},
                     {"tables", tables},
                     {"gates", gates},
                     {"made_with", made}};
  return all.dump(2) + "\n";
}

std::string eval_markdown(const EvalFacts& facts) {
  std::string text = fmt::format("# Evaluation on {}\n\n{}\n\n", facts.set, summary_of(facts));
  if (facts.filled) text += fmt::format("**{}**\n\n", kFilledNote);
  const auto line = [](std::size_t columns) {
    std::string out = "|";
    for (std::size_t i = 0; i < columns; ++i) out += i == 0 ? "---|" : "---:|";
    return out + "\n";
  };
  for (const Table& table : facts.tables) {
    if (table.rows.empty()) continue;
    const TextTable t = text_of(table);
    text += fmt::format("## {}\n\n", title_of(table.kind)) + markdown_row(t.head, false) +
            line(t.head.size());
    for (std::size_t i = 0; i < t.rows.size(); ++i) text += markdown_row(t.rows[i], i >= t.ours);
    text += "\n";
  }
  text += "## Gates\n\n" + markdown_row(kGateHead, false) + line(kGateHead.size());
  for (const auto& gate : gate_lines(facts)) text += markdown_row(gate, false);
  return text + fmt::format("\n{}\n\n{}\n", kEstimatorNote, kPublishedNote);
}

std::string eval_html(const EvalFacts& facts, const std::vector<UnitResult>& units) {
  std::string body = fmt::format(
      "<h1>Evaluation on {}</h1>\n<p class=\"mark\">All pictures here are synthetic.{}</p>\n"
      "<p>{}</p>\n",
      html_text(facts.set), facts.filled ? std::string(" ") + html_text(kFilledNote) : "",
      html_text(summary_of(facts)));
  body += "<h2>Gates</h2>\n" + html_table(kGateHead, gate_lines(facts), facts.gates.size());
  for (const Table& table : facts.tables) {
    if (table.rows.empty()) continue;
    const TextTable t = text_of(table);
    body += fmt::format("<h2>{}</h2>\n", html_text(title_of(table.kind))) +
            html_table(t.head, t.rows, t.ours);
    if (has_image_format("png")) body += html_strips(table.kind, units);
  }
  body += fmt::format("<p class=\"meta\">{}</p>\n<p class=\"meta\">{}</p>\n",
                      html_text(kEstimatorNote), html_text(kPublishedNote));
  std::vector<std::vector<std::string>> made;
  for (const auto& [key, value] : facts.manifest) made.push_back({key, value});
  body += "<h2>How it was made</h2>\n" + html_table({"", ""}, made, made.size());
  return html_page("diffusionact: evaluation on " + facts.set, body);
}

}  // namespace dact::cli
