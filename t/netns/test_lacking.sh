#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What does the agent say of a kernel that lacks an expression of its rules?  One sentence with its name; and it is not ready,
# and nothing of its table is in force.
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
cc -D_GNU_SOURCE -shared -fPIC -o "$DIR/lacks.so" "$here/lacks.c" || tap_skip_all "lacks.c cannot be built"
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
	"$SELVAGE" cleanup >/dev/null
}

# lacking NAME CONFIG [ARGUMENT...]
lacking() {
	local name=$1 config=$2
	shift 2
	start "$name" "$@"
	wait_for 5000 grep -q degraded: "$DIR/log" || { cat "$DIR/log" && return 1; }
	sleep 1 # some tries more
	end
	cat "$DIR/log"
	[ "$(grep -c "degraded: adding rule .*this kernel does not know the expression \"$name\", for which it takes CONFIG_$config" "$DIR/log")" = 1 ]
	not grep -q ready: "$DIR/log"
	[ ! -s "$DIR/tables" ]
}

nothing_is_lacking() {
	start nothing
	wait_for 5000 grep -q ready: "$DIR/log" || { cat "$DIR/log" && return 1; }
	end
	grep -qx 'table inet selvage' "$DIR/tables"
}

tap_ok "E11: a kernel without fib is told of, and nothing is in force" lacking fib NFT_FIB_INET
tap_ok "E11: so is one without ct" lacking ct NFT_CT
tap_ok "E11: and one without reject, where that is wanted" lacking reject NFT_REJECT_INET --deny reject
tap_ok "known bad: with all of them the same agent is ready" nothing_is_lacking
tap_done
