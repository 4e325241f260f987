#include "io/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kKeptErrors = 4096;  // bytes of stderr

std::string reason_of(int error) { return std::generic_category().message(error); }

// Both ends close by themselves in every child but the one that gets them by name.
struct Ends {
  int ours = -1, its = -1;
  ~Ends() {
    if (ours >= 0) ::close(ours);
    if (its >= 0) ::close(its);
  }
};

// A socket, not a pipe, where we write: send() can be told not to raise SIGPIPE.
bool open_ends(Ends& ends, bool we_write) {
  int fd[2];
  if (we_write) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0) return false;
    ends.ours = fd[0];
    ends.its = fd[1];
  } else {
    if (::pipe2(fd, O_CLOEXEC) != 0) return false;
    ends.ours = fd[0];
    ends.its = fd[1];
  }
  return ::fcntl(ends.ours, F_SETFL, O_NONBLOCK) == 0;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> out{"LC_ALL=C"};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH"})
    if (const char* value = std::getenv(name)) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// posix_spawn's two objects, with all that every child gets.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&usual, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

std::string find_program(const std::string& name) {
  const char* folders = std::getenv("PATH");
  if (folders == nullptr) return "";
  std::string_view rest(folders);
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string path = fmt::format("{}/{}", rest.substr(0, colon), name);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    struct stat info {};
    // an empty entry would mean the working folder: nothing is run from there
    if (colon > 0 && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        ::access(path.c_str(), X_OK) == 0)
      return path;
  }
  return "";
}

ChildProcess::ChildProcess(const std::vector<std::string>& words, ChildPipe pipe, StopAsked stop)
    : name_(words.at(0)), stop_(stop) {
  Ends data, errors;
  if (!open_ends(data, pipe == ChildPipe::takes) || !open_ends(errors, false))
    throw IoError(name_, "a pipe to it must open, got: " + reason_of(errno));
  SpawnPlan plan;
  const int given = pipe == ChildPipe::takes ? STDIN_FILENO : STDOUT_FILENO;
  const int other = pipe == ChildPipe::takes ? STDOUT_FILENO : STDIN_FILENO;
  posix_spawn_file_actions_addopen(&plan.files, other, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&plan.files, data.its, given);
  posix_spawn_file_actions_adddup2(&plan.files, errors.its, STDERR_FILENO);
  std::vector<std::string> arguments = words, environment = child_environment();
  const int code = ::posix_spawn(&pid_, name_.c_str(), &plan.files, &plan.attributes,
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  if (code != 0) {
    pid_ = -1;
    throw IoError(name_, "the program must start, got: " + reason_of(code));
  }
  pipe_ = std::exchange(data.ours, -1);
  error_pipe_ = std::exchange(errors.ours, -1);
}

ChildProcess::~ChildProcess() {
  close_pipe();
  kill();
  if (error_pipe_ >= 0) ::close(error_pipe_);
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;  // kill(-1) would be every process of the user
  ::kill(pid_, SIGKILL);
  reap();
}

void ChildProcess::check_stop() {
  if (stop_ == nullptr || !stop_()) return;
  kill();
  throw Cancelled(name_, "the run must go on, got a request to stop");
}

void ChildProcess::close_pipe() {
  if (pipe_ >= 0) ::close(std::exchange(pipe_, -1));
}

// Takes what is there without waiting, and keeps the end of it.
void ChildProcess::drain_errors() {
  char buffer[1024];
  while (error_pipe_ >= 0) {
    const ssize_t got = ::read(error_pipe_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;
    if (got == 0) {
      ::close(std::exchange(error_pipe_, -1));
      return;
    }
    errors_.append(buffer, static_cast<std::size_t>(got));
    if (errors_.size() > kKeptErrors) errors_.erase(0, errors_.size() - kKeptErrors);
  }
}

std::size_t ChildProcess::read(void* into, std::size_t bytes) {
  auto* out = static_cast<std::byte*>(into);
  std::size_t done = 0;
  while (done < bytes && pipe_ >= 0) {
    const ssize_t got = ::read(pipe_, out + done, bytes - done);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0) {
      close_pipe();
    } else if (errno == EAGAIN || errno == EINTR) {
      check_stop();
      pollfd waits[] = {{pipe_, POLLIN, 0}, {error_pipe_, POLLIN, 0}};  // poll skips an fd of -1
      ::poll(waits, 2, kPollMilliseconds);
      drain_errors();
    } else {
      throw IoError(name_, "its output must be readable, got: " + reason_of(errno));
    }
  }
  return done;
}

bool ChildProcess::write(const void* data, std::size_t bytes) {
  const auto* from = static_cast<const std::byte*>(data);
  while (bytes > 0) {
    if (pipe_ < 0) return false;
    const ssize_t done = ::send(pipe_, from, bytes, MSG_NOSIGNAL);
    if (done > 0) {
      from += done;
      bytes -= static_cast<std::size_t>(done);
    } else if (errno == EAGAIN || errno == EINTR) {
      check_stop();
      pollfd waits[] = {{pipe_, POLLOUT, 0}, {error_pipe_, POLLIN, 0}};
      ::poll(waits, 2, kPollMilliseconds);
      drain_errors();
    } else {
      close_pipe();  // EPIPE, ECONNRESET: it has gone
    }
  }
  return true;
}

int ChildProcess::reap() {
  if (pid_ <= 0) return status_;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

int ChildProcess::wait() {
  close_pipe();
  // its stderr ends when it does
  while (error_pipe_ >= 0 && pid_ > 0) {
    check_stop();
    pollfd waits[] = {{error_pipe_, POLLIN, 0}};
    ::poll(waits, 1, kPollMilliseconds);
    drain_errors();
  }
  return reap();
}

std::string ChildProcess::last_line() const {
  std::string_view text(errors_);
  while (!text.empty()) {
    const std::size_t end = text.find_last_not_of("\r\n");
    if (end == std::string_view::npos) return "";
    text = text.substr(0, end + 1);
    const std::size_t start = text.find_last_of("\r\n") + 1;  // npos + 1 is 0
    const std::string_view line = text.substr(start);
    // ffmpeg's epilogue says nothing: the cause stands before it
    if (line != "Conversion failed!") return std::string(line);
    text = text.substr(0, start);
  }
  return "";
}

}  // namespace dact
