# shellcheck shell=bash
# What the scripts share: where things are, and how a script speaks. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root
export HOME=${HOME:-~}
cache=${EXDEV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/exdev}
tools=$cache/tools
# rustup's cargo and sbin's mkfs are often there without being in an ordinary user's PATH.
export PATH=$tools/bin:$PATH:$HOME/.cargo/bin:/usr/sbin:/sbin

# Exit code for a machine that lacks something, as in sysexits.h.
# shellcheck disable=SC2034 # for those who source this
UNAVAILABLE=69

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    local code=$1
    shift
    say "$@"
    exit "$code"
}

# Runs a command whose output matters only if it fails.
quietly() {
    local output
    output=$("$@" </dev/null 2>&1) || {
        local code=$?
        printf '%s\n' "$output" >&2
        return "$code"
    }
}

# Builds with cargo's arguments, and says where the program is, wherever cargo's target directory may be.
build_exdev() {
    cargo build "$@" --message-format json-render-diagnostics |
        sed -nE 's/.*"executable":"([^"]*\/exdev)".*/\1/p'
}

# How apt-get is called. Who calls it adds to this.
apt=(apt-get -q -o APT::Install-Recommends=false -o APT::Update::Error-Mode=any)

# Those of the packages that apt-get can install. Another architecture's, which apt would fall back to, do not count.
installable() {
    local package
    if "${apt[@]}" --simulate install "${@/%/:native}" &>/dev/null; then
        (($# == 0)) || printf '%s\n' "$@"
        return
    fi
    for package; do
        ! "${apt[@]}" --simulate install "$package:native" &>/dev/null || echo "$package"
    done
}
