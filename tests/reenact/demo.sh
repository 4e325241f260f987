#!/usr/bin/env bash
# demo.sh PROGRAM: the demo's first frames with the shipped weights: one digest at 1 and 2 threads and with AVX2.
set -euo pipefail
program=$1
want=c5572423e496748c6e025eb0ece5d4ac72e54c3cb2abf4680f0737c7ee660b96
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
bad=0

"$program" synth --identities 2 --clips 1 --frames 4 --every 25 --seed 5 --out "$temp/heads" --quiet >/dev/null
# short NAME WORDS...: the same few frames, whose digest must be `want`
short() {
  local name=$1 got
  shift
  got=$("$program" reenact --source "$temp/heads/clips/00000_000/000000.png" --driving "$temp/heads/clips/00001_000" \
    --out "$temp/$name" --quiet "$@" | sed -n 's/^digest: //p')
  [ "$got" = "$want" ] && return
  echo "$name: the digest must be $want, got $got"
  bad=1
}
short one --threads 1
short two --threads 2 --batch 3
if "$program" doctor | grep -q '^instruction set.*avx2'; then
  DACT_ISA=avx2 short avx2 --threads 2
else
  echo "skipped: no AVX2 on this machine"
fi
exit $bad
