#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries the checkout's HEAD on a machine of its own that has nothing: tests/fresh_machine.sh --help says all.
set -eu

all_steps='answers missing conform python bundle user offline test'
usage() {
  cat <<'END'
usage: tests/fresh_machine.sh SUITE [--only STEP[,STEP...]] [--mirror URL] [--logs DIR] [--keep]

Makes a root of the Debian suite SUITE (bookworm, trixie, testing, sid) with debootstrap in a temporary folder, clones
the checkout's HEAD into it and does there what a reader of README.md would do. The steps, in this order:

  answers   --version and --help, with nothing installed: they say so, and install and build nothing
  missing   a user without sudo, packages missing: the apt-get line that brings them, exit code 3
  conform   root: ./convictw conform, which installs and builds
  python    root: a kernel in Python, as `new-kernel --language python` writes it, is tried and right
  bundle    root: the bundle is packed and runs in a root with nothing but the C and C++ libraries
  user      a user without sudo, packages present: builds in a checkout of their own and tries kernels
  offline   the same without a network
  test      root: ./convictw test

python, bundle, user and offline need the packages: without conform before them they let ./convictw list bring them.
Each step's last lines are printed and all of them kept in build/fresh_machine/SUITE-TIME/ (--logs DIR: elsewhere).

  --only     these steps only
  --mirror   where the packages come from; without it, where this machine's apt gets Debian's, with apt's settings
  --keep     leave the root, and say where it is

Exit code: 0 every step went as it should, 1 one did not, 2 bad usage, 3 this machine cannot do it (it takes root,
debootstrap and unshare), 130 interrupted.

Examples:
  tests/fresh_machine.sh trixie
  tests/fresh_machine.sh bookworm --only answers,missing
  tests/fresh_machine.sh sid --only conform --keep
END
}

say() { printf 'fresh_machine: %s\n' "$*"; }
wrong() {
  printf 'fresh_machine: %s; --help says what there is\n' "$*" >&2
  exit 2
}
cannot() {
  printf 'fresh_machine: %s\n' "$*" >&2
  exit 3
}

# All mounts are made in a mount namespace of the inner process, which nobody else sees: they are gone when it ends, however
# it ends, so that what removes the root can never reach through one. The same goes for its processes.
outer() {
  suite='' steps=$all_steps mirror='' logs='' keep=''
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --only | --mirror | --logs)
        [ $# -ge 2 ] || wrong "$1 wants a value"
        case $1 in
          --only) steps=$(printf '%s' "$2" | tr , ' ') ;;
          --mirror) mirror=$2 ;;
          --logs) logs=$2 ;;
        esac
        shift
        ;;
      --keep) keep=yes ;;
      -*) wrong "there is no option $1" ;;
      *)
        [ -z "$suite" ] || wrong "one suite at a time: $suite or $1"
        suite=$1
        ;;
    esac
    shift
  done
  [ -n "$suite" ] || wrong 'which suite?'
  for step in $steps; do
    case " $all_steps " in
      *" $step "*) ;;
      *) wrong "there is no step $step (there are $all_steps)" ;;
    esac
  done

  checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
  [ "$(id -u)" = 0 ] || cannot 'making a root takes root'
  for tool in debootstrap unshare git apt-config; do
    command -v "$tool" >/dev/null 2>&1 || cannot "$tool is not here"
  done
  unshare --mount --pid --fork --mount-proc true 2>/dev/null || cannot 'this machine allows no namespaces'
  if [ -z "$mirror" ]; then mirror=$(mirror_of_apt); fi
  [ -n "$mirror" ] || cannot "this machine's apt has no packages of Debian's; --mirror URL says where they are"
  if [ -n "$(git -C "$checkout" status --porcelain)" ]; then
    say 'what is not committed is not tried'
  fi

  logs=${logs:-$checkout/build/fresh_machine/$suite-$(date +%Y%m%d-%H%M%S)}
  mkdir -p "$logs"
  logs=$(CDPATH='' cd -- "$logs" && pwd)
  root=$(mktemp -d)
  chmod 755 "$root" # the visitor walks through it
  inner=''
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  say "$suite, commit $(git -C "$checkout" rev-parse --short HEAD), logs in $logs"
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    "$0" --inside "$checkout" "$root" "$suite" "$mirror" "$logs" "$steps" &
  inner=$!
  status=0
  wait "$inner" || status=$?
  inner=''
  exit "$status"
}

clean_up() {
  if [ -n "$inner" ]; then
    kill -KILL "$inner" 2>/dev/null || true
    wait "$inner" 2>/dev/null || true
    sleep 1 # its last processes end a moment later
  fi
  if [ -n "$keep" ]; then
    say "the root is kept: $root"
  elif grep -qF " $root/" /proc/self/mountinfo; then
    say "not removed, since something is mounted in it: $root"
  else
    rm -rf --one-file-system "$root"
  fi
}

mirror_of_apt() {
  # shellcheck disable=SC2016 # apt's own placeholders
  apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian main //p' | head -n 1
}

# ---- inside the namespaces ----

inside() {
  checkout=$1 root=$2 suite=$3 mirror=$4 logs=$5 steps=$6
  summary='' worst=0
  set +e # a condition would switch errexit off inside
  (
    set -e
    make_root
  )
  status=$?
  set -e
  [ "$status" = 0 ] || cannot 'the root could not be made'
  for step in $all_steps; do
    case " $steps " in
      *" $step "*) try "$step" ;;
    esac
  done
  say "summary of $suite ($(git -C "$checkout" rev-parse --short HEAD)):"
  printf '%s' "$summary"
  exit "$worst"
}

make_root() {
  say 'debootstrap'
  if ! debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$logs/debootstrap.log" 2>&1; then
    tail -n 8 "$logs/debootstrap.log"
    return 1
  fi
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  # This machine's way to the packages: proxies, retries, what it checks.
  apt-config dump --format '%F "%v";%n' |
    grep -E '^Acquire::(http|https|Retries|Check-[A-Za-z-]*)(::[^ ]*)? "..*"' >"$root/etc/apt/apt.conf.d/00machine" || true
  if [ -d /etc/apt/auth.conf.d ]; then cp -a /etc/apt/auth.conf.d "$root/etc/apt/"; fi
  git clone -q --no-local "$checkout" "$root/srv/convict" 2>&1
  git -C "$root/srv/convict" checkout -q --detach "$(git -C "$checkout" rev-parse HEAD)" 2>&1
  chroot "$root" useradd --create-home visitor
  for user in missing user offline; do
    cp -a "$root/srv/convict" "$root/home/visitor/$user"
  done
  chroot "$root" chown -R visitor: /home/visitor
}

# in_root USER COMMAND...: with nothing of this machine's environment but its way to the network.
in_root() {
  user=$1
  shift
  home=/root
  [ "$user" = root ] || home=/home/$user
  chroot --userspec="$user" "$root" env -i HOME="$home" USER="$user" LC_ALL=C.UTF-8 TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy+"http_proxy=$http_proxy"} ${https_proxy+"https_proxy=$https_proxy"} "$@"
}

# as USER FOLDER SCRIPT: a line of shell in a checkout.
# shellcheck disable=SC2016 # expanded by the inner shell
as() { in_root "$1" sh -ec 'cd "$1" && eval "$2"' sh "$2" "$3"; }

try() {
  step=$1
  log=$logs/$step.log
  say "$step"
  started=$(date +%s)
  result=ok
  set +e
  (
    set -ex
    "step_$step"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" != 0 ]; then
    result="FAILED ($status)"
    worst=1
  fi
  grep -v '^+' "$log" | tail -n 8 | sed 's/^/  /'
  summary="$summary$(printf '  %-8s %-12s %5s s' "$step" "$result" "$(($(date +%s) - started))")
"
}

ends_with() { # CODE COMMAND...
  wanted=$1
  shift
  got=0
  "$@" || got=$?
  [ "$got" = "$wanted" ] || { echo "exit code $got instead of $wanted"; return 1; }
}

need_packages() { as root /srv/convict './convictw list >/dev/null'; }

step_answers() {
  as root /srv/convict './convictw --version' | grep -E '^convict [0-9.]+$'
  for asked in --help -h help; do
    as root /srv/convict "./convictw $asked" | grep -F './convictw COMMAND'
  done
  ends_with 2 as root /srv/convict './convictw'
  [ ! -e "$root/srv/convict/build" ]
  if in_root root sh -c 'command -v cmake'; then return 1; fi
}

step_missing() {
  ends_with 3 as visitor /home/visitor/missing './convictw conform' 2>&1 | tee "$logs/missing.said"
  grep -E '^ +(sudo )?apt-get install .*libhdf5-dev' "$logs/missing.said"
  if grep 'exit code' "$logs/missing.said"; then return 1; fi
}

step_conform() { as root /srv/convict './convictw conform --out /tmp/conform && test -s /tmp/conform/report.html'; }

step_python() {
  need_packages
  as root /srv/convict './convictw new-kernel mine --language python --out /tmp/python
    ./convictw conform --kernel /tmp/python/mine.py --cases 50 --out /tmp/conform-python'
}

step_bundle() {
  need_packages
  as root /srv/convict 'cmake --workflow --preset bundle
    tests/project/bundle.sh build/release/convict-*.tar.xz'
}

step_user() {
  need_packages
  as visitor /home/visitor/user './convictw conform --cases 100'
}

step_offline() {
  need_packages
  unshare --net "$0" --in-root "$root" visitor /home/visitor/offline './convictw conform --cases 100'
}

step_test() { as root /srv/convict './convictw test'; }

case ${1-} in
  --inside)
    shift
    inside "$@"
    ;;
  --in-root)
    root=$2
    shift 2
    as "$@"
    ;;
  *) outer "$@" ;;
esac
