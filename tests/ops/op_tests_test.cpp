// CTest's list of op/<name> and the catalogue are one list: an operator nobody tests cannot slip in.
#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "autograd/catalogue.hpp"

TEST_CASE("every entry of the catalogue has its op/<name> test") {
  std::vector<std::string_view> tests = {
#include "op_tests.inc"
  };
  std::vector<std::string_view> entries;
  for (const dact::OpDef* op : dact::catalogue()) entries.push_back(op->name);
  std::sort(tests.begin(), tests.end());
  std::sort(entries.begin(), entries.end());
  CHECK(std::equal(tests.begin(), tests.end(), entries.begin(), entries.end()));
}
