#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Are established connections cut when policy does not allow them any more, and only those?  (A7)
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

reason=$(lab_missing) || tap_skip_all "$reason"
[ -x "$SELVAGE" ] || tap_skip_all "there is no $SELVAGE"
tools_build entries
stream=
trap '[ -z "$stream" ] || kill "$stream" 2>/dev/null || true; lab_down' EXIT

CUT_MS=1000 # the promise, from the change of the file to the last beat
modprobe -q nf_conntrack 2>/dev/null || true
PROTOCOLS="tcp udp icmp sctp"
[ -e /proc/sys/net/netfilter/nf_conntrack_sctp_timeout_established ] || PROTOCOLS="tcp udp icmp"
EACH=$(($(wc -w <<<"$PROTOCOLS") * 2)) # streams of a client to a server, of both families

# shellcheck disable=SC2120 # tap_ok passes them
bring_up() {
	lab_up
	lab_pod n1 default/server app=server
	lab_pod n1 default/friend app=friend
	lab_pod n1 default/near app=other
	lab_pod n1 default/caller app=caller
	lab_pod n2 default/far app=other
	lab_pod n2 default/far-friend app=friend
	"${start:-lab_agent_start}" n1 "$@"
	"${start:-lab_agent_start}" n2 "$@"
	let_ping default/friend default/near default/caller default/far default/far-friend x n1
}

# Its users may have sockets that send ICMP echoes.
let_ping() {
	local who
	for who; do
		lab_sysctl "$(lab_ns "$who")" "net/ipv4/ping_group_range=0 0"
	done
}

# As kube-proxy has it on every node; what is of the world or goes there comes from the node.
services() {
	local node
	for node in n1 n2; do
		lab_exec $node nft -f - <<-END
			table inet service {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					ip daddr $SERVER4 counter dnat ip to $(lab_ip4 default/server)
					ip6 daddr $SERVER6 counter dnat ip6 to $(lab_ip6 default/server)
					ip daddr $HOST4 counter dnat ip to $(lab_ip4 x)
					ip6 daddr $HOST6 counter dnat ip6 to $(lab_ip6 x)
					ip daddr $FRIEND4 counter dnat ip to $(lab_ip4 default/far-friend)
					ip6 daddr $FRIEND6 counter dnat ip6 to $(lab_ip6 default/far-friend)
				}
				chain postrouting {
					type nat hook postrouting priority srcnat - 1;
					ip saddr $(lab_ip4 x) ct status dnat counter masquerade
					ip6 saddr $(lab_ip6 x) ct status dnat counter masquerade
					ip daddr $(lab_ip4 x) counter masquerade
					ip6 daddr $(lab_ip6 x) counter masquerade
				}
			}
		END
	done
	ip -n "$(lab_ns x)" route add $SERVER4 via "$(lab_ip4 n1)"
	ip -n "$(lab_ns x)" route add $SERVER6 via "$(lab_ip6 n1)"
}

bring_up_translating() {
	bring_up "$@"
	services
}

# A Service: of the server, of a host outside, of a friend on the other node.
SERVER4=10.96.0.1 SERVER6=fd00:10:96::1
HOST4=10.96.0.2 HOST6=fd00:10:96::2
FRIEND4=10.96.0.3 FRIEND6=fd00:10:96::3

# streams_between NAME FROM TO PORT [IPV4 IPV6]: of every protocol and both families; the addresses are those of a Service.
streams_between() {
	local proto from to
	from=$(lab_ns "$2")
	to=$(lab_ns "$3")
	for proto in $PROTOCOLS; do
		echo "$1-${proto}4=$from,$(lab_ip4 "$2"),$to,$(lab_ip4 "$3"),$4/$proto${5:+,$5}"
		echo "$1-${proto}6=$from,$(lab_ip6 "$2"),$to,$(lab_ip6 "$3"),$4/$proto${6:+,$6}"
	done
}

# Connections of everybody to the server.
streams() {
	local port=6000
	streams_between friend default/friend default/server $((port++))
	streams_between far-friend default/far-friend default/server $((port++))
	streams_between near default/near default/server $((port++))
	streams_between far default/far default/server $((port++))
	streams_between x x default/server $((port++))
	streams_between n1 n1 default/server $((port++))
}

# Connections to Services, and one that is masqueraded alone.
translated_streams() {
	local port=6000
	streams_between friend default/friend default/server $((port++)) $SERVER4 $SERVER6
	streams_between far-friend default/far-friend default/server $((port++)) $SERVER4 $SERVER6
	streams_between near default/near default/server $((port++)) $SERVER4 $SERVER6
	streams_between far default/far default/server $((port++)) $SERVER4 $SERVER6
	streams_between x x default/server $((port++)) $SERVER4 $SERVER6
	streams_between caller-friend default/caller default/far-friend $((port++)) $FRIEND4 $FRIEND6
	streams_between caller-x default/caller x $((port++)) $HOST4 $HOST6
	streams_between caller-masqueraded default/caller x $((port++))
}

# said PATTERN COUNT: so many lines of the streams match an extended regular expression.
said() {
	[ "$(grep -cE -- "$1" "$LAB_DIR/streams")" -eq "$2" ]
}

begin_streams() {
	local all tool
	tool=$(lab_tool stream)
	mapfile -t all < <("${1:-streams}")
	"$tool" "${all[@]}" >"$LAB_DIR/streams" 2>&1 &
	stream=$!
}

are_open() {
	wait_for 3000 said ' open$' $((${1:-6} * EACH)) || { cat "$LAB_DIR/streams" && false; }
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
	wait_for $((CUT_MS + 200)) said '^(near|far|x)-.* stalled$' $((3 * EACH)) || { cat "$LAB_DIR/streams" && false; }
}

# $1 of the streams have stalled, and these are all of them half a second later.
others_go_on() {
	sleep 0.5
	[ "$(grep -c stalled "$LAB_DIR/streams")" -eq "$1" ] || { cat "$LAB_DIR/streams" && false; }
}

stay_cut() {
	sleep 0.5
	not grep -q ' alive$' "$LAB_DIR/streams"
}

# Every rule of n1 that translates has seen packets.
are_translated() {
	are_open 8
	not grep 'packets 0 ' < <(lab_exec n1 nft list table inet service)
}

# Nothing is left to the server but its friends, and to the caller but its own.
only_friends_both_ways() {
	lab_put caller.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: caller, namespace: default}
		spec:
		  podSelector: {matchLabels: {app: caller}}
		  policyTypes: [Egress]
		  egress:
		  - to:
		    - podSelector: {matchLabels: {app: friend}}
	END
	only_friends
}

DENIED='(near|far|x|caller-x|caller-masqueraded)'

# is_cut PROTOCOL: those of five pairs and both families stall.
is_cut() {
	case " $PROTOCOLS " in
	*" $1 "*) ;;
	*) echo "this kernel does not track $1" && exit 77 ;;
	esac
	wait_for $((CUT_MS + 200)) said "^$DENIED-$1[46] stalled\$" 10 || { cat "$LAB_DIR/streams" && false; }
}

# All that was sent came back, but for what was under way at the end; TCP repeats what is lost and says as many as it likes.
nothing_is_lost() {
	awk -v each=$EACH '
		/^(friend|far-friend|caller-friend)-.* beats / {
			seen++
			if ($3 < 20 || ($1 !~ /-tcp/ && $5 - $3 > 20)) { print; bad = 1 }
		}
		END { exit bad || seen != 3 * each }' "$LAB_DIR/streams" || { cat "$LAB_DIR/streams" && false; }
}

translated_go_on_without() {
	change only_friends_both_ways
	sleep 1
	not grep stalled "$LAB_DIR/streams"
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
	# An echo has no ports, and no reply that could revive it.
	[ "$four" -eq $((3 * (EACH / 2 - 1))) ] && [ "$six" -eq "$four" ] || { echo "$four and $six flows" && false; }
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
	wait_for $((CUT_MS + 200)) said '^far-friend-.* stalled$' $EACH || { cat "$LAB_DIR/streams" && false; }
}

# What is allowed again can go on: TCP sends its last byte again.
allowed_again() {
	rm "$LAB_MANIFESTS/only-friends.yaml"
	wait_for 10000 said ' alive$' $((4 * EACH)) || { cat "$LAB_DIR/streams" && false; }
}

# Known bad: without the look through connections they all go on, so that the test above sees what it claims to.
go_on_without() {
	only_friends
	sleep 1
	not grep -q stalled "$LAB_DIR/streams"
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
case $PROTOCOLS in
*sctp) ;;
*) tap_skip "A7: SCTP without NAT" "this kernel does not track SCTP" ;;
esac
tap_ok "A7: a new policy cuts those that it denies within ${CUT_MS} ms" cut_in_time
tap_ok "A7, A8: those of the server's node and of who is allowed go on" others_go_on $((3 * EACH))
tap_ok "what is cut stays cut" stay_cut
tap_ok "an agent that starts anew leaves in the table what was cut" restart
tap_ok "and it stays cut" stay_cut
tap_ok "A7: a label that goes takes the pod's connections with it" relabel
tap_ok "the others go on" others_go_on $((4 * EACH))
tap_ok "without the policy they may go on again" allowed_again
end_streams
lab_down
tap_ok "a lab whose agents keep connections comes up" bring_up --keep-established
begin_streams
tap_ok "connections of everybody to the server are open again" are_open
tap_ok "known bad: with --keep-established the denied ones go on" go_on_without
end_streams
lab_down
tap_ok "a lab with agents and Services comes up" bring_up_translating
begin_streams translated_streams
tap_ok "connections to Services and to the world are open, through every translation" are_translated
only_friends_both_ways
tap_ok "A7: TCP through NAT is cut, in and out" is_cut tcp
tap_ok "A7: UDP through NAT is cut, in and out" is_cut udp
tap_ok "A7: ICMP echoes through NAT are cut, in and out" is_cut icmp
tap_ok "A7: SCTP through NAT is cut, in and out" is_cut sctp
tap_ok "A7, A8: through the same NAT, what is allowed goes on" others_go_on $((5 * EACH))
tap_ok "and what is cut stays cut behind NAT" stay_cut
end_streams
tap_ok "A8: of what is allowed nothing is lost" nothing_is_lost
lab_down
tap_ok "a lab with Services whose agents keep connections comes up" bring_up_translating --keep-established
begin_streams translated_streams
tap_ok "connections to Services and to the world are open again" are_translated
tap_ok "known bad: with --keep-established all of them go on" translated_go_on_without
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
