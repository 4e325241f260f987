#include "tensor/system.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace dact {
namespace {

// The first number of a file. "max", the kernel's word for no limit, and anything else are nothing.
std::optional<std::uint64_t> first_number(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// The number after `name` in a file of "name value" lines (meminfo, memory.stat).
std::optional<std::uint64_t> named_number(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    std::uint64_t value = 0;
    if (word == name && file >> value) return value;
    std::getline(file, word);
  }
  return std::nullopt;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// Directories in which limits of this process's group may stand: the group itself and all above it.
// A container often names its path as the host sees it while the mount shows only the group, so
// every prefix is tried.
std::vector<std::string> group_dirs(const std::string& root, std::string_view controller) {
  std::vector<std::string> dirs;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line;
       std::getline(file, line);) {  // "id:controllers:path"; v2 has no controllers
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    std::vector<std::string> bases;
    if (names.empty()) {
      bases = {root + "/sys/fs/cgroup", root + "/sys/fs/cgroup/unified"};
    } else if (has_word(names, controller)) {
      bases = {root + "/sys/fs/cgroup/" + names,
               root + "/sys/fs/cgroup/" + std::string(controller)};
    }
    std::string path = line.substr(second + 1);
    while (true) {
      while (!path.empty() && path.back() == '/') path.pop_back();
      for (const std::string& base : bases) dirs.push_back(base + path);
      if (path.empty()) break;
      path.resize(std::min(path.rfind('/'), path.size()));
    }
  }
  return dirs;
}

// What one group still allows. File pages that the kernel can drop at once do not count as used.
std::uint64_t room_in_group(const std::string& dir, const char* limit, const char* usage,
                            std::string_view droppable) {
  const auto most = first_number(dir + "/" + limit);
  if (!most) return UINT64_MAX;
  const std::uint64_t used = first_number(dir + "/" + usage).value_or(0);
  const std::uint64_t cache = named_number(dir + "/memory.stat", droppable).value_or(0);
  const std::uint64_t held = used - std::min(used, cache);
  return *most - std::min(*most, held);
}

int affinity_cpus() {
  for (int size = 1024; size <= 1 << 20; size *= 2) {  // EINVAL: the kernel knows more CPUs
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(size));
    if (set == nullptr) return 1;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(size));
    const int status = sched_getaffinity(0, bytes, set);
    const int count = status == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (status == 0) return std::max(count, 1);
    if (errno != EINVAL) return 1;
  }
  return 1;
}

// quota / period in whole CPUs, rounded up; INT32_MAX where there is no quota (v2 "max", v1 -1).
std::int64_t cpus_of_quota(std::int64_t quota, std::int64_t period) {
  if (quota <= 0 || period <= 0) return INT32_MAX;
  return (quota - 1) / period + 1;
}

}  // namespace

std::size_t available_memory(const std::string& root) {
  std::uint64_t room = UINT64_MAX;
  if (const auto kib = named_number(root + "/proc/meminfo", "MemAvailable:")) room = *kib * 1024;
  for (const std::string& dir : group_dirs(root, "memory")) {
    room = std::min(room, room_in_group(dir, "memory.max", "memory.current", "inactive_file"));
    room = std::min(room, room_in_group(dir, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                        "total_inactive_file"));
  }
  return room;
}

int available_cpus(const std::string& root) {
  std::int64_t count = affinity_cpus();
  for (const std::string& dir : group_dirs(root, "cpu")) {
    std::int64_t quota = 0, period = 0;
    if (std::ifstream v2(dir + "/cpu.max"); v2 >> quota >> period)
      count = std::min(count, cpus_of_quota(quota, period));
    std::ifstream v1_quota(dir + "/cpu.cfs_quota_us"), v1_period(dir + "/cpu.cfs_period_us");
    if (v1_quota >> quota && v1_period >> period)
      count = std::min(count, cpus_of_quota(quota, period));
  }
  return static_cast<int>(std::max<std::int64_t>(count, 1));
}

}  // namespace dact
