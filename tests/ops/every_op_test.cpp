// Every check of autograd/audit over every entry of the catalogue. DACT_ONLY_OP=softmax runs one entry; CTest has one
// test per entry, `ctest -R op/softmax`.
#include <doctest/doctest.h>

#include <cstdlib>

#include "autograd/audit/checks.hpp"
#include "autograd/catalogue.hpp"

using namespace dact;

TEST_SUITE("every_op") {
  TEST_CASE("every entry of the catalogue passes every check") {
    const char* only = std::getenv("DACT_ONLY_OP");
    int entries = 0;
    for (const OpDef* op : catalogue()) {
      if (only && op->name != std::string_view(only)) continue;
      ++entries;
      for (const audit::NamedCheck& check : audit::all_checks()) {
        const audit::CheckResult r = audit::run_check(*op, check);
        CAPTURE(op->name);
        CAPTURE(check.name);
        const bool passed = r.verdict != audit::Verdict::fail;
        CHECK_MESSAGE(passed, op->name, " ", check.name, ": ", r.detail,
                      "\n  rerun: DACT_ONLY_OP=", op->name, " ops_test --test-suite=every_op");
      }
    }
    CHECK(entries > 0);
  }
}
