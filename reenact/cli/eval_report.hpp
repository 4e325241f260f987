// The tables of an evaluation as JSON, Markdown and one HTML page.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "reenact/eval/tables.hpp"

namespace dact::cli {

struct EvalFacts {
  std::string set;
  std::int64_t clips = 0, clips_in_set = 0, threads = 0;
  bool filled = false;  // weights by formula: the figures mean nothing
  std::string digest;   // over all rows' digests
  std::map<std::string, std::string> manifest;
  std::vector<eval::Table> tables;
  std::vector<eval::Gate> gates;
};

EvalFacts eval_facts(const std::vector<eval::UnitResult>& units);

std::string eval_json(const EvalFacts& facts);
std::string eval_markdown(const EvalFacts& facts);
/// With strips of frames from the first units of every table.
std::string eval_html(const EvalFacts& facts, const std::vector<eval::UnitResult>& units);

}  // namespace dact::cli
