#!/usr/bin/env bash
# ./dev on machines that are played: what it installs, when it asks for root, and that a second call starts at once.
. "$(dirname "$0")/lib.sh"

# stub NAME: a command in $machine/bin that writes its call into $machine/log and then runs stdin as bash.
stub() {
  { echo '#!/bin/bash'; echo "echo \"$1 \$*\" >>'$machine/log'"; cat; } >"$machine/bin/$1"
  chmod +x "$machine/bin/$1"
}

# A machine with ROOT's ./dev, all packages but those of $missing, user id $user, and sudo if $sudo is yes.
build_machine() {
  rm -rf "$machine"
  mkdir -p "$machine/bin" "$machine/home"
  cp "$root/dev" "$machine/home/dev"
  : >"$machine/home/CMakePresets.json"
  stub dpkg-query <<<"shift 3; for p in \"\$@\"; do [[ ' $missing ' == *\" \$p \"* ]] || echo \"installed \$p\"; done"
  stub id <<<"echo $user"
  stub cmake <<<"mkdir -p build/cpu; touch build/cpu/build.ninja"
  local name
  for name in apt-get ninja; do stub "$name" <<<''; done
  for name in bash env dirname sort comm sed nproc awk tr mkdir touch; do ln -s "$(command -v "$name")" "$machine/bin/"; done
  if [ "$sudo" = yes ]; then stub sudo <<<'exec "$@"'; fi
}

# dev ARGS...: runs it on the machine; the calls of the last run are in $machine/log, its words in $machine/words.
dev() {
  : >"$machine/log"
  code=0
  env -i PATH="$machine/bin" bash "$machine/home/dev" "$@" >"$machine/words" 2>&1 </dev/null || code=$?
}
called() { grep -qE -e "$1" "$machine/log"; }

check() {
  local root=$1 machine missing user sudo code
  machine=$(mktemp -d)
  missing='' user=1000 sudo=no
  build_machine
  dev build cpu
  [ $code = 0 ] || echo "dev: with all packages installed it must succeed, got code $code: $(tail -n 1 "$machine/words")"
  ! called '^(apt-get|sudo)' || echo "dev: nothing may be installed when nothing is missing"
  called '^cmake --preset cpu$' || echo "dev: the first call must configure"
  called '^ninja -C build/cpu' || echo "dev: build must build"
  dev build cpu
  ! called '^cmake' || echo "dev: the second call must not configure again"

  missing='libzip-dev' user=0
  build_machine
  dev build cpu
  called '^apt-get install .* libzip-dev$' || echo "dev: the missing package, and no other, must be installed"
  ! called '^sudo' || echo "dev: root needs no sudo"

  missing='libzip-dev cmake' user=1000 sudo=yes
  build_machine
  dev build cpu
  called '^sudo .*apt-get install .* cmake libzip-dev$' || echo "dev: a user's packages must be installed through sudo"

  sudo=no
  build_machine
  dev build cpu
  [ $code = 2 ] && grep -q 'cmake libzip-dev' "$machine/words" ||
    echo "dev: without sudo it must stop with code 2 and name the packages, got $code: $(tail -n 1 "$machine/words")"

  dev bake
  [ $code = 2 ] && grep -q 'there is no "bake"' "$machine/words" || echo "dev: an unknown job must be refused"
  rm -rf "$machine"
}

clean() { write "$1/dev" <"$(dirname "${BASH_SOURCE[0]}")/../../dev"; }
edit() { sed -i "$2" "$1/dev"; }
plant_installs_always() { edit "$1" 's/\[ -n "\$missing" \] || return 0/:/'; }
plant_installs_all() { edit "$1" 's/--no-install-recommends \$missing/--no-install-recommends "$@"/'; }
plant_no_sudo() { edit "$1" 's/root=(sudo)/root=()/'; }
plant_configures_always() { edit "$1" 's/if \[ ! -f "build.*; then/if true; then/'; }
plant_takes_any_job() { edit "$1" 's/|| die "there is no/|| echo "/'; }

main "$@"
