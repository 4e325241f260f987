// Files: reading with sizes known first, writing that is seen whole or not at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dact {

/// A regular file, or bytes in memory, open for reading at any offset. Never mapped: a file that is
/// cut while it is read is an IoError here, a signal in a mapping.
class InputFile {
 public:
  /// throws  IoError when `path` cannot be opened or is no regular file
  explicit InputFile(const std::string& path);
  /// The same interface over bytes that outlive this object; `name` stands in error texts.
  static InputFile over(std::string name, std::string_view bytes);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  /// All `bytes` from `offset` on; large reads by all threads. IoError past the end, or when the
  /// file shrank meanwhile.
  void read_at(std::uint64_t offset, void* into, std::size_t bytes) const;
  /// File descriptor, or -1 over memory; memory() is empty for a file.
  int descriptor() const { return fd_; }
  std::string_view memory() const { return memory_; }

 private:
  InputFile() = default;
  void read_piece(std::uint64_t offset, std::byte* out, std::size_t bytes) const;
  std::string name_;
  std::string_view memory_;
  std::uint64_t size_ = 0;
  int fd_ = -1;
};

/// The whole file. IoError when it holds more than `limit` bytes; nothing is allocated before that
/// is known.
std::string read_file(const std::string& path, std::uint64_t limit);
std::string read_all(const InputFile& file, std::uint64_t limit);

/// A file that appears under its name complete, or not at all: written under a temporary name in
/// the same folder, flushed to the disk, renamed, and the folder flushed. Without commit() nothing
/// is left behind. Every call throws ResourceError when the disk is full, IoError for other faults.
class AtomicFile {
 public:
  /// throws  IoError when the folder cannot be written or `path` exists and is no regular file
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Where the bytes are until commit(): another program may write them there.
  const std::string& temporary() const { return temporary_; }
  void commit();

 private:
  [[noreturn]] void fail(std::string_view doing, int error) const;
  std::string path_, temporary_;
  int fd_ = -1;
};

/// While alive, no other process can make a lock of the same path. The file appears with it, goes with it, and a
/// process that died holds nothing.
class FileLock {
 public:
  /// throws  ResourceError when another run holds it; IoError when the file cannot be made
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::string path_;
  int fd_ = -1;
};

/// One atomic write of all bytes.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace dact
