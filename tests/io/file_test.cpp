#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "tests/io/files.hpp"

using namespace dact;
using namespace dact::test;

TEST_CASE("an atomic file appears on commit, replaces the old one, and leaves nothing else") {
  const TempFolder folder;
  const std::string path = folder / "out.txt";
  write_file(path, "old");
  {
    AtomicFile file(path);
    file.write("new text");
    CHECK(read_file(path, 100) == "old");
    CHECK(folder.entries() == 2);
    file.commit();
    CHECK(read_file(path, 100) == "new text");
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("without commit an atomic file leaves the old content and no temporary file") {
  const TempFolder folder;
  const std::string path = folder / "out.txt";
  write_file(path, "old");
  try {
    AtomicFile file(path);
    file.write("half");
    throw std::runtime_error("the caller failed");
  } catch (const std::runtime_error&) {
  }
  CHECK(read_file(path, 100) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a full disk is an IoError with the path, and leaves nothing") {
  const TempFolder folder;
  const std::string path = folder / "out.bin";
  // A limit on the file's size fails write() in the same place where a full disk does.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string text = io_error([&] { write_file(path, std::string(8192, 'x')); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(text, path));
  CHECK(contains(text, "writing must work"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("outputs that cannot be are refused by name") {
  const TempFolder folder;
  CHECK(contains(io_error([&] { write_file(folder / "none/out", "x"); }), "none/out"));
  CHECK(contains(io_error([] { write_file("/dev/null", "x"); }),
                 "/dev/null: an output must be a regular file, got a device"));
  CHECK(contains(io_error([&] { write_file(folder / "", "x"); }), "got a folder"));
}

TEST_CASE("inputs that cannot be are refused by name") {
  const TempFolder folder;
  CHECK(contains(io_error([&] { read_file(folder / "missing", 10); }),
                 "missing: must be a readable file"));
  CHECK(contains(io_error([&] { read_file(folder / "", 10); }),
                 "must be a regular file, got a folder"));
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(contains(io_error([&] { read_file(pipe, 10); }), "got a pipe"));
  write_file(folder / "big", "0123456789");
  CHECK(contains(io_error([&] { read_file(folder / "big", 9); }), "at most 9 bytes, got 10"));
  CHECK(read_file(folder / "big", 10) == "0123456789");
}

TEST_CASE("reads are checked against the size, and a file that shrinks is noticed") {
  const TempFolder folder;
  const std::string path = folder / "f";
  write_file(path, "0123456789");
  const InputFile file(path);
  char text[4] = {};
  file.read_at(6, text, 4);
  CHECK(std::string_view(text, 4) == "6789");
  CHECK(contains(io_error([&] { file.read_at(7, text, 4); }), "must lie inside the file, got 10"));
  CHECK(contains(io_error([&] { file.read_at(~0ULL, text, 4); }), "must lie inside"));
  std::filesystem::resize_file(path, 8);
  CHECK(contains(io_error([&] { file.read_at(6, text, 4); }),
                 "must keep its 10 bytes while it is read, got its end at 8"));
}
