#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does what selvage knows of a cluster equal what the API server has, whatever the server does?
here=$(dirname "$(readlink -f "$0")")
TREE=${TREE:-$here/../..}
BUILD=${BUILD:-$TREE/build}
export TREE BUILD PYTHONDONTWRITEBYTECODE=1

command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }

# In a network namespace of its own, where packets may be dropped, and with a /run where no agent of this machine listens.
if unshare -nm true 2>/dev/null; then
	# shellcheck disable=SC2016 # expands inside
	exec unshare -nm sh -c 'ip link set lo up && mount -t tmpfs tmpfs /run && OWN_NETNS=1 exec python3 "$@"' sh "$here/scenarios.py" "$@"
fi
exec python3 "$here/scenarios.py" "$@"
