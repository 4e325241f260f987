#include "reenact/cli/reenact_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reenact/cli/draw_sheets.hpp"
#include "reenact/cli/html.hpp"
#include "reenact/picture.hpp"
#include "tensor/digest.hpp"
#include "tensor/ops/clamp/clamp.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"

namespace dact::cli {
namespace {

constexpr std::int64_t kReportRows = 8;
constexpr int kShown = 192;  // pixels wide on the page
constexpr std::int64_t kMarkedSide = face::kDrivingSide;

// A disc of the report's own: coordinates in pixels of the marked picture.
void dot(Tensor& picture, face::Point2 at, double radius, std::array<std::uint8_t, 3> colour) {
  const std::int64_t side = picture.size(0);
  auto* out = picture.mutate<std::uint8_t>();
  const auto low = [&](double v) {
    return std::clamp(static_cast<std::int64_t>(v - radius), std::int64_t{0}, side);
  };
  const auto high = [&](double v) {
    return std::clamp(static_cast<std::int64_t>(v + radius) + 1, std::int64_t{0}, side);
  };
  for (std::int64_t y = low(at.y); y < high(at.y); ++y)
    for (std::int64_t x = low(at.x); x < high(at.x); ++x) {
      const double dx = static_cast<double>(x) + 0.5 - at.x,
                   dy = static_cast<double>(y) + 0.5 - at.y;
      if (dx * dx + dy * dy <= radius * radius)
        std::copy(colour.begin(), colour.end(), out + (y * side + x) * 3);
    }
}

// Noise of about unit deviation as a picture: three deviations fill the range.
Tensor noise_picture(const Tensor& x_T) {
  return reenact::tensor_to_picture(clamp(mul_scalar(x_T, 1.0 / 3), -1, 1));
}

std::string table_row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td><code>{}</code></td></tr>\n", html_text(name),
                     html_text(value));
}

std::string facts_html(const ReenactFacts& facts) {
  std::string rows =
      table_row("frames", fmt::format("{}{}{}", facts.frames,
                                      facts.complete ? "" : ", stopped before the end",
                                      facts.held > 0 ? fmt::format(", {} held", facts.held) : ""));
  rows += table_row("digest of the frames", facts.digest);
  for (const auto& [key, value] : facts.manifest) rows += table_row(key, value);
  std::string times;
  for (const auto& [what, seconds] : facts.seconds)
    times += fmt::format("<tr><th>{}</th><td class=\"n\">{:.3f} s</td></tr>\n", html_text(what),
                         seconds);
  return fmt::format(
      "<h2>How it was made</h2>\n<table>{}</table>\n<h2>Time</h2>\n<table>{}</table>\n", rows,
      times);
}

}  // namespace

Tensor marked_picture(const Tensor& square, const reenact::DrivingPoints& points) {
  Tensor picture = reenact::picture_to_square(square, kMarkedSide).contiguous().clone();
  const double scale = static_cast<double>(kMarkedSide) / reenact::kPointFrame;
  const auto at = [&](face::Point2 p) { return face::Point2{p.x * scale, p.y * scale}; };
  for (const face::Point2& p : points.landmarks) dot(picture, at(p), 1.6, {0, 255, 120});
  for (const face::Point2& p : {points.gaze.left, points.gaze.right})
    dot(picture, at(p), 3, {255, 120, 0});
  return picture;
}

ReenactReport::ReenactReport(std::int64_t expected) : expected_(expected), shown_(expected / 2) {}

void ReenactReport::take_source(const reenact::ClipSource& source, const Tensor& x_T) {
  source_ = reenact::picture_to_square(source.picture, kMarkedSide);
  square_ = source.square;
  marked_ = marked_picture(source_, source.points);
  drawn_ = source.drawn;
  x_T_ = x_T;
}

void ReenactReport::add_step(std::int64_t t, const Tensor& x_0) {
  constexpr std::size_t kMostSteps = 12;
  if (steps_.size() < kMostSteps) steps_.emplace_back(t, reenact::tensor_to_picture(x_0));
}

// Evenly spread over a clip of known length; else the first, second, fourth, eighth, ...
void ReenactReport::add_frame(const reenact::ClipFrame& frame) {
  const auto kept = static_cast<std::int64_t>(rows_.size());
  const std::int64_t most = std::min(kReportRows, expected_);
  const bool wanted = expected_ > 1
                          ? kept < most && frame.index == kept * (expected_ - 1) / (most - 1)
                          : kept < kReportRows && frame.index + 1 == std::int64_t{1} << kept;
  if (!wanted) return;
  rows_.push_back({frame.index, frame.points.confidence, frame.driver,
                   marked_picture(frame.driver, frame.points), frame.drawn, frame.result});
}

Tensor ReenactReport::strip() const {
  constexpr std::int64_t kTile = 128;
  std::vector<Tensor> tiles;
  const auto add = [&](const Tensor& picture) {
    tiles.push_back(reenact::picture_to_square(picture, kTile).contiguous());
  };
  for (std::size_t i = 0; i < rows_.size(); ++i) add(source_);
  for (const Row& row : rows_) add(row.driver);
  for (const Row& row : rows_) add(row.drawn);
  for (const Row& row : rows_) add(row.result);
  return contact_sheet(tiles, static_cast<int>(rows_.size()));
}

std::string ReenactReport::way_html() const {
  if (!x_T_.defined()) return "";
  std::string steps;
  for (const auto& [t, picture] : steps_)
    steps += html_picture(picture, 96, fmt::format("t = {}", t));
  return fmt::format(
      "<h2>The source</h2>\n<div class=\"row\">{}{}{}{}{}</div>\n"
      "<h2>Frame {}: the predicted clean image on the way</h2>\n<div class=\"row\">{}</div>\n",
      html_picture(source_, kShown, "the source's largest square"),
      html_picture(square_, kShown,
                   fmt::format("as the model sees it, {} pixels", square_.size(0))),
      html_picture(marked_, kShown, "landmarks and gaze points"),
      html_picture(drawn_, kShown, "its own driving picture"),
      html_picture(noise_picture(x_T_), kShown, "x_T, where every frame begins"), shown_, steps);
}

std::string ReenactReport::clip_html() const {
  std::string rows;
  for (const Row& r : rows_)
    rows += fmt::format(
        "<div class=\"row\">{}{}{}{}</div>\n",
        html_picture(r.marked, kShown,
                     fmt::format("frame {}: driver, confidence {:.2f}", r.index, r.confidence)),
        html_picture(r.drawn, kShown, "driving picture"),
        html_picture(r.result, kShown,
                     fmt::format("result, sha256 {}", digest_of(r.result).substr(0, 12))),
        html_picture(
            reenact::beside(
                {square_, reenact::picture_to_square(r.driver, square_.size(0)), r.result}),
            3 * kShown / 2, "source, driver, result"));
  return "<h2>The clip</h2>\n" + rows;
}

std::string ReenactReport::html(const ReenactFacts& facts) const {
  const std::string body = fmt::format(
      "<h1>Reenactment</h1>\n<p class=\"mark\">The result is synthetic: a trained model made it."
      "</p>\n{}{}{}",
      way_html(), clip_html(), facts_html(facts));
  return html_page("diffusionact: reenactment", body);
}

}  // namespace dact::cli
