#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What does the agent say of a kernel that lacks an expression of its rules, or a form of one, or a kind of set?  One sentence
# with its name; and it is not ready, and nothing of its table is in force; what an agent before it left stays as it is.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

unshare -n true 2>/dev/null || tap_skip_all "a network namespace of its own takes CAP_SYS_ADMIN"
command -v cc nft >/dev/null || tap_skip_all "no cc or nft command"
[ -n "${LACKING_NETNS:-}" ] || LACKING_NETNS=1 exec unshare -n "$0" "$@"
DIR=$(mktemp -d)
agent=
trap 'kill $agent 2>/dev/null || true; rm -r "$DIR"' EXIT
cc -D_GNU_SOURCE -shared -fPIC -o "$DIR/lacks.so" "$here/lacks.c" -lmnl || tap_skip_all "lacks.c cannot be built"
mkdir "$DIR/manifests"
cat >"$DIR/manifests/all.yaml" <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: db, namespace: shop}
	spec: {nodeName: n1}
	status: {phase: Running, podIPs: [{ip: 10.244.1.3}, {ip: "fd00::3"}]}
	---
	apiVersion: networking.k8s.io/v1
	kind: NetworkPolicy
	metadata: {name: db, namespace: shop}
	spec: {podSelector: {}}
END

# start LACKS [ARGUMENT...]: the log is $DIR/log.
start() {
	local lacks=$1
	shift
	LACKS=$lacks LD_PRELOAD=$DIR/lacks.so "$SELVAGE" run --from "$DIR/manifests" --node n1 --socket "$DIR/sock" "$@" \
		>"$DIR/log" 2>&1 &
	agent=$!
}

end() {
	kill "$agent"
	wait "$agent" || true
	nft list tables >"$DIR/tables"
	nft -a list table inet selvage 2>/dev/null | sed '1s/ # .*//' >"$DIR/after" || true
	"$SELVAGE" cleanup >/dev/null
}

# refused WORDS [ARGUMENT...]: of a kernel that lacks $LACKS the agent says so, once, and is not ready.
refused() {
	local words=$1
	shift
	start "$LACKS" "$@"
	wait_for 5000 grep -q degraded: "$DIR/log" || { cat "$DIR/log" && return 1; }
	sleep 1 # some tries more
	end
	cat "$DIR/log"
	[ "$(grep -c "degraded: $words" "$DIR/log")" = 1 ]
	not grep -q ready: "$DIR/log"
}

# lacking NAME CONFIG [ARGUMENT...]
lacking() {
	local LACKS=$1 words
	words="adding rule .*this kernel does not know the expression \"$1\", for which it takes CONFIG_$2"
	shift 2
	refused "$words" "$@"
	[ ! -s "$DIR/tables" ]
}

# lacking_form "NAME ATTRIBUTE VALUE" FORM [ARGUMENT...]
lacking_form() {
	local LACKS=$1 words
	words="adding rule .*this kernel knows the expression \"${1%% *}\", but not this form of it, \"$2\": it takes a newer one"
	shift 2
	refused "$words" "$@"
	[ ! -s "$DIR/tables" ]
}

# lacking_sets FLAG WORDS: sets or maps with this flag.
lacking_sets() {
	local LACKS="set 3 $1"
	refused "adding set .*this kernel does not know $2"
	[ ! -s "$DIR/tables" ]
}

# Rejecting is new to it, and nothing else.
what_stands_is_left_alone() {
	local LACKS='reject 1 1'
	start nothing
	wait_for 5000 grep -q ready: "$DIR/log" || { cat "$DIR/log" && return 1; }
	kill "$agent"
	wait "$agent" || true
	nft -a list table inet selvage | sed '1s/ # .*//' >"$DIR/before"
	refused 'adding rule .*not this form of it, "with tcp reset"' --deny reject
	diff "$DIR/before" "$DIR/after"
}

# Of the table itself: who may write to it is said, and all is in force.
owners_are_lacking() {
	start "table 2 4"
	wait_for 5000 grep -q ready: "$DIR/log" || { cat "$DIR/log" && return 1; }
	end
	grep 'other processes can write to the table.*this kernel has no owners' "$DIR/log"
	grep -qx 'table inet selvage' "$DIR/tables"
}

# What policies say is in force all the same.
hooks_of_interfaces_are_lacking() {
	start netdev
	wait_for 5000 grep -q 'it is not checked from which addresses pods send' "$DIR/log" || { cat "$DIR/log" && return 1; }
	sleep 1 # some tries more
	end
	cat "$DIR/log"
	[ "$(grep -c 'takes CONFIG_NF_TABLES_NETDEV and CONFIG_NETFILTER_INGRESS' "$DIR/log")" = 1 ]
	grep -q ready: "$DIR/log"
	grep -qx 'table inet selvage' "$DIR/tables"
	not grep netdev "$DIR/tables"
}

nothing_is_lacking() {
	start nothing
	wait_for 5000 grep -q ready: "$DIR/log" || { cat "$DIR/log" && return 1; }
	end
	grep -qx 'table inet selvage' "$DIR/tables"
	grep -qx 'table netdev selvage' "$DIR/tables"
}

tap_ok "E11: a kernel without fib is told of, and nothing is in force" lacking fib NFT_FIB_INET
tap_ok "E11: so is one without ct" lacking ct NFT_CT
tap_ok "E11: and one without reject, where that is wanted" lacking reject NFT_REJECT_INET --deny reject
tap_ok "E11: a kernel that knows meta and not iifkind is told of by that" lacking_form "meta 2 26" iifkind
tap_ok "E11: so is one whose fib does not tell types" lacking_form "fib 2 3" type
tap_ok "E11: one whose ct does not tell states" lacking_form "ct 2 0" state
tap_ok "E11: and one that rejects, but not so" lacking_form "reject 1 2" "with icmpx" --deny reject
tap_ok "E11: a kernel without maps is told of" lacking_sets 8 "verdict maps"
tap_ok "E11: so is one without sets whose elements expire" lacking_sets 16 "sets whose elements expire"
tap_ok "E11: what an agent before it left stays as it is" what_stands_is_left_alone
tap_ok "E11: without owners that outlive their table it is shared, and in force" owners_are_lacking
tap_ok "E11: without hooks of interfaces policies are in force, and what is not is said" hooks_of_interfaces_are_lacking
tap_ok "known bad: with all of them the same agent is ready" nothing_is_lacking
tap_done
