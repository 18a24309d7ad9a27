#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Are established connections cut when policy does not allow them any more, and only those?  (A7)
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"

reason=$(lab_missing) || tap_skip_all "$reason"
[ -x "$SELVAGE" ] || tap_skip_all "there is no $SELVAGE"
reason=$(tools_missing entries) || tap_skip_all "$reason"
stream=
trap '[ -z "$stream" ] || kill "$stream" 2>/dev/null || true; lab_down' EXIT

CUT_MS=1000 # the promise, from the change of the file to the last beat

# shellcheck disable=SC2120 # tap_ok passes them
bring_up() {
	lab_up
	lab_pod n1 default/server app=server
	lab_pod n1 default/friend app=friend
	lab_pod n1 default/near app=other
	lab_pod n2 default/far app=other
	lab_pod n2 default/far-friend app=friend
	"${start:-lab_agent_start}" n1 "$@"
	"${start:-lab_agent_start}" n2 "$@"
}

# Connections of everybody to the server, of both families and two protocols.
streams() {
	local who port=6000 tag
	for who in friend far-friend near far x n1; do
		tag=$who
		case $who in
		x | n1) ;;
		*) who=default/$who ;;
		esac
		echo "$tag-tcp4=$(lab_ns $who),$(lab_ip4 $who),$(lab_ns default/server),$(lab_ip4 default/server),$port"
		echo "$tag-udp4=$(lab_ns $who),$(lab_ip4 $who),$(lab_ns default/server),$(lab_ip4 default/server),$port/udp"
		echo "$tag-tcp6=$(lab_ns $who),$(lab_ip6 $who),$(lab_ns default/server),$(lab_ip6 default/server),$port"
		echo "$tag-udp6=$(lab_ns $who),$(lab_ip6 $who),$(lab_ns default/server),$(lab_ip6 default/server),$port/udp"
		port=$((port + 1))
	done
}

# said PATTERN COUNT: so many lines of the streams match an extended regular expression.
said() {
	[ "$(grep -cE -- "$1" "$LAB_DIR/streams")" -eq "$2" ]
}

begin_streams() {
	local all tool
	tool=$(lab_tool stream)
	mapfile -t all < <(streams)
	"$tool" "${all[@]}" >"$LAB_DIR/streams" 2>&1 &
	stream=$!
}

are_open() {
	wait_for 3000 said ' open$' 24 || { cat "$LAB_DIR/streams" && false; }
}

end_streams() {
	kill "$stream"
	wait "$stream" || true
	stream=
}

only_friends() {
	lab_put only-friends.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: only-friends, namespace: default}
		spec:
		  podSelector: {matchLabels: {app: server}}
		  ingress:
		  - from:
		    - podSelector: {matchLabels: {app: friend}}
	END
}

# The denied ones stall within the bound, but for the time that a stream takes to say so.
cut_in_time() {
	only_friends
	wait_for $((CUT_MS + 200)) said '^(near|far|x)-.* stalled$' 12 || { cat "$LAB_DIR/streams" && false; }
}

# $1 of the streams have stalled, and these are all of them half a second later.
others_go_on() {
	sleep 0.5
	[ "$(grep -c stalled "$LAB_DIR/streams")" -eq "$1" ] || { cat "$LAB_DIR/streams" && false; }
}

stay_cut() {
	sleep 0.5
	! grep -q ' alive$' "$LAB_DIR/streams"
}

# How many flows are dropped on n1?
flows() {
	lab_exec n1 nft list set inet selvage "$1" | grep -o ' expires ' | wc -l
}

# What was cut is no fact: an agent that finds it in the table leaves it there.
restart() {
	local mark four six
	four=$(flows cut4)
	six=$(flows cut6)
	[ "$four" -eq 6 ] && [ "$six" -eq 6 ] || { echo "$four and $six flows" && false; }
	lab_agent_kill n1
	mark=$(lab_agent_mark n1)
	lab_agent_start n1
	lab_agent_said n1 "$mark" ' +0 -0 facts' || { cat "$LAB_DIR/n1.log" && false; }
	sleep 0.3
	[ "$(flows cut4)" -ge "$four" ] && [ "$(flows cut6)" -ge "$six" ]
}

# A friend that loses its label loses its connections.
relabel() {
	sed -i "s/'friend'/'stranger'/" "$LAB_MANIFESTS/pod-default.far-friend.yaml"
	wait_for $((CUT_MS + 200)) said '^far-friend-.* stalled$' 4 || { cat "$LAB_DIR/streams" && false; }
}

# What is allowed again can go on: TCP sends its last byte again.
allowed_again() {
	rm "$LAB_MANIFESTS/only-friends.yaml"
	wait_for 10000 said ' alive$' 16 || { cat "$LAB_DIR/streams" && false; }
}

# Known bad: without the look through connections they all go on, so that the test above sees what it claims to.
go_on_without() {
	only_friends
	sleep 1
	! grep -q stalled "$LAB_DIR/streams"
}

bring_up_deaf() {
	start=lab_agent_start_deaf bring_up
}

# Known bad: nothing but removal of the entries, as if the rules about what was cut were not there.
forget_cut() {
	local node chain=(nft -a list chain inet selvage egress)
	for node in n1 n2; do
		lab_exec $node "${chain[@]}" | sed -n 's/.*@cut[46] drop # handle //p' | while read -r handle; do
			lab_exec $node nft delete rule inet selvage egress handle "$handle"
		done
		! lab_exec $node "${chain[@]}" | grep cut || return 1
	done
}

# The entries go, and the servers bring them back: the beats of UDP never pause for long.
are_revived() {
	only_friends
	wait_for 2000 grep -q ' cut: ' "$LAB_DIR/n1.log"
	sleep 1
	[ "$(grep -cE '^(near|far|x)-udp[46] stalled$' "$LAB_DIR/streams")" -lt 6 ] || { cat "$LAB_DIR/streams" && false; }
}

# Among 100,000 connections of addresses that nobody denies, of which the kernel is not asked; the time is for people.
finds_few_among_many() {
	lab_exec n1 "$(tool entries)" 172.16.0.1 172.17.0.1 100000
	lab_exec n1 "$(tool entries)" "$(lab_ip4 default/near)" "$(lab_ip4 default/server)" 10
	only_friends
	wait_for 5000 grep -q ' cut: ' "$LAB_DIR/n1.log"
	grep -q ' cut: 10 of 1[0-9] connections' "$LAB_DIR/n1.log" || { cat "$LAB_DIR/n1.log" && false; }
}

# All of them denied.
finds_all_among_many() {
	rm "$LAB_MANIFESTS/only-friends.yaml"
	sleep 0.2
	lab_exec n1 "$(tool entries)" 172.18.0.1 "$(lab_ip4 default/server)" 100000
	only_friends
	wait_for 10000 grep -q ' cut: 100000 of ' "$LAB_DIR/n1.log" || { cat "$LAB_DIR/n1.log" && false; }
	grep -q 'too many connections' "$LAB_DIR/n1.log"
}

tap_ok "a lab with agents on both nodes comes up" bring_up
begin_streams
tap_ok "connections of everybody to the server are open" are_open
tap_ok "A7: a new policy cuts those that it denies within ${CUT_MS} ms" cut_in_time
tap_ok "A7, A8: those of the server's node and of who is allowed go on" others_go_on 12
tap_ok "what is cut stays cut" stay_cut
tap_ok "an agent that starts anew leaves in the table what was cut" restart
tap_ok "and it stays cut" stay_cut
tap_ok "A7: a label that goes takes the pod's connections with it" relabel
tap_ok "the others go on" others_go_on 16
tap_ok "without the policy they may go on again" allowed_again
end_streams
lab_down
tap_ok "a lab whose agents keep connections comes up" bring_up --keep-established
begin_streams
tap_ok "connections of everybody to the server are open again" are_open
tap_ok "known bad: with --keep-established the denied ones go on" go_on_without
end_streams
lab_down
tap_ok "a lab whose agents let others write comes up" bring_up_deaf
tap_ok "its rules about what was cut are taken away" forget_cut
begin_streams
tap_ok "connections of everybody to the server are open once more" are_open
tap_ok "known bad: without these rules, servers revive denied connections" are_revived
end_streams
lab_down
tap_ok "a lab with agents comes up for many connections" bring_up
tap_ok "B21: a few denied connections are found and cut among 100,000" finds_few_among_many
tap_ok "100,000 denied connections are cut, and that not all replies can be held off is said" finds_all_among_many
sed -n 's/.* \(cut: .*\)/# \1/p' "$LAB_DIR/n1.log"
tap_done
