#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the kernel hold what is written, does nft read what is printed?  Runs facts_roundtrip in a network namespace of its
# own, so that no ruleset but a scratch one is touched.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
tools_build facts_roundtrip
exec unshare -n "$(tool facts_roundtrip)"
