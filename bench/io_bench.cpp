// Reading weights: the ffhq256 autoencoder (674 MB in 706 tensors) from a safetensors file.
//   read/cached   the file in the page cache; cache_ratio = its rate over that of a plain read loop into one hot buffer
//   read/cold     the file dropped from the cache before each read; disk_ratio = the same against a plain cold read.
//                 Where nothing can be dropped (tmpfs) both are cached
//   io_bench      the file is written to the temporary folder (TMPDIR) and removed.
// One thread is timed by its CPU time (which does not see a disk), several by the wall: for a quiet machine.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bench/triad.hpp"
#include "diffusion/diffae.hpp"
#include "io/safetensors.hpp"

namespace {

using namespace dact;

/// Forgets the file's pages; they were flushed when it was written.
void drop(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

/// Seconds of reading the file piece by piece into one buffer.
double plain_seconds(const std::string& path) {
  std::vector<char> buffer(std::size_t{8} << 20, '\1');
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const double took = bench::seconds_for([&] {
    while (read(fd, buffer.data(), buffer.size()) > 0) {
    }
  });
  close(fd);
  return took;
}

/// Seconds of reading it as tensors into memory fresh from the system.
double tensor_seconds(const std::string& path) {
  release_cached_memory();
  return bench::seconds_for([&] { benchmark::DoNotOptimize(read_safetensors(path)); });
}

void run(benchmark::State& state, const std::string& path, bool cold) {
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  double ours = 0, plain = 0;
  for (auto _ : state) {
    if (cold) drop(path);
    plain += plain_seconds(path);
    if (cold) drop(path);
    const double took = tensor_seconds(path);
    state.SetIterationTime(took);
    ours += took;
  }
  state.counters[cold ? "disk_ratio" : "cache_ratio"] = plain / ours;
  state.counters["GB/s"] = bytes * static_cast<double>(state.iterations()) / ours * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("dact_io_bench_" + std::to_string(getpid()) + ".safetensors"))
                               .string();
  {
    diffusion::DiffAE model(diffusion::diffae_config("ffhq256"));
    write_safetensors(path, nn::state_dict(model));
  }
  for (const bool cold : {false, true})
    benchmark::RegisterBenchmark(cold ? "read/cold" : "read/cached",
                                 [=](benchmark::State& s) { run(s, path, cold); })
        ->UseManualTime()
        ->Iterations(5)
        ->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove(path);
}
