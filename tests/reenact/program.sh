#!/usr/bin/env bash
# program.sh PROGRAM: the program as its user sees it: exit codes, what goes to stdout and stderr, suggestions.
set -euo pipefail
program=$1
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
bad=0

# expect CODE STDOUT-PATTERN STDERR-PATTERN WORDS...: patterns are extended, "-" wants nothing at all.
expect() {
  local code=$1 out=$2 err=$3 got=0
  shift 3
  "$program" "$@" >"$temp/out" 2>"$temp/err" || got=$?
  [ "$got" = "$code" ] || complain "the exit code must be $code, got $got" "$@"
  matches "$out" "$temp/out" || complain "stdout must match '$out', got: $(head -c 300 "$temp/out")" "$@"
  matches "$err" "$temp/err" || complain "stderr must match '$err', got: $(head -c 300 "$temp/err")" "$@"
}
matches() { if [ "$1" = - ]; then [ ! -s "$2" ]; else grep -qE -e "$1" "$2"; fi; }
complain() {
  local what=$1
  shift
  printf 'diffusionact %s: %s\n' "$*" "$what"
  bad=1
}

expect 0 '^diffusionact [0-9.]+ \(commit ' - --version
expect 0 '"instruction_set_in_use": "' - --version --json
expect 0 '"flags": "[^$<]*-ffp-contract=off' - --version --json
expect 0 '^Example: diffusionact doctor' - --help
expect 0 '^Example: diffusionact doctor' - doctor --help
expect 0 '^next: ' - doctor
expect 0 '"findings"' - doctor --json
expect 0 '^threads +2$' - doctor --threads 2
expect 0 '^threads +2$' - --threads 2 doctor
expect 2 - 'a command must be given'
expect 2 - 'did you mean --threads' --thread 2 doctor
expect 2 - 'did you mean --threads' doctor --thread=2
expect 2 - 'did you mean --json' doctor --jason
expect 2 - 'did you mean doctor' docter
expect 2 - 'did you mean softmax' audit --op softmx
expect 2 - 'threads' doctor --threads 0x
expect 2 - 'must be .*got.* 1000' doctor --threads 1000
expect 2 - 'cpu, got cuda' doctor --device cuda
expect 2 - 'must be auto, cpu or cuda, got "tpu"' doctor --device tpu
expect 0 '; CUDA: not run \(.+\)$' - audit --quiet --op abs --device cpu
expect 0 '; CUDA: (not run \(.+\)|1 passed, 0 failed)$' - audit --quiet --op abs --device cuda
expect 0 '1 passed' - audit --quiet --op abs --json "$temp/audit.json" --html "$temp/audit.html"
grep -q '"check": "device"' "$temp/audit.json" || complain "the report must hold the check device" audit --json
grep -q 'CUDA (R2): ' "$temp/audit.html" || complain "the page must tell what ran on a card" audit --html
expect 2 - 'numerics: must be strict on device cpu, got bf16' doctor --numerics bf16 --device cpu
expect 2 - 'numerics: must be strict on device cpu, got bf16' doctor --numerics fast --device cpu
expect 2 - 'must be strict, tf32, bf16 or fast, got "half"' doctor --numerics half
expect 2 - '2\^64 - 1 or random, got "12x"' doctor --seed 12x
expect 0 '^next: ' '^seed: [0-9]+$' doctor --seed random
expect 0 '^next: ' - doctor --seed random --quiet
expect 2 - 'must be auto or json, got "bar"' doctor --progress bar
expect 3 - 'log-json: the file must be writable' doctor --log-json "$temp/no/such/folder"
DACT_DEVICE=tpu expect 2 - 'must be auto, cpu or cuda, got "tpu"' doctor
DACT_DEVICE=tpu expect 0 '^next: ' - doctor --device cpu
DACT_ISA=pdp11 expect 2 'FAULT: .*portable' - doctor
DACT_ISA=pdp11 expect 2 '^next: unset DACT_ISA' - doctor
DACT_THREADS=many expect 2 '^next: unset DACT_THREADS' - doctor
DACT_MEMORY_LIMIT=lots expect 2 '^next: unset DACT_MEMORY_LIMIT' - doctor
DACT_MEMORY_LIMIT=1M expect 5 'memory +FAULT: ' - doctor
expect 0 '^Example: diffusionact compare' - compare --help
expect 3 - 'a.mp4: must be a readable file' compare a.mp4 b.mp4
expect 2 - 'TARGET' compare
expect 0 '^Example: diffusionact eval' - eval --help
expect 2 - 'only heads64 comes with the program' eval --model tiny --out "$temp/eval"
expect 0 '^Example: diffusionact synth' - synth --help
expect 0 '^digest: [0-9a-f]{64}$' - synth --quiet --identities 2 --frames 2 --size 16 --out "$temp/heads"
expect 0 '^digest: [0-9a-f]{64}$' - synth --quiet --identities 2 --frames 2 --size 16
expect 3 - 'must not exist or be an empty folder' synth --identities 2 --out "$temp/heads"
expect 2 - 'bench-v1, got "bench-v9"' synth --bench bench-v9
expect 2 - 'size must be 1 .. 8192, got 9000' synth --size 9000
expect 3 - 'no/such' synth --identities 1 --frames 1 --out /proc/no/such
expect 0 '^Example: diffusionact draw --identity 7' - draw --help
expect 0 'head.png.u8\[64, 64, 3\].[0-9a-f]{64}$' - draw --size 64 --out "$temp/head.png"
mv "$temp/head.png" "$temp/first.png"
expect 0 'classes.ppm.u8\[64, 64, 3\]' - draw --size 64 --out "$temp/head.png" --threads 1 --class-map "$temp/classes.ppm"
cmp -s "$temp/head.png" "$temp/first.png" || complain "the same words must give the same bytes" draw
grep -q algorithmicMedia "$temp/head.png" || complain "the picture must say that it is synthetic" draw
expect 0 'u8\[1, 1, 3\]' - draw --size 1 --depth "$temp/d.png" --normals "$temp/n.png"
expect 0 'u8\[32, 320, 3\]' - draw --turntable --size 32 --out "$temp/turn.png"
expect 2 - 'size: must be 1 .. 8192, got 8193' draw --size 8193 --out "$temp/x.png"
expect 2 - 'must be 1 .. 1024 for a sheet' draw --sheet identities --size 2000 --out "$temp/x.png"
expect 2 - 'must be identities, expressions.*got "faces"' draw --sheet faces --out "$temp/x.png"
expect 2 - 'yaw must .*got 200' draw --yaw 200 --out "$temp/x.png"
expect 2 - 'must be one of bald, .*got "mohawk"' draw --hair mohawk --out "$temp/x.png"
expect 2 - 'did you mean smile_L' draw --set smile_Q=1 --out "$temp/x.png"
expect 2 - 'must be 2 numbers' draw --gaze 10 --out "$temp/x.png"
expect 2 - 'must be a number, got "nil"' draw --set nose_w=nil --out "$temp/x.png"
expect 2 - 'must be given, got none' draw
expect 2 - 'identity' draw --identity -1 --out "$temp/x.png"
expect 3 - 'no/such' draw --out "$temp/no/such/x.png"
[ ! -e "$temp/x.png" ] || complain "nothing may be written after an error" draw
expect 0 '^diffae-tiny\.encoder$' - net list
expect 0 '^Example: diffusionact net' - net --help
expect 0 '^Example: diffusionact net run' - net run --help
expect 0 '^fill overrides: none$' - net describe diffae-tiny.encoder
expect 2 - 'subcommand' net
expect 2 - 'did you mean keys' net kyes
expect 2 - 'did you mean --weights' net run diffae-tiny --wieghts x
expect 2 - 'did you mean diffae-tiny' net keys diffae-tyni
for list in ffhq256 ffhq128 tiny; do
  "$program" net keys diffae-$list | cmp -s - "$(dirname "$0")/../golden/keys/diffae_$list.txt" ||
    complain "stdout must be the key list, line by line" net keys diffae-$list
done

expect 0 '^  decode +The picture of two codes$' - --help
[ "$(wc -l <"$temp/out")" -le 60 ] || complain "the help must have at most 60 lines" --help
# Every command: an example first, at most 60 lines; a misspelt option is answered.
for command in encode invert decode autoencode interpolate info weights "weights import" "weights check" net audit \
  doctor; do
  # shellcheck disable=SC2086  # two words for the parts of `weights`
  expect 0 "^Example: diffusionact $command" - $command --help
  grep -q '^Options of every command: --device' "$temp/out" || complain "the help must name the common options" "$command" --help
  [ "$(wc -l <"$temp/out")" -le 60 ] || complain "the help must have at most 60 lines" "$command" --help
  expect 2 - 'did you mean --quiet' ${command% *} --queit
done

# The autoencoder from a picture of a formula, with weights of a formula: no file is needed.
LC_ALL=C awk 'BEGIN { printf "P6\n40 32\n255\n"
  for (i = 0; i < 1280; i++) printf "%c%c%c", 1 + i % 250, 1 + int(i / 8), 90 }' >"$temp/a.ppm"
tiny=(--model tiny --fill 0)
expect 0 '^z_sem	f32\[1, 32\]	[0-9a-f]{64}$' '40x32 pixels' encode "$temp/a.ppm" "${tiny[@]}" --out "$temp/z"
expect 0 '^x_T	' - invert "$temp/a.ppm" "${tiny[@]}" --z "$temp/z" --steps 4 --quiet --out "$temp/x"
expect 0 '^image	' - decode --z "$temp/z" --xT "$temp/x" "${tiny[@]}" --steps 4 --quiet --out "$temp/o.ppm"
expect 0 '^PSNR	' - autoencode "$temp/a.ppm" "${tiny[@]}" --invert-steps 4 --steps 4 --quiet --out "$temp/o.ppm"
expect 0 'trainedAlgorithmicMedia' - info "$temp/o.ppm"
expect 0 '^  seed +0$' - info "$temp/o.ppm"
expect 0 '^frame_00001' - interpolate "$temp/a.ppm" "$temp/a.ppm" --frames 2 "${tiny[@]}" --invert-steps 2 \
  --steps 2 --quiet --out "$temp/way"
expect 0 '^image	' '^seed: [0-9]+$' decode --z "$temp/z" "${tiny[@]}" --steps 2 --seed random --out "$temp/r.ppm"
drawn=$(sed -n 's/^seed: //p' "$temp/err")
expect 0 "^  seed +$drawn\$" - info "$temp/r.ppm"
expect 2 - 'the nearest that work: 36 and 38' decode --z "$temp/z" "${tiny[@]}" --steps 37 --out "$temp/n.ppm"
expect 2 - 'must be 0 .*got .*-5|got -5' decode --z "$temp/z" "${tiny[@]}" --steps -5 --out "$temp/n.ppm"
expect 3 - 'F32\[1, 3, 32, 32\]|tensors \[x_T\]' decode --z "$temp/x" "${tiny[@]}" --out "$temp/n.ppm"
expect 3 - 'posix.system.*attack' decode --z "$temp/z" --weights "$(dirname "$0")/../golden/malicious.pt" --model tiny \
  --out "$temp/n.ppm"
expect 4 - 'must hold the weights of diffae-tiny' encode "$temp/a.ppm" --weights "$temp/x" --model tiny --out "$temp/n"
DACT_MEMORY_LIMIT=2M expect 5 - 'memory' encode "$temp/a.ppm" "${tiny[@]}" --out "$temp/n"
expect 2 - 'is it the right folder' weights check "$temp"
expect 2 - 'DIR must be a folder' weights check "$temp/z"
[ ! -e "$temp/n" ] && [ ! -e "$temp/n.ppm" ] || complain "a refused command must write nothing" decode

# interrupt SIGNALS...: starts an inversion, sends the signals once it has begun, gives its exit code.
interrupt() {
  local pid code=0
  rm -f "$temp/log"
  "$program" invert "$temp/a.ppm" "${tiny[@]}" --steps 500 --log-json "$temp/log" --out "$temp/i" >"$temp/out" 2>"$temp/err" &
  pid=$!
  for _ in $(seq 1000); do
    [ -s "$temp/log" ] && break
    sleep 0.01
  done
  for signal in "$@"; do kill -s "$signal" "$pid"; done
  wait "$pid" || code=$?
  [ $code = 130 ] || complain "the exit code after $* must be 130, got $code" invert
  [ ! -e "$temp/i" ] || complain "$* must leave no half result" invert
}
interrupt INT
grep -qE 'stopped as asked after step [0-9]{1,2} of 500' "$temp/err" ||
  complain "the first Ctrl-C must stop within a step or so, got: $(tail -n 1 "$temp/err")" invert
expect 0 '^x_T	' 'i.partial: going on after step' invert "$temp/a.ppm" "${tiny[@]}" --steps 500 --out "$temp/i"
expect 0 '^x_T	' - invert "$temp/a.ppm" "${tiny[@]}" --steps 500 --quiet --out "$temp/whole"
expect 0 '^x_T	' '"what":"invert","done":4,"total":4,.*"eta":0.000,' invert "$temp/a.ppm" "${tiny[@]}" --z "$temp/z" \
  --steps 4 --quiet --progress json --out "$temp/x"
! grep -qv '^{"schema":1,"event":"progress",.*}$' "$temp/err" || complain "stderr must be JSON lines" invert
cmp -s "$temp/i" "$temp/whole" || complain "an interrupted run that went on must give the same file" invert
[ ! -e "$temp/i.partial" ] || complain "what was kept must go when the work is done" invert
rm -f "$temp/i"
interrupt INT TERM

[ $bad = 0 ] && echo "all as expected"
exit $bad
