// The caching allocator: classes, reuse, budget, guards; storage and what operators keep with it;
// the machine's figures.
#include "tensor/memory.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tensor/blocks.hpp"
#include "tensor/error.hpp"
#include "tensor/system.hpp"

using namespace dact;

namespace {

constexpr std::size_t kMiB = 1 << 20;

struct Limit {  // puts the former budget back
  explicit Limit(std::size_t bytes) : before(memory_stats().limit) { set_memory_limit(bytes); }
  ~Limit() { set_memory_limit(before); }
  std::size_t before;
};

std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

// A made-up /proc and /sys, removed at the end.
struct Tree {
  std::filesystem::path root;
  explicit Tree(const char* name) : root(std::filesystem::temp_directory_path() / name) {
    std::filesystem::remove_all(root);
  }
  ~Tree() { std::filesystem::remove_all(root); }
  void put(const std::string& path, const std::string& text) const {
    const auto file = root / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
};

}  // namespace

TEST_CASE("size classes: ascending, without gaps, at most 1/8 of waste") {
  std::size_t index = 0, bytes = 64;
  CHECK(size_class_of(1).bytes == 64);
  while (bytes < std::size_t{1} << 36) {
    const SizeClass size = size_class_of(bytes), next = size_class_of(bytes + 1);
    REQUIRE(size.index == index);  // an exact fit, and the class before it ends right below
    REQUIRE(size.bytes == bytes);
    REQUIRE(next.index == index + 1);
    REQUIRE(next.bytes % kBlockAlign == 0);
    if (bytes >= 512) REQUIRE(next.bytes - bytes <= bytes / 8);
    index = next.index, bytes = next.bytes;
  }
  CHECK(size_class_of(kLargestBlock + 128).index < kSizeClasses);
}

TEST_CASE("allocate: aligned, and all of it can be written") {
  for (const std::size_t bytes :
       {1ul, 63ul, 64ul, 65ul, 4097ul, 300'000ul, 2 * kMiB - 1, 2 * kMiB, 33'554'433ul}) {
    CAPTURE(bytes);
    void* block = allocate_bytes(bytes);
    CHECK(address(block) % kBlockAlign == 0);
    std::memset(block, 1, bytes);
    free_bytes(block, bytes);
  }
  CHECK(allocate_bytes(0) == nullptr);
  free_bytes(nullptr, 0);
}

TEST_CASE(
    "allocate: a second identical run takes every block from the cache, without a page fault") {
  const std::vector<std::size_t> sizes{3 * kMiB, 5 * kMiB + 17, 3 * kMiB, 33'554'432, 2 * kMiB};
  const auto run = [&] {
    std::vector<void*> blocks;
    for (const std::size_t bytes : sizes) {
      blocks.push_back(allocate_bytes(bytes));
      std::memset(blocks.back(), 1, bytes);
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) free_bytes(blocks[i], sizes[i]);
  };
  run();
  const MemoryStats before = memory_stats();
  // The least of a few: the sanitizers' own tables fault now and then, a fresh block would each
  // time.
  long fewest = LONG_MAX;
  for (int again = 0; again < 5; ++again) {
    const long faults = page_faults();
    run();
    fewest = std::min(fewest, page_faults() - faults);
  }
  if (!returns_at_once(size_class_of(1)))
    CHECK(fewest == 0);  // AddressSanitizer never reuses the vector
  const MemoryStats after = memory_stats();
  CHECK(after.fresh == before.fresh);
  CHECK(after.allocations == before.allocations + 5 * sizes.size());
  CHECK(after.live == before.live);
  CHECK(after.cached == before.cached);
}

TEST_CASE("allocate: a large block follows smaller ones into the same pages") {
  release_cached_memory();
  const std::uint64_t fresh = memory_stats().fresh;
  std::vector<void*> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(allocate_bytes(4 * kMiB));
  CHECK(memory_stats().fresh == fresh + 8);
  void* const lowest = *std::min_element(blocks.begin(), blocks.end());
  for (const int i : {3, 0, 7, 1, 2, 6, 5, 4})
    free_bytes(blocks[static_cast<std::size_t>(i)], 4 * kMiB);
  void* const whole = allocate_bytes(32 * kMiB);
  CHECK(whole == lowest);
  CHECK(memory_stats().fresh == fresh + 8);
  free_bytes(whole, 32 * kMiB);
  CHECK(memory_stats().cached >= 32 * kMiB);
  release_cached_memory();
  CHECK(memory_stats().cached <
        4 * kMiB);  // at most the ends of stretches, less than a huge page each
}

TEST_CASE("allocate: any order of large blocks, none over another") {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  std::uint32_t state = 1;
  const auto random = [&](std::uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  };
  const std::size_t live = memory_stats().live;
  for (int step = 0; step < 400; ++step) {
    if (blocks.size() < 12 && random(3) > 0) {
      const std::size_t bytes = 2 * kMiB + random(6 * kMiB);
      blocks.emplace_back(static_cast<unsigned char*>(allocate_bytes(bytes)), bytes);
      const auto mark = static_cast<unsigned char>(address(blocks.back().first) >> 18);
      blocks.back().first[0] = blocks.back().first[bytes / 2] = blocks.back().first[bytes - 1] =
          mark;
    } else if (!blocks.empty()) {
      const std::size_t i = random(static_cast<std::uint32_t>(blocks.size()));
      const auto [p, bytes] = blocks[i];
      const auto mark = static_cast<unsigned char>(address(p) >> 18);
      CHECK((p[0] == mark && p[bytes / 2] == mark && p[bytes - 1] == mark));
      free_bytes(p, bytes);
      blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (step % 97 == 0) release_cached_memory();
  }
  for (const auto& [p, bytes] : blocks) free_bytes(p, bytes);
  CHECK(memory_stats().live == live);
}

TEST_CASE("memory_stats: live, cached and peak count whole blocks") {
  release_cached_memory();
  const MemoryStats start = memory_stats();
  CHECK(start.cached == 0);
  reset_memory_peak();
  void* block = allocate_bytes(8 * kMiB + 1);  // class 9 MiB
  CHECK(memory_stats().live == start.live + 9 * kMiB);
  free_bytes(block, 8 * kMiB + 1);
  const MemoryStats end = memory_stats();
  CHECK(end.live == start.live);
  CHECK(end.cached == 10 * kMiB);  // whole huge pages
  CHECK(end.peak == start.live + 9 * kMiB);
  reset_memory_peak();
  CHECK(memory_stats().peak == start.live);
}

TEST_CASE("budget: beyond it an ordinary error, before it what is free gives way") {
  release_cached_memory();
  const std::size_t live = memory_stats().live;
  const Limit limit(live + 32 * kMiB);
  void* a = allocate_bytes(16 * kMiB);
  void* b = allocate_bytes(12 * kMiB);
  CHECK_THROWS_AS(allocate_bytes(5 * kMiB), ResourceError);
  free_bytes(a, 16 * kMiB);
  free_bytes(b, 12 * kMiB);
  CHECK(memory_stats().cached == 28 * kMiB);
  void* c = allocate_bytes(24 * kMiB);  // in the pages of both
  CHECK(memory_stats().cached == 4 * kMiB);
  CHECK(memory_stats().live == live + 24 * kMiB);
  free_bytes(c, 24 * kMiB);
  std::vector<void*> small;
  for (int i = 0; i < 16; ++i) small.push_back(allocate_bytes(kMiB));
  CHECK(memory_stats().cached <= 16 * kMiB);  // free pages had to go
  for (void* block : small) free_bytes(block, kMiB);
  CHECK(memory_stats().live == live);
  set_memory_limit(live + 10 * kMiB);  // a lower budget takes effect at once
  CHECK(memory_stats().cached <= 10 * kMiB);
}

TEST_CASE("budget: the error's text, and sizes near the end of the integers") {
  release_cached_memory();
  const std::size_t live = memory_stats().live;
  const Limit limit(live + 64 * kMiB);
  CHECK_THROWS_WITH_AS(allocate_bytes(100 * kMiB),
                       doctest::Contains("(DACT_MEMORY_LIMIT), got a request of 100.0 MiB with "),
                       ResourceError);
  CHECK_THROWS_WITH_AS(allocate_bytes(SIZE_MAX),
                       doctest::Contains("allocate: memory must stay within the budget of "),
                       ResourceError);
  set_memory_limit(SIZE_MAX);  // no budget: the system itself refuses, and all stays usable
  for (const std::size_t bytes :
       {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2, std::size_t{1} << 47, std::size_t{1} << 46})
    CHECK_THROWS_AS(allocate_bytes(bytes), ResourceError);
  {
    const MemoryGuard guard;
    CHECK_THROWS_AS(allocate_bytes(SIZE_MAX - 100), ResourceError);
  }
  CHECK(memory_stats().live == live);
  void* block = allocate_bytes(kMiB);
  REQUIRE(block != nullptr);
  free_bytes(block, kMiB);
}

TEST_CASE("MemoryGuard: bodies begin as NaN, writes outside are found, live or freed") {
  const MemoryGuard guard;
  for (const std::size_t bytes : {4ul, 100ul, 5000ul, 3 * kMiB + 4}) {
    auto* block = static_cast<std::uint8_t*>(allocate_bytes(bytes));
    CHECK(address(block) % kBlockAlign == 0);
    float first = 0, last = 0;
    std::memcpy(&first, block, 4);
    std::memcpy(&last, block + bytes - 4, 4);
    CHECK((first != first && last != last));
    std::memset(block, 0, bytes);
    CHECK(guard.damaged() == 0);
    block[bytes] ^= 1;  // right behind the end, however odd the size
    CHECK(guard.damaged() == 1);
    block[bytes] ^= 1;
    *(block - 1) ^= 1;
    CHECK(guard.damaged() == 1);
    *(block - 1) ^= 1;
    CHECK(guard.damaged() == 0);
    free_bytes(block, bytes);
  }
  auto* block = static_cast<std::uint8_t*>(allocate_bytes(10));
  block[10 + 63] = 0;
  free_bytes(block, 10);
  CHECK(guard.damaged() == 1);
}

TEST_CASE(
    "MemoryGuard: blocks may outlive it, older blocks are left alone, a new one starts from "
    "nothing") {
  void* older = allocate_bytes(100);
  std::uint8_t* guarded = nullptr;
  {
    const MemoryGuard guard;
    guarded = static_cast<std::uint8_t*>(allocate_bytes(100));
    guarded[100] = 0;
    CHECK(guard.damaged() == 1);
    free_bytes(older, 100);
    CHECK(guard.damaged() == 1);
  }
  const MemoryGuard next;
  CHECK(next.damaged() == 0);
  free_bytes(guarded, 100);
  CHECK(next.damaged() == 0);
}

TEST_CASE("allocate: from many threads at once") {
  const std::size_t live = memory_stats().live;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (std::size_t i = 0; i < 400; ++i) {
        const std::size_t bytes = 1 + i * (t + 1) * 97 % 100'000, big = 2 * kMiB;
        auto* a = static_cast<unsigned char*>(allocate_bytes(bytes));
        auto* b = static_cast<unsigned char*>(allocate_bytes(big));
        a[0] = a[bytes - 1] = b[0] = static_cast<unsigned char>(t);
        free_bytes(a, bytes);
        free_bytes(b, big);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(memory_stats().live == live);
}

TEST_CASE("Storage: owns its block; what is cached with it is valid for one version and key") {
  const std::size_t live = memory_stats().live;
  {
    Storage storage(3 * kMiB, Device::cpu);
    CHECK(memory_stats().live == live + 3 * kMiB);
    CHECK(storage.bytes() == 3 * kMiB);
    CHECK(storage.cached(1) == nullptr);
    const auto packed = std::make_shared<const int>(5);
    storage.set_cached(1, packed);
    CHECK(storage.cached(1) == packed);
    CHECK(storage.cached(2) == nullptr);
    CHECK(storage.cached(1) == packed);
    storage.bump_version();
    CHECK(storage.cached(1) == nullptr);
    CHECK(packed.use_count() == 1);  // given up, not only hidden
    storage.set_cached(2, packed);
    CHECK(storage.cached(2) == packed);
  }
  CHECK(memory_stats().live == live);
  const Storage empty(0, Device::cpu);
  CHECK(empty.data() == nullptr);
}

TEST_CASE("Storage: threads may ask for and set the cached value at once") {
  const Storage storage(64, Device::cpu);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&storage, t] {
      for (int i = 0; i < 500; ++i) {
        const auto got = storage.cached(7);
        if (got != nullptr) CHECK(*static_cast<const int*>(got.get()) < 4);
        storage.set_cached(7, std::make_shared<const int>(t));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("available_memory: MemAvailable, or less where a cgroup of either version leaves less") {
  CHECK(available_memory() > 0);
  const Tree tree("dact_memory_tree");
  const std::string root = tree.root.string();
  CHECK(available_memory(root) == SIZE_MAX);
  tree.put("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n");
  CHECK(available_memory(root) == 8000 * 1024);
  tree.put("proc/self/cgroup", "0::/a/b\n");
  tree.put("sys/fs/cgroup/a/b/memory.max", "max\n");
  CHECK(available_memory(root) == 8000 * 1024);
  tree.put("sys/fs/cgroup/a/memory.max", "1000000\n");  // a limit further up binds, too
  CHECK(available_memory(root) == 1000000);
  tree.put("sys/fs/cgroup/a/memory.current", "300000\n");
  tree.put("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 100000\n");
  CHECK(available_memory(root) == 800000);
  tree.put("proc/self/cgroup", "4:cpu,memory:/not/visible/here\n");
  tree.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "500000\n");
  CHECK(available_memory(root) == 500000);
  tree.put("sys/fs/cgroup/memory/memory.usage_in_bytes", "600000\n");
  CHECK(available_memory(root) == 0);
}

TEST_CASE("available_cpus: never more than a cgroup's quota, at least 1") {
  const int all = available_cpus();
  CHECK(all >= 1);
  const Tree tree("dact_cpu_tree");
  const std::string root = tree.root.string();
  tree.put("proc/self/cgroup", "0::/\n");
  tree.put("sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(available_cpus(root) == all);
  tree.put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(available_cpus(root) == 1);
  tree.put("proc/self/cgroup", "2:cpu,cpuacct:/\n");
  tree.put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  tree.put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(available_cpus(root) == all);
  tree.put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
  CHECK(available_cpus(root) == 1);
}
