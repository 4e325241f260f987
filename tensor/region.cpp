#include "tensor/region.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace dact {

// Addresses cost nothing until they are used; twice the machine's memory leaves room for gaps between blocks. Where
// less is allowed (ulimit -v), less.
bool Region::reserve() {
  if (base_ != nullptr) return true;
  constexpr std::size_t kLeast = std::size_t{64} << 20;
  const auto page = static_cast<std::size_t>(std::max(sysconf(_SC_PAGESIZE), 4096L));
  const auto pages = static_cast<std::size_t>(std::max(sysconf(_SC_PHYS_PAGES), 1L));
  for (std::size_t want = std::max(2 * page * pages, kLeast); want >= kLeast; want /= 2) {
    want = want / kHugePage * kHugePage;
    void* const map = mmap(nullptr, want + kHugePage, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) continue;
    const std::size_t past = reinterpret_cast<std::uintptr_t>(map) % kHugePage;
    base_ = static_cast<std::byte*>(map) + (past == 0 ? 0 : kHugePage - past);
    reserved_ = want;
    return true;
  }
  return false;
}

// Makes the free stretch at the top `bytes` long.
bool Region::grow(std::size_t bytes) {
  const bool joins = !free_.empty() && free_.back().offset + free_.back().size == top_;
  const std::size_t there = joins ? free_.back().size : 0;
  const std::size_t more = (bytes - there + kHugePage - 1) / kHugePage * kHugePage;
  if (more > reserved_ - top_) return false;
  if (mprotect(base_ + top_, more, PROT_READ | PROT_WRITE) != 0) return false;
  madvise(base_ + top_, more, MADV_HUGEPAGE);  // only advice: where refused all works, slower
  if (joins)
    free_.back().size += more;
  else
    free_.push_back({top_, more});
  top_ += more;
  return true;
}

// How many changed.
std::size_t Region::set_backed(Pages pages, bool on) {
  std::size_t changed = 0;
  for (std::size_t i = pages.from; i < pages.to; ++i)
    if (page_[i] != on) {
      page_[i] = on;
      ++changed;
    }
  backed_ = on ? backed_ + changed : backed_ - changed;
  return changed;
}

std::size_t Region::first_fit(std::size_t bytes) const {
  std::size_t i = 0;
  while (i < free_.size() && free_[i].size < bytes) ++i;
  return i;
}

void* Region::take(std::size_t bytes) {
  if (bytes > SIZE_MAX / 2 || !reserve()) return nullptr;
  // Between `used_` blocks lie at most as many free stretches and one: give() never allocates.
  if (free_.capacity() < used_ + 3) free_.reserve(2 * used_ + 8);
  std::size_t i = first_fit(bytes);
  if (i == free_.size()) {
    if (!grow(bytes)) return nullptr;
    i = free_.size() - 1;
  }
  page_.resize(top_ / kHugePage);
  Free& from = free_[i];
  set_backed({from.offset / kHugePage, (from.offset + bytes + kHugePage - 1) / kHugePage}, true);
  std::byte* const block = base_ + from.offset;
  from.offset += bytes;
  from.size -= bytes;
  if (from.size == 0) free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(i));
  ++used_;
  used_bytes_ += bytes;
  return block;
}

void Region::give(void* block, std::size_t bytes) noexcept {
  const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - base_);
  auto next = std::lower_bound(free_.begin(), free_.end(), offset,
                               [](const Free& f, std::size_t at) { return f.offset < at; });
  --used_;
  used_bytes_ -= bytes;
  const bool before = next != free_.begin() && (next - 1)->offset + (next - 1)->size == offset;
  const bool behind = next != free_.end() && next->offset == offset + bytes;
  if (before && behind) {
    (next - 1)->size += bytes + next->size;
    free_.erase(next);
  } else if (before) {
    (next - 1)->size += bytes;
  } else if (behind) {
    *next = {offset, next->size + bytes};
  } else {
    free_.insert(next, {offset, bytes});
  }
}

std::size_t Region::fresh_bytes(std::size_t bytes) const {
  const std::size_t i = first_fit(bytes);
  const bool joins = !free_.empty() && free_.back().offset + free_.back().size == top_;
  const std::size_t from = i < free_.size() ? free_[i].offset : joins ? free_.back().offset : top_;
  std::size_t fresh = 0;
  for (std::size_t p = from / kHugePage; p < (from + bytes + kHugePage - 1) / kHugePage; ++p)
    if (p >= page_.size() || !page_[p]) ++fresh;
  return fresh * kHugePage;
}

bool Region::trim() noexcept {
  for (auto f = free_.rbegin(); f != free_.rend(); ++f) {
    const Pages whole{(f->offset + kHugePage - 1) / kHugePage, (f->offset + f->size) / kHugePage};
    if (set_backed(whole, false) == 0) continue;
    madvise(base_ + whole.from * kHugePage, (whole.to - whole.from) * kHugePage, MADV_DONTNEED);
    return true;
  }
  return false;
}

}  // namespace dact
