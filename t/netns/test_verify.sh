#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `explain --verify` notice whether the ruleset in force says the same?
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/tap.sh
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
manifests=$here/../golden/explain/in.yaml

[ "$(id -u)" = 0 ] || tap_skip_all "not root"
command -v nft >/dev/null || tap_skip_all "there is no nft"
unshare -n nft list ruleset >/dev/null 2>&1 || tap_skip_all "no network namespace with nf_tables can be made"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$selvage" render --from "$manifests" --node n1 >"$scratch/good.nft"
sed 's/ports: \[{port: 5432}\]/ports: [{port: 5431}]/' "$manifests" >"$scratch/other.yaml"
"$selvage" render --from "$scratch/other.yaml" --node n1 >"$scratch/bad.nft"

# verifies RULESET STATUS WORDS ARGUMENT...: in a namespace of its own with the ruleset, the answer has the words.
verifies() {
	local ruleset=$1 wanted=$2 words=$3 status=0
	shift 3
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -n sh -c 'nft -f "$1" && shift && exec "$@"' - "$ruleset" \
		"$selvage" explain --from "$manifests" --verify --node n1 "$@" >"$scratch/out" 2>&1 || status=$?
	grep -qF -- "$words" "$scratch/out" && [ $status = "$wanted" ] || { cat "$scratch/out" && echo "status $status" && false; }
}

: >"$scratch/none.nft"
tap_ok "no table is told" verifies "$scratch/none.nft" 3 "kernel   there is no table inet selvage here" shop/web-7c9-a shop/db-0:5432
tap_ok "what is allowed is confirmed" verifies "$scratch/good.nft" 0 "kernel   agrees" shop/web-7c9-a shop/db-0:5432
tap_ok "what is denied is confirmed" verifies "$scratch/good.nft" 1 "kernel   agrees" shop/web-7c9-a shop/db-0:5433
tap_ok "a pod and itself are confirmed" verifies "$scratch/good.nft" 0 "kernel   agrees" shop/db-0 shop/db-0:1
tap_ok "what other nodes decide is not asked" verifies "$scratch/good.nft" 0 "kernel   not asked" 203.0.113.1 shop/web-7c9-b:8080
tap_ok "a table that says otherwise shows" verifies "$scratch/bad.nft" 3 "kernel   DISAGREES" shop/web-7c9-a shop/db-0:5432
tap_ok "it shows in JSON too" verifies "$scratch/bad.nft" 3 '"kernel": "DISAGREES' shop/web-7c9-a shop/db-0:5432 -o json
tap_done
