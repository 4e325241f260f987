// What the machine gives this process: memory and CPUs, cgroups included.
#pragma once
#include <cstddef>
#include <string>

namespace dact {

/// Bytes this process may still take: MemAvailable of /proc/meminfo, or less where a cgroup (v1 or
/// v2) leaves less. SIZE_MAX when neither says. `root` is put before /proc and /sys, so that tests
/// can give a made-up tree.
std::size_t available_memory(const std::string& root = "");

/// CPUs this process may use: its affinity mask, or less where a cgroup's quota allows less; at
/// least 1.
int available_cpus(const std::string& root = "");

}  // namespace dact
