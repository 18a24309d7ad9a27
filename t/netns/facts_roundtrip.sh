#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs facts_roundtrip in a network namespace of its own, so that no ruleset but a scratch one is touched.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
prog=${BUILD:-$here/../../build}/t/netns/facts_roundtrip

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
[ -x "$prog" ] || tap_skip_all "built without libnftables"
exec unshare -n "$prog"
