#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of packets that no honest stack sends, and of a node on which others have rules?  Fragments, segments and
# errors that belong to nothing, router advertisements, other tables, marks; and which of it a pod's address opens.
# Without a table all of it arrives, or the test would see nothing.
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
tools_build facts probe stream
LAB_TOOLS=$BUILD/t/netns
trap lab_down EXIT

# db admits friends at port 80, UDP and TCP, and opens no connections.  evil and friend are on its node, far on the other.
bring_up() {
	lab_up
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/friend app=friend
	lab_pod n1 shop/evil app=evil
	lab_pod n2 shop/far app=friend
	lab_pod n2 shop/far-evil app=evil
	lab_put db.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop}
		spec:
		  podSelector: {matchLabels: {app: db}}
		  policyTypes: [Ingress, Egress]
		  ingress:
		  - from: [{podSelector: {matchLabels: {app: friend}}}]
		    ports: [{port: 80}, {port: 80, protocol: UDP}]
	END
	printf '%s icmp 1 must\n' "shop/evil shop/db" "shop/far-evil shop/db" "shop/friend shop/db" "shop/far shop/db" | lab_probe
	lab_agent_start n1
	lab_agent_start n2
}

# forge SCENE NAME=WHO...: the answers are in $LAB_DIR/forged.
forge() {
	local scene=$1 word who
	shift
	for word; do
		who=${word#*=}
		case $who in
		gateway) echo "${word%%=*}=$(lab_ns n1),10.244.1.1,fd00:10:244:1::1" ;;
		*) echo "${word%%=*}=$(lab_ns "$who"),$(lab_ip4 "$who"),$(lab_ip6 "$who")" ;;
		esac
	done | xargs python3 "$here/forge.py" "$scene" >"$LAB_DIR/forged"
	cat "$LAB_DIR/forged"
	[ -s "$LAB_DIR/forged" ]
}

# none PATTERN, some PATTERN: of the tags that match, no packet was seen, or every tag was.
none() {
	grep -qE "^($1)! " "$LAB_DIR/forged"
	not grep -E "^($1)! .* seen [1-9]" "$LAB_DIR/forged"
}

some() {
	grep -qE "^($1)! " "$LAB_DIR/forged"
	not grep -E "^($1)! .* seen 0$" "$LAB_DIR/forged"
}

# without_table COMMAND...: on both nodes; the agents put it back.
without_table() {
	local node status=0
	for node in n1 n2; do
		lab_agent_stop "$node"
		lab_exec "$node" "$SELVAGE" cleanup
	done
	"$@" || status=$?
	lab_agent_start n1
	lab_agent_start n2
	return "$status"
}

strays_are_dropped() {
	local who
	for who in shop/evil shop/far-evil; do
		forge strays from="$who" to=shop/db
		none '.*'
	done
}

# Without a table they arrive, so that it is the table that drops them.
strays_would_arrive() {
	forge strays from=shop/evil to=shop/db
	some '.*'
}

echoes_are_dropped() {
	local who
	for who in shop/evil shop/far-evil shop/friend shop/far x; do
		forge echoes from="$who" to=shop/db
		none '.*'
		forge echoes from=shop/db to=shop/evil
		none '.*'
	done
}

echoes_would_arrive() {
	forge echoes from=shop/evil to=shop/db
	some '.*'
}

# A friend in pieces: only what is whole and for port 80 arrives.
pieces_keep_the_port() {
	local who
	for who in shop/friend shop/far; do
		forge pieces from="$who" to=shop/db
		none '.*-81'
		none 'tail-.*'
		some '(inorder|reversed)-[46]-80'
	done
	forge pieces from=shop/evil to=shop/db
	none '.*'
}

# The same pieces to a port that is open: those that a kernel takes.
pieces_would_arrive() {
	forge pieces from=shop/friend to=shop/db
	some '(inorder|reversed)-[46]-8[01]'
	some '(options|atomic)-6-8[01]'
}

errors_about_nothing_are_dropped() {
	local who
	for who in shop/evil shop/far-evil x; do
		forge errors from="$who" to=shop/db peer=shop/far
		none '.*'
	done
}

errors_would_arrive() {
	forge errors from=shop/evil to=shop/db peer=shop/far
	some 'error-4-3-4'
}

link_is_quiet() {
	ip -n "$(lab_ns n1)" -6 route >"$LAB_DIR/routes"
	ip -n "$(lab_ns shop/friend)" -6 route >>"$LAB_DIR/routes"
	forge neighbours from=shop/evil to=shop/friend
	none '(advertisement|redirect|echo)-.*'
	{
		ip -n "$(lab_ns n1)" -6 route
		ip -n "$(lab_ns shop/friend)" -6 route
	} | cmp - "$LAB_DIR/routes"
}

link_would_not_be() {
	forge neighbours from=shop/evil to=shop/friend
	some '(advertisement|redirect|echo)-all'
}

# Nobody is admitted with another's address, be it that of a friend, here or on the other node.
addresses_are_ones_own() {
	local who
	for who in shop/evil shop/far-evil; do
		forge spoof from="$who" to=shop/db node=n1 other-node=n2 gateway=gateway x=x own=shop/evil friend=shop/friend far=shop/far
		none '.*'
	done
	forge spoof from=shop/friend to=shop/db friend=shop/friend far=shop/far
	some 'friend-[46]'
	none 'far-[46]'
}

# Whose address a packet carries decides, if nothing sees to it that it is the sender's.
addresses_would_decide() {
	lab_agent_stop n1
	lab_agent_start n1 --forged-sources allow
	wait_for 5000 not lab_exec n1 nft list table netdev selvage
	forge spoof from=shop/evil to=shop/db node=n1 other-node=n2 gateway=gateway x=x own=shop/evil friend=shop/friend far=shop/far
	none '(node|other-node|gateway|x|own)-[46]'
	some '(friend|far)-[46]'
	lab_agent_stop n1
	lab_agent_start n1
}

# Where is the address?  Everybody says so of his own.
nobody_is_another() {
	forge claims from=shop/evil to=shop/friend db=shop/db gateway=gateway
	none '(db|gateway)-.*'
	some 'own-.*'
}

others_would_be_believed() {
	forge claims from=shop/evil to=shop/friend db=shop/db gateway=gateway
	some '.*'
	ip -n "$(lab_ns shop/friend)" neigh flush all # which believes it
}

spoofs_would_arrive() {
	forge spoof from=shop/evil to=shop/db node=n2 x=x own=shop/evil friend=shop/friend
	some '.*'
}

# The first packet of each flow is from db, which may open none.
poison_is_dropped() {
	forge poison from=shop/evil to=shop/db
	none '.*'
	forge poison from=shop/far-evil to=shop/db
	none '.*'
}

poison_would_work() {
	forge poison from=shop/evil to=shop/db
	some '.*'
}

protocols_are_dropped() {
	forge protocols from=shop/evil to=shop/db
	none '.*'
	forge protocols from=shop/friend to=shop/db
	none '.*'
	printf '%s sctp 80\n' "shop/friend shop/db" "shop/evil shop/db" | lab_probe -v | not grep allowed
}

protocols_would_arrive() {
	forge protocols from=shop/evil to=shop/db
	some '.*'
}

# are ANSWER "FROM TO PROTO PORT"...
are() {
	local answer=$1
	shift
	printf '%s\n' "$@" | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(wc -l <"$LAB_DIR/answers")" = $((2 * $#)) ]
	not grep -v "^$answer " "$LAB_DIR/answers"
}

all_is_as_it_should_be() {
	are allowed "shop/friend shop/db tcp 80" "shop/far shop/db udp 80" "n1 shop/db tcp 80" "shop/evil shop/friend tcp 9"
	are denied "shop/evil shop/db tcp 80" "shop/friend shop/db tcp 81" "shop/far-evil shop/db udp 80" "shop/db shop/friend tcp 80" \
		"shop/friend shop/db icmp 1" "n2 shop/db tcp 80" "x shop/db udp 80"
}

# Base chains of others, in all three families, at every hook and many priorities, which accept everything and set marks.
foreign_rules() {
	local family hook priority n=0
	for family in inet ip ip6; do
		echo "table $family foreign {"
		for hook in prerouting forward postrouting; do
			for priority in -400 -300 -200 -150 -100 -5 -1 0 1 2 50 100 300; do
				n=$((n + 1))
				echo "chain c$n { type filter hook $hook priority $priority; policy accept;"
				echo "meta mark set $((0x10000 * n + 0x4000 * (n % 2))); accept; }"
			done
		done
		echo "}"
	done
}

# Sets both marks before our chains, and counts behind them who has another.
marking_rules() {
	cat <<-END
		table inet marks {
			chain before { type filter hook forward priority -1; meta mark set 0x1234567; ct state { new, established, related } ct mark set 0x5e1; }
			chain after {
				type filter hook forward priority 2;
				meta mark != 0x1234567 counter name changed
				ct state { new, established, related } ct mark != 0x5e1 counter name changed
				counter name passed
			}
			counter changed { }
			counter passed { }
		}
	END
}

foreign_tables_change_nothing() {
	foreign_rules | lab_exec n1 nft -f -
	all_is_as_it_should_be
	lab_exec n1 nft delete table inet foreign
	lab_exec n1 nft delete table ip foreign
	lab_exec n1 nft delete table ip6 foreign
}

marks_are_left_alone() {
	marking_rules | lab_exec n1 nft -f -
	all_is_as_it_should_be
	lab_exec n1 nft list counters table inet marks >"$LAB_DIR/marks"
	cat "$LAB_DIR/marks"
	grep -A 1 'counter changed' "$LAB_DIR/marks" | grep 'packets 0 '
	grep -A 1 'counter passed' "$LAB_DIR/marks" | grep 'packets [1-9]'
	lab_exec n1 nft delete table inet marks
}

# iptables beside us: its rules accept what they like, ours decide all the same.
iptables_changes_nothing() {
	local tool
	for tool in iptables-nft ip6tables-nft; do
		lab_exec n1 "$tool" -I FORWARD -j ACCEPT
		lab_exec n1 "$tool" -t mangle -I PREROUTING -j MARK --set-mark 0x4000/0x4000
	done
	all_is_as_it_should_be
	for tool in iptables-nft ip6tables-nft; do
		lab_exec n1 "$tool" -F FORWARD
		lab_exec n1 "$tool" -t mangle -F PREROUTING
	done
}

# Who sees to it that no connection is tracked takes the replies away from what is allowed, and opens nothing.
notrack_opens_nothing() {
	lab_exec n1 nft 'table inet theirs { chain c { type filter hook prerouting priority raw; notrack; }; }'
	are denied "shop/evil shop/db tcp 80" "shop/friend shop/db tcp 81" "shop/db shop/friend tcp 80"
	status_says 'not tracked: another table says notrack'
	lab_exec n1 nft delete table inet theirs
	all_is_as_it_should_be
}

# status_says TEXT: within two seconds, as a reason, and the node is ready all the same.
status_says() {
	local tries=20
	until lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json | jq -e --arg text "$1" '.degraded[] | select(contains($text))'; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ]
		sleep 0.1
	done
}

# Neighbours find each other by packets that are never tracked, and nobody is blamed for them.
tracked_is_not_blamed() {
	local pod
	for pod in shop/friend shop/evil; do
		ip -n "$(lab_ns "$pod")" neigh flush all
	done
	all_is_as_it_should_be
	sleep 0.6
	lab_exec n1 "$SELVAGE" status --socket "$LAB_DIR/n1.sock" -o json | jq -e '.degraded == []'
	[ "$(untracked)" = 0 ]
}

untracked() {
	lab_exec n1 nft list counter inet selvage untracked | awk '$1 == "packets" { print $2 }'
}

# With the packet that a table of theirs lets go untracked, of either end and each family.
notrack_is_counted() {
	local before
	lab_exec n1 nft 'table inet theirs { chain c { type filter hook prerouting priority raw; notrack; }; }'
	for pair in 'shop/evil shop/friend tcp 9' 'shop/far shop/db udp 80' 'shop/db shop/friend tcp 80'; do
		before=$(untracked)
		printf '%s\n' "$pair" | lab_probe >/dev/null 2>&1 || true
		echo "$pair: $before, then $(untracked)"
		[ "$(untracked)" -gt "$before" ]
	done
	lab_exec n1 nft delete table inet theirs
	before=$(untracked)
	all_is_as_it_should_be
	[ "$(untracked)" = "$before" ]
}

# The chain that counts is emptied: packets go on untracked, and nobody is told.
notrack_goes_unnoticed() {
	local before
	lab_agent_stop n1
	lab_exec n1 nft flush chain inet selvage untracked
	lab_exec n1 nft 'table inet theirs { chain c { type filter hook prerouting priority raw; notrack; }; }'
	before=$(untracked)
	printf 'shop/evil shop/friend tcp 9\n' | lab_probe >/dev/null 2>&1 || true
	[ "$(untracked)" = "$before" ]
	lab_exec n1 nft delete table inet theirs
	lab_agent_start n1
}

# The way to the far pod narrows, and db may open nothing: what tells its stack so must reach it all the same.
wide_segments_get_through() {
	ip -n "$(lab_ns n1)" link set flannel.1 mtu 1300
	ip -n "$(lab_ns n1)" link set flannel-v6.1 mtu 1290
	python3 "$here/transfer.py" "$(lab_ns shop/far)" "$(lab_ns shop/db)" "$(lab_ip4 shop/db)" 80
	python3 "$here/transfer.py" "$(lab_ns shop/far)" "$(lab_ns shop/db)" "$(lab_ip6 shop/db)" 80
	ip -n "$(lab_ns shop/db)" route get "$(lab_ip4 shop/far)" | grep 'mtu 1300'
	ip -n "$(lab_ns shop/db)" route get "$(lab_ip6 shop/far)" | grep 'mtu 1290'
	ip -n "$(lab_ns n1)" link set flannel.1 mtu 1450
	ip -n "$(lab_ns n1)" link set flannel-v6.1 mtu 1430
}

# db has no IPv6 address as far as the cluster knows, then it has, then it has no IPv4 address.
families_come_and_go() {
	local file=$LAB_MANIFESTS/pod-shop.db.yaml ip4 ip6
	ip4=$(lab_ip4 shop/db)
	ip6=$(lab_ip6 shop/db)
	cp "$file" "$LAB_DIR/whole"
	change sed -i "/  - ip: $ip6/d" "$file"
	settled n1
	db_is 'denied allowed'
	change cp "$LAB_DIR/whole" "$file"
	settled n1
	db_is 'denied denied'
	change sed -i "/ip: $ip4\$/Id; s/podIP: .*/podIP: '$ip6'/" "$file"
	settled n1
	db_is 'allowed denied'
	change cp "$LAB_DIR/whole" "$file"
	settled n1
	db_is 'denied denied'
}

# db_is "IPV4 IPV6": what evil gets from it.
db_is() {
	printf 'shop/evil shop/db tcp 80\n' | lab_probe -v 2>/dev/null | cut -d' ' -f1 | xargs | tee /dev/stderr | grep -qx "$1"
}

tap_ok "two nodes with a guarded pod come up" bring_up
tap_ok "all is as it should be" all_is_as_it_should_be
tap_ok "B18: segments that belong to no connection open none" strays_are_dropped
tap_ok "known bad: without a table they arrive" without_table strays_would_arrive
tap_ok "B17: echoes do not slip past rules for other protocols" echoes_are_dropped
tap_ok "known bad: without a table they arrive" without_table echoes_would_arrive
tap_ok "B15: fragments and extension headers do not hide a port" pieces_keep_the_port
tap_ok "known bad: without a table they arrive" without_table pieces_would_arrive
tap_ok "B16: errors about no connection are dropped" errors_about_nothing_are_dropped
tap_ok "known bad: without a table they arrive" without_table errors_would_arrive
tap_ok "B16: a transfer goes on where the way narrows" wide_segments_get_through
tap_ok "B3: a pod advertises no router and redirects nobody" link_is_quiet
tap_ok "known bad: without a table others hear it" without_table link_would_not_be
tap_ok "B13: no address of another opens anything" addresses_are_ones_own
tap_ok "known bad: with --forged-sources allow a friend's does" addresses_would_decide
tap_ok "B13: nobody says that he is another, by ARP or as a neighbour" nobody_is_another
tap_ok "known bad: without a table he is believed" without_table others_would_be_believed
tap_ok "known bad: without a table every address does" without_table spoofs_would_arrive
tap_ok "B14: a flow forged in the name of who may open none is no way in" poison_is_dropped
tap_ok "known bad: without a table it is" without_table poison_would_work
tap_ok "B30: protocols that no policy names are dropped" protocols_are_dropped
tap_ok "known bad: without a table they arrive" without_table protocols_would_arrive
tap_ok "B26, E14: tables of others that accept everything change nothing" foreign_tables_change_nothing
tap_ok "E15: marks mean nothing to us and stay as they are" marks_are_left_alone
tap_ok "E13: rules of iptables change nothing" iptables_changes_nothing
tap_ok "B19: what is tracked, and neighbour discovery, is not blamed on anybody" tracked_is_not_blamed
tap_ok "B19: without tracking nothing opens, and status says why connections fail" notrack_opens_nothing
tap_ok "B19: packets that are not tracked are counted" notrack_is_counted
tap_ok "known bad: without the rules that count nobody is told" notrack_goes_unnoticed
tap_ok "B2: a family that comes late is enforced, and so is one alone" families_come_and_go
tap_done
