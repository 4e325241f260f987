#include "io/file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 28;  // one read or write call; Linux stops at 2^31
// Reads from here on are cut over the threads: copying out of the page cache, and making the pages that it goes to, is
// work for the processor. A cut is a huge page.
constexpr std::size_t kShared = std::size_t{4} << 20, kCut = std::size_t{2} << 20;

bool is_disk_full(int error) { return error == ENOSPC || error == EDQUOT; }

std::string reason(int error) {
  const std::string text = std::generic_category().message(error);
  if (is_disk_full(error)) return "the disk is full (" + text + ")";
  return text;
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// ".name.tmp-PID-COUNT" beside the target, so that the rename stays inside one file system.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> count{0};
  const std::size_t slash = path.rfind('/');
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  // A name may have 255 bytes: the temporary one keeps 200 of the target's.
  return fmt::format("{}.{}.tmp-{}-{}", path.substr(0, start), path.substr(start, 200), ::getpid(),
                     count.fetch_add(1));
}

}  // namespace

InputFile::InputFile(const std::string& path) : name_(path) {
  // O_NONBLOCK: opening a pipe must not wait for its writer; regular files ignore it.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) throw IoError(path, "must be a readable file, got: " + reason(errno));
  struct stat info {};
  const int status = ::fstat(fd_, &info);
  if (status == 0 && S_ISREG(info.st_mode)) {
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);  // only advice: a wider read-ahead
    size_ = static_cast<std::uint64_t>(info.st_size);
    return;
  }
  const int error = errno;
  ::close(fd_);
  throw IoError(path, status != 0
                          ? "must be a readable file, got: " + reason(error)
                          : fmt::format("must be a regular file, got {}", kind_of(info.st_mode)));
}

InputFile InputFile::over(std::string name, std::string_view bytes) {
  InputFile file;
  file.name_ = std::move(name);
  file.memory_ = bytes;
  file.size_ = bytes.size();
  return file;
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : name_(std::move(other.name_)),
      memory_(other.memory_),
      size_(other.size_),
      fd_(std::exchange(other.fd_, -1)) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  std::swap(fd_, other.fd_);
  return *this;
}

void InputFile::read_at(std::uint64_t offset, void* into, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset)
    throw IoError(name_, fmt::format("bytes {} to {} must lie inside the file, got {} bytes in all",
                                     offset, offset + bytes, size_));
  if (bytes == 0) return;
  if (fd_ < 0) {
    std::memcpy(into, memory_.data() + offset, bytes);
    return;
  }
  auto* const out = static_cast<std::byte*>(into);
  if (bytes < kShared) return read_piece(offset, out, bytes);
  parallel_for(static_cast<std::int64_t>((bytes + kCut - 1) / kCut), [&](std::int64_t piece) {
    const std::size_t at = static_cast<std::size_t>(piece) * kCut;
    read_piece(offset + at, out + at, std::min(kCut, bytes - at));
  });
}

void InputFile::read_piece(std::uint64_t offset, std::byte* out, std::size_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = ::pread(fd_, out, std::min(bytes, kPiece), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw IoError(name_,
                    fmt::format("must be readable at byte {}, got: {}", offset, reason(errno)));
    if (got == 0)
      throw IoError(name_, fmt::format("must keep its {} bytes while it is read, got its end at {}",
                                       size_, offset));
    out += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

std::string read_all(const InputFile& file, std::uint64_t limit) {
  if (file.size() > limit)
    throw IoError(file.name(),
                  fmt::format("must hold at most {} bytes, got {}", limit, file.size()));
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read_at(0, bytes.data(), bytes.size());
  return bytes;
}

std::string read_file(const std::string& path, std::uint64_t limit) {
  return read_all(InputFile(path), limit);
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), temporary_(temporary_name(path)) {
  struct stat info {};
  // rename() would replace /dev/null as readily as a file.
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    throw IoError(path,
                  fmt::format("an output must be a regular file, got {}", kind_of(info.st_mode)));
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) fail("creating a file in its folder", errno);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail(std::string_view doing, int error) const {
  const std::string what = fmt::format("{} must work, got: {}", doing, reason(error));
  if (is_disk_full(error)) throw ResourceError(path_, what);
  throw IoError(path_, what);
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  if (fd_ < 0) throw UsageError(path_, "write must come before commit");
  const auto* from = static_cast<const std::byte*>(data);
  while (bytes > 0) {
    const ssize_t done = ::write(fd_, from, std::min(bytes, kPiece));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("writing", errno);
    from += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

void AtomicFile::commit() {
  if (fd_ < 0) throw UsageError(path_, "commit must come once");
  if (::fsync(fd_) != 0) fail("flushing to the disk", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("renaming the finished file", errno);
  ::close(std::exchange(fd_, -1));  // flushed already: nothing left to fail
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // a folder may be writable and not readable
  // The file is complete; some file systems cannot flush a folder (EINVAL), which is no error of
  // ours.
  const int flushed = ::fsync(folder);
  const int error = errno;
  ::close(folder);
  if (flushed != 0 && error != EINVAL && error != ENOTSUP) fail("flushing its folder", error);
}

FileLock::FileLock(const std::string& path) : path_(path) {
  for (;;) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw IoError(path, "a lock file must be made, got: " + reason(errno));
    struct stat held {
    }, named{};
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(fd_);
      if (error == EWOULDBLOCK)
        throw ResourceError(path, "one run at a time may write here, got another one at work");
      throw IoError(path, "a lock must be had, got: " + reason(error));
    }
    // The former holder removes the file before it lets go: then this one is no longer the named one.
    if (::fstat(fd_, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev)
      return;
    ::close(fd_);
  }
}

FileLock::~FileLock() {
  ::unlink(path_.c_str());
  ::close(fd_);
}

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace dact
