// A program run as a child process: fixed words, no shell, spoken to through pipes.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace dact {

/// Path of the executable file `name` in the folders of PATH; empty when there is none.
std::string find_program(const std::string& name);

/// Asked some ten times a second while a pipe is waited for.
using StopAsked = bool (*)() noexcept;

/// Which of the child's pipes is ours; the other one is /dev/null. Its stderr is always kept.
enum class ChildPipe { gives, takes };  // its stdout, its stdin

/// One run of a program. It sees PATH, LD_LIBRARY_PATH and LC_ALL=C of the environment, the default signal actions, and
/// a process group of its own, so that Ctrl-C in a terminal reaches this program alone. No SIGPIPE arises here.
class ChildProcess {
 public:
  /// words        the program's path, then its arguments
  /// stop         true: the child is killed and Cancelled thrown from the waiting call; null: never
  /// throws       IoError when it cannot be started
  ChildProcess(const std::vector<std::string>& words, ChildPipe pipe, StopAsked stop = nullptr);
  /// Kills what still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for `bytes` of its output; fewer only at the end of it.
  std::size_t read(void* into, std::size_t bytes);
  /// All bytes into its input; false when it reads no more.
  bool write(const void* data, std::size_t bytes);
  /// Ends its input, or stops listening to its output, and waits for its end: the exit code, 128 + N after signal N.
  int wait();
  /// What it last said on stderr, without the line breaks; empty when nothing.
  std::string last_line() const;

 private:
  void check_stop();
  void kill();
  void drain_errors();
  void close_pipe();
  int reap();
  std::string name_, errors_;
  StopAsked stop_;
  int pid_ = -1, pipe_ = -1, error_pipe_ = -1;
  int status_ = 0;
};

}  // namespace dact
