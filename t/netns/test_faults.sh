#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the agent stay honest when netlink fails?  Runs faults in a network namespace of its own.
#
#	t/netns/test_faults.sh [PAIRS [SEED]]
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
tools_build faults
exec unshare -n "$(tool faults)" "$@" 2>/dev/null # the log of thousands of faults
