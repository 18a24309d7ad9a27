#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does what selvage knows of a cluster equal what real API servers have, through restarts, compaction, hangs, new tokens
# and lost permissions?  parts.sh finds them.
here=$(dirname "$(readlink -f "$0")")
TREE=${TREE:-$(readlink -f "$here/../..")}
BUILD=${BUILD:-$TREE/build}
export TREE BUILD PYTHONDONTWRITEBYTECODE=1
# shellcheck source=t/tap.sh
. "$TREE/t/tap.sh"
# shellcheck source=t/e2e/parts.sh
. "$here/parts.sh"

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

command -v python3 >/dev/null || tap_skip_all "no python3"
[ -x "$BUILD/t/watch/drive" ] || make -C "$BUILD" t/watch/drive >"$temp/make.log" 2>&1 ||
	tap_skip_all "t/watch/drive is not built"
KUBE_APISERVER=$(part kube-apiserver) || KUBE_APISERVER=
MINI_APISERVER=$(part mini-apiserver) || MINI_APISERVER=
ETCD=$(part etcd) || ETCD=
export KUBE_APISERVER MINI_APISERVER ETCD
[ "$KUBE_APISERVER$MINI_APISERVER" ] || tap_skip_all "no API server: set KUBE_APISERVER or MINI_APISERVER"
[ "$ETCD" ] || tap_skip_all "no etcd: set ETCD"
unshare -n true 2>/dev/null || tap_skip_all "no network namespaces: run as root"

# shellcheck disable=SC2016 # expands inside
unshare -n sh -c 'ip link set lo up; exec python3 "$@"' sh "$here/watch_real.py" "$@"
