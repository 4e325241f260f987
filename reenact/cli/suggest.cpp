#include "reenact/cli/suggest.hpp"

#include <algorithm>

namespace dact::cli {

int edit_distance(std::string_view a, std::string_view b) {
  // row[i][j]: distance of the first i letters of a and the first j of b
  std::vector<std::vector<int>> row(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) row[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) row[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = row[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[i][j] = std::min({row[i - 1][j] + 1, row[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[i][j] = std::min(row[i][j], row[i - 2][j - 2] + 1);
    }
  }
  return row[a.size()][b.size()];
}

std::string nearest_name(std::string_view typed, const std::vector<std::string>& known) {
  std::string best;
  int least = -1;
  for (const std::string& name : known) {
    const int distance = edit_distance(typed, name);
    if (least >= 0 && distance >= least) continue;
    least = distance;
    best = name;
  }
  return least <= std::max(2, static_cast<int>(best.size()) / 3) ? best : std::string();
}

}  // namespace dact::cli
