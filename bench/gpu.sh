#!/usr/bin/env bash
# Everything that needs a card, in one call under 9 minutes: builds, checks every operator against the CPU bit for bit,
# runs compute-sanitizer over the samples, compares networks end to end, measures, and PyTorch beside it where it is there.
#   bench/gpu.sh OUT [PACKAGES [WEIGHTS]]
#     OUT: folder for report.json, report.txt and logs
#     PACKAGES: a folder with what a bare machine lacks (CMake packages fmt, Eigen3, doctest); "" for none
#     WEIGHTS: an autoencoder with which decodes of the fast modes are compared to strict ones; default: that of heads64,
#       beside which the demo finds its other networks
# Needs nvcc, cmake, ninja and a C++20 compiler; nothing from the network. DACT_PYTHON: a Python with PyTorch (python3).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:?usage: bench/gpu.sh OUT [PACKAGES [WEIGHTS]]}
packages=${2:-}
weights=${3:-reenact/weights/diffae-heads64.safetensors}
[ -f "$weights" ] || weights=
mkdir -p "$out"
out=$(cd "$out" && pwd)
build=build/gpu
export PATH=$PATH:/usr/local/cuda/bin
: >"$out/stages.txt"
rm -f "$out"/{card,peer}.json  # of a run before

# stage NAME SECONDS COMMAND...: its end is a line of the report; a failure does not stop the others
stage() {
  local name=$1 limit=$2 begin=$SECONDS code
  shift 2
  timeout "$limit" bash -c '"$@"' stage "$@" >"$out/$name.log" 2>&1  # bash: functions are no programs
  code=$?
  local verdict=passed
  [ $code -eq 0 ] || verdict="failed ($code)"
  [ $code -eq 124 ] && verdict="out of time"
  grep -q '^skipped:' "$out/$name.log" && verdict=$(grep -m1 '^skipped:' "$out/$name.log" | sed 's| *(.*||')
  printf '%s\t%s\t%d\n' "$name" "$verdict" $((SECONDS - begin)) | tee -a "$out/stages.txt"
  [ "$verdict" = passed ]
}

architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -d .)
configure() {
  cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DDACT_CUDA=ON -DDACT_BUILD_PROGRAM=OFF -DDACT_MINIMAL=ON \
    -DDACT_CUDA_ARCHITECTURES="${architecture:-90}" ${packages:+-DCMAKE_PREFIX_PATH="$packages"}
}
suites() { $build/ops_test --test-suite-exclude=slow,every_op; }
sanitizer() {  # small samples: each kernel with guards costs a hundred times its run
  [ -n "$architecture" ] || { echo 'skipped: no CUDA device'; return; }
  local each
  for each in --test-suite=every_kernel '--test-case=fast modes*'; do
    DACT_SMALL_SAMPLES=1 compute-sanitizer --tool "$1" --error-exitcode 9 --launch-timeout 0 \
      $build/ops_test "$each" || return
  done
}
network() { $build/card ${weights:+"$weights"} >"$out/card.json"; }
peer() {  # its own limit first, so that it ends by itself; what it started ends with the stage
  command -v "${DACT_PYTHON:-python3}" >/dev/null || { echo 'skipped: no python3'; return; }
  "${DACT_PYTHON:-python3}" bench/peer_card.py "$out/peer.json" 65
}
export build architecture packages weights out
export -f configure suites sanitizer network peer

# limits: 530 seconds in all
stage configure 30 configure &&
  stage build 180 cmake --build $build --target ops_test card || { cat "$out/stages.txt"; tail -30 "$out"/{configure,build}.log; exit 1; }
stage audit 45 suites
stage card 110 network
stage memcheck 45 sanitizer memcheck
stage racecheck 45 sanitizer racecheck
stage peer 75 peer

json() { if [ -s "$out/$1" ]; then cat "$out/$1"; else echo null; fi; }
{
  printf '{\n  "stages": {'
  awk -F'\t' '{ printf "%s\n    \"%s\": {\"verdict\": \"%s\", \"seconds\": %d}", (NR > 1 ? "," : ""), $1, $2, $3 }' "$out/stages.txt"
  printf '\n  },\n  "network": %s,\n  "pytorch": %s\n}\n' "$(json card.json)" "$(json peer.json)"
} >"$out/report.json"
{
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null
  column -t -s "$(printf '\t')" "$out/stages.txt"
  grep -h 'entries on device' "$out/audit.log"
  grep -hE 'same bits|DIFFERENT|next call|NEXT CALL|dB|frames|^unet (celeba64|ffhq128)' "$out/card.log"
  grep -hE '^unet ffhq256 batch [0-9]+: [0-9.]+ ms' "$out/card.log" "$out/peer.log" | sort -k4,4n -k5,5n |
    sed '1i UNet 256 forward, by batch, fastest first:'
  grep -hE '^(PyTorch|skipped:)|: (failed|no time left), PyTorch' "$out/peer.log"
  grep -hE 'ERROR SUMMARY|RACECHECK SUMMARY' "$out/memcheck.log" "$out/racecheck.log"
  printf 'total %d s\n' $SECONDS
} 2>/dev/null | tee "$out/report.txt"
! grep -v '^peer' "$out/stages.txt" | grep -qvP '\tpassed\t'  # PyTorch is a yardstick, no part of the project
