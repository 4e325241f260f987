// DACT_THREADS, DACT_ISA and DACT_MEMORY_LIMIT are read once, so each case runs this program again,
// with another environment and one of the skipped cases below.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"

using namespace dact;

namespace {

bool child_passes(const std::string& environment, const std::string& test_case) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = environment + " '" + self + "' --no-skip --test-case='" + test_case +
                              "' --minimal > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("child: 3 threads" * doctest::skip()) { CHECK(thread_count() == 3); }
TEST_CASE("child: all cpus" * doctest::skip()) { CHECK(thread_count() >= 1); }
TEST_CASE("child: threads refused" * doctest::skip()) {
  CHECK_THROWS_WITH_AS(thread_count(),
                       doctest::Contains("DACT_THREADS: must be a whole number from 1 to 256"),
                       UsageError);
  CHECK_THROWS_AS(parallel_for(2, [](std::int64_t) {}), UsageError);
  set_thread_count(2);  // an option wins
  CHECK(thread_count() == 2);
}

TEST_CASE("DACT_THREADS") {
  CHECK(child_passes("DACT_THREADS=3", "child: 3 threads"));
  CHECK(!child_passes("DACT_THREADS=4", "child: 3 threads"));  // the child really looks
  CHECK(child_passes("DACT_THREADS=", "child: all cpus"));
  for (const char* bad : {"0", "-1", "257", "two", "2x", "1.5", "99999999999999999999"})
    CHECK(child_passes("DACT_THREADS=" + std::string(bad), "child: threads refused"));
}

TEST_CASE("child: portable" * doctest::skip()) { CHECK(isa() == Isa::portable); }
TEST_CASE("child: fastest" * doctest::skip()) { CHECK(isa() == available_isas().back()); }
TEST_CASE("child: isa refused" * doctest::skip()) {
  CHECK_THROWS_WITH_AS(isa(), doctest::Contains("(portable"), UsageError);
  CHECK_THROWS_WITH_AS(isa(), doctest::Contains("DACT_ISA: must be an instruction set"),
                       UsageError);
  set_isa(Isa::portable);
  CHECK(isa() == Isa::portable);
}

TEST_CASE("DACT_ISA") {
  CHECK(child_passes("DACT_ISA=portable", "child: portable"));
  CHECK(child_passes("DACT_ISA=", "child: fastest"));
  for (const char* bad : {"sse9", "AVX2", "avx"})
    CHECK(child_passes("DACT_ISA=" + std::string(bad), "child: isa refused"));
}

TEST_CASE("child: 3 MiB" * doctest::skip()) {
  CHECK(memory_stats().limit == 3 << 20);
  CHECK_THROWS_WITH_AS(allocate_bytes(std::size_t{4} << 20),
                       "allocate: memory must stay within the budget of 3.0 MiB "
                       "(DACT_MEMORY_LIMIT), got a request of "
                       "4.0 MiB with 0.0 MiB in use",
                       ResourceError);
}
TEST_CASE("child: available" * doctest::skip()) { CHECK(memory_stats().limit > 1 << 20); }
TEST_CASE("child: limit refused" * doctest::skip()) {
  const auto text = doctest::Contains("DACT_MEMORY_LIMIT: must be a positive number of bytes");
  CHECK_THROWS_WITH_AS(allocate_bytes(64), text, UsageError);
  CHECK_THROWS_WITH_AS(memory_stats(), text, UsageError);
  set_memory_limit(1 << 20);
  void* block = allocate_bytes(64);
  CHECK(block != nullptr);
  free_bytes(block, 64);
}

TEST_CASE("DACT_MEMORY_LIMIT") {
  for (const char* good : {"3145728", "3072K", "3M"})
    CHECK(child_passes("DACT_MEMORY_LIMIT=" + std::string(good), "child: 3 MiB"));
  CHECK(!child_passes("DACT_MEMORY_LIMIT=4M", "child: 3 MiB"));
  CHECK(child_passes("DACT_MEMORY_LIMIT=1G", "child: available"));
  CHECK(child_passes("DACT_MEMORY_LIMIT=", "child: available"));
  for (const char* bad :
       {"0", "-1", "lots", "3MB", "3 M", "M", "17179869184G", "99999999999999999999"})
    CHECK(child_passes("DACT_MEMORY_LIMIT='" + std::string(bad) + "'", "child: limit refused"));
}
