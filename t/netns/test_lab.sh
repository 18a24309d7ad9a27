#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is the lab what it claims to be?  Everybody reaches everybody in it, and probe and flood tell what a filter does.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

reason=$(lab_missing) || tap_skip_all "$reason"
trap lab_down EXIT

PODS="default/a default/b other/c default/d default/e other/f"

bring_up() {
	lab_up
	lab_world world 198.51.100.10 2001:db8::10
	lab_pod n1 default/a app=a port:http=8080 "quoted=it's"
	lab_pod n1 default/b app=b
	lab_pod n1 other/c app=c
	lab_pod n2 default/d app=d
	lab_pod n2 default/e
	lab_pod n2 other/f app=f port:dns=53/UDP
}

# Questions of everybody to everybody with the protocols of $1 and port $2.
everybody() {
	local from to proto
	for proto in $1; do
		for from in $PODS x n1 n2; do
			for to in $PODS x n1 n2; do
				echo "$from $to $proto $2"
			done
		done
	done
}

# all_are ANSWER COUNT OPTION...: probe's answers to standard input.
all_are() {
	local want=$1 count=$2 answers
	shift 2
	answers=$(lab_probe -v "$@") || return 1
	printf '%s\n' "$answers" | grep -v "^$want " && return 1
	[ "$(printf '%s\n' "$answers" | wc -l)" -eq "$count" ]
}

everybody_reaches_everybody() {
	everybody "$1" 7000 | all_are allowed "$2"
}

real_connections_work() {
	everybody "tcp udp icmp" 7001 | all_are allowed 486 -c
}

# A rule on both nodes, as a policy of one port would be.
drop_port() {
	local node
	for node in n1 n2; do
		lab_exec "$node" nft -f - <<-END
			table inet test {
				chain forward {
					type filter hook forward priority 0;
					ip daddr $(lab_ip4 default/b) tcp dport 7002 drop
					ip6 daddr $(lab_ip6 default/b) tcp dport 7002 drop
				}
			}
		END
	done
}

undo_drop() {
	local node
	for node in n1 n2; do
		lab_exec "$node" nft delete table inet test
	done
}

# default/a is beside default/b, default/d on the other node, x outside.
dropped_questions() {
	printf '%s default/b tcp 7002\n' default/a default/d x
}

passing_questions() {
	printf '%s default/b tcp 7003\n' default/a default/d x
	printf '%s default/b udp 7002\n' default/a default/d x
	printf '%s default/b sctp 7002\n' default/a default/d x
	printf '%s default/b icmp 7002\n' default/a default/d x
	printf '%s default/e tcp 7002\n' default/a default/d x
	printf '%s tcp 7002\n' 'default/b default/a' 'default/b default/b' 'n1 default/b'
}

only_the_dropped_port_is_denied() {
	drop_port
	passing_questions | all_are allowed 36
	dropped_questions | all_are denied 6
	undo_drop
	dropped_questions | all_are allowed 6
}

only_the_dropped_port_is_denied_to_connections() {
	drop_port
	passing_questions | grep -v sctp | all_are allowed 30 -c
	dropped_questions | all_are denied 6 -c
	undo_drop
}

# New means new: what was allowed a moment ago must be asked of the rules again, not of conntrack.
an_asked_question_is_new_again() {
	local node
	everybody "tcp udp sctp icmp" 7004 | all_are allowed 648
	for node in n1 n2; do
		lab_exec "$node" nft 'table inet test {
			chain forward { type filter hook forward priority 0; ct state established,related accept; drop; }
		}'
	done
	printf '%s 7004\n' "default/a default/b "{tcp,udp,sctp,icmp} "x other/f "{tcp,udp,sctp,icmp} |
		all_are denied 16
	undo_drop
}

a_control_that_fails_is_told() {
	local status=0
	drop_port
	echo "default/a default/b tcp 7002 must" | lab_probe >/dev/null 2>&1 || status=$?
	undo_drop
	[ "$status" = 1 ]
}

hosts_of_the_world_reach_pods() {
	printf '%s 80\n' "world default/a "{tcp,udp,sctp,icmp} "world other/f "{tcp,udp,sctp,icmp} |
		all_are allowed 16
	printf '%s 80\n' "default/a world "{tcp,udp,sctp,icmp} "other/f world "{tcp,udp,sctp,icmp} |
		all_are allowed 16
}

# Pods are seen as themselves in the cluster and as their node outside: what is not would be dropped here.
leaving_traffic_is_masqueraded() {
	lab_exec n1 nft 'table inet test {
		chain out {
			type filter hook postrouting priority 300;
			oifname "eth0" ip saddr 10.244.0.0/16 drop
			oifname "eth0" ip6 saddr fd00:10:244::/48 drop
		}
	}'
	printf 'default/a x %s 80\n' tcp udp sctp icmp | all_are allowed 8
	lab_exec n2 nft "table inet test {
		chain in {
			type filter hook prerouting priority -300;
			iifname flannel.1 ip saddr != $(lab_ip4 default/a) drop
			iifname flannel-v6.1 ip6 saddr != $(lab_ip6 default/a) drop
		}
	}"
	printf 'default/a default/d %s 80\n' tcp udp sctp icmp | all_are allowed 8
	printf 'default/b default/d %s 80\n' tcp udp sctp icmp | all_are denied 8
	undo_drop
}

manifests_say_what_there_is() {
	local file=$LAB_MANIFESTS/pod-other.f.yaml
	grep -q '^  nodeName: n2$' "$file"
	grep -q "^  - ip: $(lab_ip6 other/f)\$" "$file"
	grep -q '^  phase: Running$' "$file"
	grep -q '^      protocol: UDP$' "$file"
	grep -qF "'quoted': 'it''s'" "$LAB_MANIFESTS/pod-default.a.yaml"
	grep -q "'kubernetes.io/metadata.name': 'other'" "$LAB_MANIFESTS/namespace-other.yaml"
	[ "$(lab_pods | wc -l)" = 6 ]
}

a_pod_goes_and_its_address_comes_back() {
	local old
	old=$(lab_ip4 default/e)
	lab_pod_del default/e
	[ ! -e "$LAB_MANIFESTS/pod-default.e.yaml" ]
	lab_pod n2 default/e2 "ip:$old" >/dev/null
	[ "$(lab_ip4 default/e2)" = "$old" ]
	echo default/a default/e2 tcp 80 must | lab_probe >/dev/null
}

# figure NAME WORD: the number after WORD in flood's line for NAME.
figure() {
	sed -n "s/^$1 sent .*$2 \([0-9]*\).*/\1/p; s/^$1 $2 \([0-9]*\).*/\1/p" "$LAB_DIR/flood" | head -n 1
}

flood_tells_a_cut_from_a_loss() {
	lab_exec n2 nft "table inet test {
		chain forward { type filter hook forward priority 0; ip daddr $(lab_ip4 default/d) udp dport 9 drop; }
	}"
	"$(lab_tool flood)" -r 10 -t 1 \
		"cut=$(lab_ns default/a),$(lab_ip4 default/a),$(lab_ns default/d),$(lab_ip4 default/d),9" \
		"open=$(lab_ns default/a),$(lab_ip4 default/a),$(lab_ns default/d),$(lab_ip4 default/d),10" \
		>"$LAB_DIR/flood" &
	sleep 0.5
	lab_exec n1 nft "table inet test {
		chain forward { type filter hook forward priority 0; udp dport 10 drop; }
	}"
	lab_exec n1 nft delete table inet test
	wait $!
	lab_exec n2 nft delete table inet test
	cat "$LAB_DIR/flood"
	[ "$(figure cut sent)" -gt 5000 ]
	[ "$(figure cut received)" = 0 ]
	[ "$(figure open lost)" -gt 0 ]
	[ "$(figure open lost)" -lt 2000 ]
	[ "$(figure open overflow)" = 0 ]
	grep -q '^gap open' "$LAB_DIR/flood"
}

nothing_is_left() {
	lab_down
	lab_down
	[ ! -e "$LAB_DIR" ] && ! ip netns list | grep -q "^$LAB-"
}

tap_ok "the lab comes up" bring_up
tap_ok "manifests say what there is" manifests_say_what_there_is
for proto in tcp udp sctp icmp; do
	tap_ok "everybody reaches everybody by $proto" everybody_reaches_everybody "$proto" 162
done
tap_ok "everybody can connect to everybody" real_connections_work
tap_ok "hosts of the world reach pods and pods reach them" hosts_of_the_world_reach_pods
tap_ok "only what leaves the cluster is masqueraded" leaving_traffic_is_masqueraded
tap_ok "probe says denied for the dropped port and for nothing else" only_the_dropped_port_is_denied
tap_ok "connections say the same" only_the_dropped_port_is_denied_to_connections
tap_ok "a question asked again is a new connection" an_asked_question_is_new_again
tap_ok "a control that fails is told" a_control_that_fails_is_told
tap_ok "flood tells a cut from a loss" flood_tells_a_cut_from_a_loss
tap_ok "a pod goes and its address comes back" a_pod_goes_and_its_address_comes_back
tap_ok "nothing is left" nothing_is_left
tap_done
