#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does what selvage knows of a cluster equal what real API servers have, through restarts, compaction, hangs, new tokens
# and lost permissions?  $KUBE_APISERVER, $MINI_APISERVER and $ETCD say where they are.
here=$(dirname "$(readlink -f "$0")")
TREE=${TREE:-$(readlink -f "$here/../..")}
BUILD=${BUILD:-$TREE/build}
export TREE BUILD PYTHONDONTWRITEBYTECODE=1
. "$TREE/t/tap.sh"

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# find_program VALUE NAME: prints the path of a program, unpacked if need be.
find_program() {
	if [ "$1" ]; then
		echo "$1"
	elif [ -f "$TREE/../shared/bin/$2.xz" ]; then
		xz -dc "$TREE/../shared/bin/$2.xz" >"$temp/$2" && chmod +x "$temp/$2" && echo "$temp/$2"
	fi
}

command -v python3 >/dev/null || tap_skip_all "no python3"
[ -x "$BUILD/t/watch/drive" ] || make -C "$BUILD" t/watch/drive >"$temp/make.log" 2>&1 ||
	tap_skip_all "t/watch/drive is not built"
KUBE_APISERVER=$(find_program "$KUBE_APISERVER" kube-apiserver)
MINI_APISERVER=$(find_program "$MINI_APISERVER" mini-apiserver)
ETCD=$(find_program "$ETCD" etcd-3.5)
ETCD=${ETCD:-$(command -v etcd)}
export KUBE_APISERVER MINI_APISERVER ETCD
[ "$KUBE_APISERVER$MINI_APISERVER" ] || tap_skip_all "no API server: set KUBE_APISERVER or MINI_APISERVER"
[ "$ETCD" ] || tap_skip_all "no etcd: set ETCD"
unshare -n true 2>/dev/null || tap_skip_all "no network namespaces: run as root"

# shellcheck disable=SC2016 # expands inside
unshare -n sh -c 'ip link set lo up; exec python3 "$@"' sh "$here/watch_real.py" "$@"
