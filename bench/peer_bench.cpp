// Our networks beside PyTorch's on the same machine, taking turns in one run; where PyTorch is not present, ours alone.
//   peer_bench [unet|encoder|train] [ROUNDS]      all three and 7 by default; DACT_THREADS goes to both sides
//   unet, encoder   ffhq256, batch 1, without gradient         train   ffhq128, batch 2: forward and backward of the
//                   denoising loss through UNet and encoder, without dropout
// "default" is PyTorch as it comes (NCHW, eager); "tuned" the best of its other ways. Python is DACT_PYTHON, else
// python3; the networks there are those of peer_torch.py, and what they give is compared with ours before anything is
// timed. Medians; of CPU time with one thread, of wall time with more: those want a quiet machine.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/composite/losses.hpp"
#include "bench/triad.hpp"
#include "diffusion/diffae.hpp"
#include "io/file.hpp"

namespace {

using namespace dact;

// ---- our side

Tensor filled(const std::string& name, const Shape& shape, double factor = 1) {
  std::vector<double> u = nn::fill_uniform_values(name, numel_of(shape));
  for (double& x : u) x *= factor;
  return from_vector(u, shape).to(DType::f32);
}

/// Makes a network and returns what runs it once and gives the tensor to compare.
std::function<Tensor()> make_job(const std::string& job) {
  const double root3 = std::sqrt(3.0);
  if (job == "train") {
    const auto model = std::make_shared<diffusion::DiffAE>(diffusion::diffae_config("ffhq128"));
    nn::fill_by_name(*model);
    const Shape shape{2, 3, 128, 128};
    const Var image(filled("input.image", shape)), x_t(filled("input.x_t", shape, root3));
    const Var noise(filled("input.noise", shape, root3));
    const Tensor t = from_vector(std::vector<std::int64_t>{3, 640}, {2});
    Var watched;
    for (const nn::Named& p : nn::parameters(*model))
      if (p.key == "input_blocks.1.0.in_layers.2.weight") watched = p.var;
    return [=] {
      nn::zero_grad(*model);
      backward(mse(model->unet(x_t, t, model->encoder(image)), noise));
      return watched.grad();
    };
  }
  const bool encoder = job == "encoder";
  const auto model = std::make_shared<diffusion::DiffAE>(diffusion::diffae_config("ffhq256"));
  nn::fill_by_name(*model);
  nn::fold_weights(*model);
  const Var image(filled("input.image", {1, 3, 256, 256}));
  const Var x_t(filled("input.x_t", {1, 3, 256, 256}, root3)), z(filled("input.z", {1, 512}));
  const Tensor t = full({1}, 500, DType::i64);
  return [=] {
    const NoGrad no_grad;
    return (encoder ? model->encoder(image) : model->unet(x_t, t, z)).value();
  };
}

// ---- the peer's side

/// A way of running PyTorch: the script's word, and settings of the C library's allocator for its process.
struct Way {
  std::string name, word;
  bool tuned_malloc;
};
const Way kWays[] = {{"default", "default", false},
                     {"default, malloc", "default", true},
                     {"channels-last, malloc", "channels_last", true},
                     {"compiled, channels-last, malloc", "compiled", true}};

/// A child that answers lines.
class Peer {
 public:
  Peer(const Way& way, const std::string& script) : way_(way) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      if (way.tuned_malloc) {  // no mmap, no trim, huge pages
        setenv("MALLOC_MMAP_MAX_", "0", 1);
        setenv("MALLOC_TRIM_THRESHOLD_", "68719476736", 1);
        setenv("MALLOC_TOP_PAD_", "268435456", 1);
        setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
      }
      const char* named = std::getenv("DACT_PYTHON");
      const char* python = named ? named : "python3";
      const std::string threads = std::to_string(thread_count());
      execlp(python, python, script.c_str(), way.word.c_str(), threads.c_str(), nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
    greeting_ = line();
  }
  ~Peer() {
    if (in_) fclose(in_);
    if (out_) fclose(out_);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const Way& way() const { return way_; }
  const std::string& greeting() const { return greeting_; }
  bool present() const { return greeting_.starts_with("PyTorch"); }
  std::string ask(const std::string& words) {
    fmt::print(in_, "{}\n", words);
    std::fflush(in_);
    return line();
  }

 private:
  std::string line() {
    std::string text;
    for (int c; (c = std::fgetc(out_)) != EOF && c != '\n';) text += static_cast<char>(c);
    return text.empty() ? "no answer" : text;
  }
  Way way_;
  pid_t pid_ = -1;
  FILE *in_ = nullptr, *out_ = nullptr;
  std::string greeting_;
};

/// Largest difference of the peer's result from ours, of our largest entry.
double difference(const Tensor& ours, const std::string& file) {
  const std::string bytes = read_file(file, std::uint64_t{1} << 30);
  const std::vector<float> x = ours.to_vector<float>();
  if (bytes.size() != x.size() * sizeof(float)) return INFINITY;
  double largest = 0, scale = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    float y;
    std::memcpy(&y, bytes.data() + i * sizeof y, sizeof y);
    largest = std::fmax(largest, std::fabs(static_cast<double>(x[i]) - static_cast<double>(y)));
    scale = std::fmax(scale, std::fabs(static_cast<double>(x[i])));
  }
  return largest / scale;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

/// True when every way that runs gives our numbers.
bool compare(const std::string& job, std::vector<std::unique_ptr<Peer>>& peers, int rounds) {
  const std::function<Tensor()> run = make_job(job);
  run();
  const Tensor ours = run();
  const std::string file =
      (std::filesystem::temp_directory_path() / fmt::format("dact_peer_{}", getpid())).string();
  std::vector<Peer*> able;
  bool equal = true;
  for (const auto& peer : peers) {
    const std::string answer = peer->ask(fmt::format("check {} {}", job, file));
    const double off = answer == "done" ? difference(ours, file) : 0;
    std::filesystem::remove(file);
    if (answer == "done" && off <= 1e-4) able.push_back(peer.get());
    if (off > 1e-4) equal = false;
    fmt::print("{:8} {:32} {}\n", job, peer->way().name,
               answer == "done" ? fmt::format("differs from ours by {:.1e}", off) : answer);
  }
  std::vector<double> own;
  std::vector<std::vector<double>> theirs(able.size());
  for (int r = 0; r < rounds; ++r) {
    own.push_back(bench::seconds_for(run));
    for (std::size_t i = 0; i < able.size(); ++i)
      theirs[i].push_back(std::strtod(able[i]->ask("time " + job).c_str(), nullptr));
  }
  const double mine = median(own);
  fmt::print("{:8} {:32} {:7.3f} s\n", job, "ours, strict", mine);
  double tuned = INFINITY;
  for (std::size_t i = 0; i < able.size(); ++i) {
    const double time = median(theirs[i]);
    fmt::print("{:8} {:32} {:7.3f} s   {:.2f} x ours\n", job, able[i]->way().name, time,
               time / mine);
    if (i > 0) tuned = std::fmin(tuned, time);
  }
  if (able.size() > 1)
    fmt::print("{:8} {:32} {:7.3f} s   {:.2f} x ours\n", job, "best tuned", tuned, tuned / mine);
  std::fflush(stdout);
  return equal;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that ends is told by its missing answer
  std::vector<std::string> jobs;
  int rounds = 7;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "unet" || word == "encoder" || word == "train") jobs.push_back(word);
    if (const int n = std::atoi(argv[i]); n > 0) rounds = n;
  }
  if (jobs.empty()) jobs = {"unet", "encoder", "train"};
  std::vector<std::unique_ptr<Peer>> peers;
  for (const Way& way : kWays) {
    peers.push_back(std::make_unique<Peer>(way, DACT_PEER_SCRIPT));
    if (peers.back()->present()) continue;
    fmt::print("PyTorch is not present ({}): our times alone\n", peers.back()->greeting());
    peers.clear();
    break;
  }
  if (!peers.empty()) fmt::print("{}, {} threads\n", peers[0]->greeting(), thread_count());
  bool equal = true;
  for (const std::string& job : jobs) equal = compare(job, peers, rounds) && equal;
  return equal ? 0 : 1;
}
