#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do two agents keep their nodes right in a cluster with a new API server (1.36: WatchList, consistent reads from cache)?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
# shellcheck source=t/e2e/scenes.sh
. "$(dirname "$0")/scenes.sh"

reason=$(cluster_missing mini-apiserver) || tap_skip_all "$reason"
reason=$(tools_missing facts probe) || tap_skip_all "$reason"
trap lab_down EXIT

tap_ok "a cluster comes up and both agents are ready" world_up mini-apiserver
tap_ok "packets fare as the policies say" world_agrees
tap_ok "the shipped role suffices to ask" account_suffices_to_ask
tap_ok "a lost table would be noticed, and SIGHUP repairs it" a_lost_table_is_noticed
scenes_of_objects
outages
[ ! -e "$LAB_DIR/all" ] || agree_figures
tap_done
