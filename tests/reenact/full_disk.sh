#!/usr/bin/env bash
# full_disk.sh PROGRAM: `reenact` onto a disk that fills up: an error, and every frame that was finished.
set -euo pipefail
if [ "${2-}" != inside ]; then
  program=$(realpath "$1")
  if ! unshare -rm true 2>/dev/null; then
    echo "skipped: this machine lets nobody mount a small disk"
    exit 0
  fi
  exec unshare -rm bash "$0" "$program" inside
fi
program=$1
temp=$(mktemp -d)
trap 'umount "$temp/disk" 2>/dev/null || true; rm -rf "$temp"' EXIT
bad=0
complain() {
  echo "$1"
  bad=1
}
"$program" synth --identities 1 --frames 40 --size 64 --out "$temp/heads" --quiet >/dev/null
clip=$temp/heads/clips/00000_000
mkdir "$temp/disk"

# onto SIZE OUT: the run, whose code must be 5 and whose text must name the disk
onto() {
  mount -t tmpfs -o "size=$1" none "$temp/disk"
  local code=0
  "$program" reenact --source "$clip/000000.png" --source-landmarks "$clip/frames.jsonl" --driving "$clip" \
    --landmarks "$clip/frames.jsonl" --fill 0 --steps 2 --inversion-steps 2 --batch 4 --quiet --out "$temp/disk/$2" \
    >"$temp/out" 2>"$temp/err" || code=$?
  [ $code = 5 ] || complain "$2: the exit code must be 5, got $code: $(tail -n 1 "$temp/err")"
  grep -qi 'no space left\|disk is full' "$temp/err" || complain "$2: the text must name the full disk, got: $(cat "$temp/err")"
}

mount -t tmpfs -o size=120k none "$temp/disk"
code=0
"$program" synth --identities 1 --frames 40 --size 64 --out "$temp/disk/heads" --quiet >"$temp/out" 2>"$temp/err" || code=$?
[ $code = 5 ] || complain "synth: the exit code must be 5, got $code: $(tail -n 1 "$temp/err")"
[ -z "$(ls "$temp/disk")" ] || complain "synth: nothing may be left, got $(ls "$temp/disk")"
umount "$temp/disk"

onto 120k frames
frames=$(find "$temp/disk/frames" -name '*.png' | wc -l)
[ "$frames" -gt 0 ] && [ "$frames" -lt 40 ] || complain "frames: some must be kept, got $frames"
find "$temp/disk" -name '*.tmp-*' | grep -q . && complain "frames: no unfinished file may be left"
# every one that is there is whole: it can be the source of another run
for picture in "$temp/disk/frames/"*.png; do
  "$program" info "$picture" >/dev/null || complain "$picture: must be a whole picture"
done
umount "$temp/disk"

if command -v ffmpeg >/dev/null; then
  onto 24k clip.mp4
  frames=$(ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 \
    "$temp/disk/clip.mp4" || echo 0)
  [ "$frames" -gt 0 ] && [ "$frames" -lt 40 ] || complain "clip.mp4: some frames must be kept, got $frames"
  find "$temp/disk" -name '*.tmp-*' | grep -q . && complain "clip.mp4: no unfinished file may be left"
  umount "$temp/disk"
else
  echo "skipped: no ffmpeg (1)"
fi
[ $bad = 0 ] && echo "all as expected"
exit $bad
