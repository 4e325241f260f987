// The choice of an instruction set.
#include "tensor/isa.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tensor/error.hpp"

using namespace dact;

TEST_CASE("isa: portable is always there, the one in use is available, setting one takes it") {
  const auto& have = available_isas();
  REQUIRE(!have.empty());
  CHECK(have.front() == Isa::portable);
  const Isa before = isa();
  for (const Isa each : have) {
    set_isa(each);
    CHECK(isa() == each);
    const char* const copies[] = {"portable", "avx2", "avx512"};
    CHECK(pick_isa(copies[0], copies[1], copies[2]) == name_of(each));
  }
  set_isa(before);
}

TEST_CASE("isa: one that is missing is refused with a list of those there") {
  const Isa before = isa();
  const auto wrong = static_cast<Isa>(7);
  CHECK_THROWS_WITH_AS(set_isa(wrong), doctest::Contains("portable"), UsageError);
  CHECK(isa() == before);
}
