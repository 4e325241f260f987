// The checks that every catalogue entry must pass. Each takes an entry and returns what it found; tests, the audit and
// the planted broken operators all run exactly these.
#pragma once
#include <string>
#include <vector>

#include "tensor/op.hpp"

namespace dact::audit {

enum class Verdict { pass, fail, not_applicable };
std::string_view name_of(Verdict verdict);

struct CheckResult {
  std::string check;
  Verdict verdict = Verdict::pass;
  std::string detail = {};      // first failure with its sample, or the reason for n/a
  double worst = 0, bound = 0;  // accuracy and gradient: largest error and its bound; 0 elsewhere
};

/// f32 against the f64 loops on the same inputs, within OpDef::tolerance; gradients within 256 * 2^-24 of the largest
/// entry. Also fails when the bound is more than 4 times the worst error measured (a bound that tests nothing).
CheckResult check_accuracy(const OpDef& op);
/// f64 derivative against central differences, h = 1e-4 max(1, |x|); random upstream gradient; a non-finite value fails;
/// some entry must exceed 1e-3; vjp(2g) = 2 vjp(g) and vjp(0) = 0.
CheckResult check_gradient(const OpDef& op);
/// The same bits twice; with 1, 2, 3 and 7 threads; on every instruction set this CPU has.
CheckResult check_rerun(const OpDef& op);
CheckResult check_threads(const OpDef& op);
CheckResult check_isa(const OpDef& op);
/// Entries that do not mix samples: sample n alone gives sample n of the outputs and of the input gradients.
CheckResult check_batch(const OpDef& op);
/// Strided, reversed, offset, channels-last and broadcast inputs, NaN in the gaps, give the contiguous bits.
CheckResult check_layout(const OpDef& op);
/// NaN, inf, -0, subnormals: NaN, infinities and signed zeros where the f64 loops have them; same bits on every
/// instruction set and for 1 and 3 threads.
CheckResult check_special(const OpDef& op);
/// Inputs unchanged, guard bytes around all new blocks intact, and fresh memory full of NaN changes nothing.
CheckResult check_memory(const OpDef& op);
/// Each bad sample throws the stated kind and its text holds the stated pieces.
CheckResult check_errors(const OpDef& op);
/// Forward and derivative on the device (device.hpp) give the CPU's bits and write nothing outside their results; n/a
/// with the reason where none is in use.
CheckResult check_device(const OpDef& op);

using Check = CheckResult (*)(const OpDef&);
struct NamedCheck {
  std::string_view name;
  Check run;
};
/// All of the above, by name: accuracy gradient rerun threads isa batch layout special memory errors device.
const std::vector<NamedCheck>& all_checks();
/// One check over one entry: n/a where OpDef::not_applicable gives a reason, fail with its text when it throws.
CheckResult run_check(const OpDef& op, const NamedCheck& check);

/// SHA-256 over the sample's f32 outputs and gradients, by sample and position.
std::string digest_of_op(const OpDef& op);

}  // namespace dact::audit
