#!/usr/bin/env bash
# Two nodes in two network namespaces, joined by a veth pair and told nothing of
# each other, become neighbours by multicast DNS alone; one finds the other's file,
# fetches it, and b3sum agrees with the id. Needs root.
#
#   simulations/lan.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || { echo "SKIPPED: $0 needs root for network namespaces"; exit 0; }
command -v ip >/dev/null || { echo "SKIPPED: $0 needs ip (Debian package iproute2)"; exit 0; }

work="$(mktemp -d)"
a="starling-a-$$" b="starling-b-$$"
nodes=()
clean() {
	for pid in "${nodes[@]+"${nodes[@]}"}"; do kill "$pid" 2>/dev/null || true; done
	wait
	ip netns del "$a" 2>/dev/null || true
	ip netns del "$b" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT

starling="${1:-$work/starling}"
[ -x "$starling" ] || go build -o "$starling" ./cmd/starling

ip netns add "$a" && ip netns add "$b"
ip link add "va$$" netns "$a" type veth peer name "vb$$" netns "$b"
ip -n "$a" addr add 10.77.0.1/24 dev "va$$"
ip -n "$b" addr add 10.77.0.2/24 dev "vb$$"
ip -n "$a" link set "va$$" up
ip -n "$b" link set "vb$$" up
ip -n "$a" link set lo up
ip -n "$b" link set lo up

on() { # NAMESPACE STATE ARGS…
	local ns="$1" state="$2"
	shift 2
	ip netns exec "$ns" "$starling" --state "$work/$state" "$@"
}

# until TRIES COMMAND…: tenths of a second until it succeeds
until_true() {
	local tries="$1"
	shift
	for _ in $(seq "$tries"); do
		if "$@"; then return 0; fi
		sleep 0.1
	done
	echo "not after $tries tenths of a second: $*" >&2
	return 1
}

mkdir "$work/files" "$work/got"
head -c 3000000 /dev/urandom >"$work/files/murmuration over the pier.bin"
on "$a" state-a up --share "$work/files" >"$work/a.log" 2>&1 &
nodes+=($!)
on "$b" state-b up >"$work/b.log" 2>&1 &
nodes+=($!)

one_neighbour() { [ "$(on "$b" state-b neighbours --json 2>/dev/null | wc -l)" = 1 ]; }
shared() { on "$a" state-a status --json 2>/dev/null | grep -q '"shared_files":1'; }
start=$(date +%s%N)
until_true 200 one_neighbour || { cat "$work/a.log" "$work/b.log"; exit 1; }
echo "neighbours by multicast DNS after $((($(date +%s%N) - start) / 1000000)) ms, both started from nothing"
until_true 200 shared

on "$b" state-b search --json murmuration | tee "$work/hits"
grep -q '"type":"hit"' "$work/hits"
on "$b" state-b get 1 --to "$work/got"
want="$(b3sum --no-names "$work/files/murmuration over the pier.bin" 2>/dev/null || true)"
got="$(b3sum --no-names "$work/got/murmuration over the pier.bin" 2>/dev/null || true)"
cmp "$work/files/murmuration over the pier.bin" "$work/got/murmuration over the pier.bin"
if [ -n "$want" ]; then
	[ "$want" = "$got" ] && grep -q "\"id\":\"$want\"" "$work/hits"
	echo "b3sum of both files is the id of the hit: $got"
fi
on "$a" state-a down
on "$b" state-b down
echo "PASSED: $0"
