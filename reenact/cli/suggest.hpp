// "did you mean": the known name nearest to a misspelt one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dact::cli {

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other
/// (optimal string alignment, after Damerau 1964).
int edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, the first of equals; empty when even that differs in more than a third
/// of its letters (but at least two).
std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);

}  // namespace dact::cli
