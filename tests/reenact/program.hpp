// The program inside a test: a folder that goes away, a command's exit code, what it printed.
#pragma once
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "reenact/cli/program.hpp"
#include "tests/cuda/device.hpp"

namespace dact::test {

/// A fresh folder under the system's temporary one, removed with all in it.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dact-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path / name).string(); }
  bool holds(const std::string& name) const { return std::filesystem::exists(path / name); }
};

/// While alive, what is written to a file descriptor goes to a temporary file instead.
class Captured {
 public:
  explicit Captured(std::FILE* stream) : stream_(stream), into_(std::tmpfile()) {
    REQUIRE(into_ != nullptr);
    std::fflush(stream_);
    saved_ = ::dup(::fileno(stream_));
    ::dup2(::fileno(into_), ::fileno(stream_));
  }
  ~Captured() {
    if (saved_ >= 0) text();
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  /// Ends the capture.
  std::string text() {
    std::fflush(stream_);
    ::dup2(saved_, ::fileno(stream_));
    ::close(saved_);
    saved_ = -1;
    std::string all;
    std::rewind(into_);
    for (int c = std::fgetc(into_); c != EOF; c = std::fgetc(into_))
      all.push_back(static_cast<char>(c));
    std::fclose(into_);
    return all;
  }

 private:
  std::FILE* stream_;
  std::FILE* into_;
  int saved_ = -1;
};

/// What a command left.
struct Result {
  int code = 0;
  std::string out, err;
  bool says(const std::string& part) const { return err.find(part) != std::string::npos; }
  bool prints(const std::string& part) const { return out.find(part) != std::string::npos; }
};

inline Result result_of(std::vector<std::string> words) {
  words.insert(words.begin(), "diffusionact");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  Captured out(stdout), err(stderr);
  Result result;
  result.code = cli::run_program(static_cast<int>(argv.size()), argv.data());
  result.out = out.text();
  result.err = err.text();
  return result;
}

/// The exit code alone.
inline int run(std::vector<std::string> words) { return result_of(std::move(words)).code; }

/// Whether a command needs the device's memory: the proof that it computes there, since the bits are the CPU's.
inline bool starves_without_device_memory(const std::vector<std::string>& words) {
  const DeviceMemoryLimit none(64);
  const Result r = result_of(words);
  return r.code != 0 && r.says("device memory");
}

}  // namespace dact::test
