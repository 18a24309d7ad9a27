#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do the nft commands of `selvage plan --nft` do what they say?  Runs facts_patch in a network namespace of its
# own, so that no ruleset but a scratch one is touched.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
tools_build facts_patch
exec unshare -n "$(tool facts_patch)"
