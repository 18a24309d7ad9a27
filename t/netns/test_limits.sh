#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is large or long is enforced in full: blocks, ports, policies and names by the most of them (E2, E5, C9, C11, D2), in a
# real kernel.  And where something has a limit, what does not fit is said.  Known bad is a kernel that holds a little less.
#
#	BLOCKS=1000000 t/netns/test_limits.sh
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=t/netns/tools.sh
. "$here/tools.sh"
# shellcheck source=t/netns/lab.sh
. "$here/lab.sh"
# shellcheck source=t/tap.sh
. "$here/../tap.sh"

BLOCKS=${BLOCKS:-100000}
PORTS=10000
POLICIES=${POLICIES:-70000}
SAMPLES=40
PATIENCE=300000 # milliseconds
FLOWS=65536 # FACT_TRANSIENT_MAX

reason=$(lab_missing) || tap_skip_all "$reason"
tools_build entries facts
trap lab_down EXIT

bring_up() {
	lab_up n1
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/friend app=friend
	lab_pod n1 shop/other app=other
	lab_pod n1 shop/free app=free
	lab_agent_start n1
}

# head_of NAME: the first lines of a policy for shop/db.
head_of() {
	printf -- '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: shop}\n' "$1"
	printf 'spec:\n  podSelector: {matchLabels: {app: db}}\n'
}

many_blocks() {
	head_of blocks
	printf '  ingress:\n  - from:\n'
	printf '    - ipBlock: {cidr: %s/%s}\n' "$(lab_ip4 shop/friend)" 32 "$(lab_ip6 shop/friend)" 128
	seq 0 2 $((2 * BLOCKS - 2)) | nth_address | sed 's/.*/    - ipBlock: {cidr: &\/32}/'
}

# Numbers become addresses of 11.0.0.0/8: even ones are blocks, odd ones are not.
nth_address() {
	awk '{ printf "11.%d.%d.%d\n", $1 / 65536, $1 / 256 % 256, $1 % 256 }'
}

# Blocks from the first to the last, by chance in between, and the addresses behind them: "allowed ADDRESS" or "denied ADDRESS".
samples() {
	awk -v blocks="$BLOCKS" -v n=$((SAMPLES / 2)) 'BEGIN {
		srand(blocks)
		for (i = 0; i < n; i++) {
			nth = i == 0 ? 0 : i == 1 ? blocks - 1 : int(rand() * blocks)
			print 2 * nth "\n" 2 * nth + 1
		}
	}' | sort -nu | nth_address | awk '{ print $1 ~ /[02468]$/ ? "allowed" : "denied", $1 }'
}

many_ports() {
	head_of ports
	printf '  ingress:\n  - ports:\n'
	seq 1 2 $((2 * PORTS - 1)) | sed 's/.*/    - {port: &}/'
}

# Each admits one address at one port, the last of them the friend.
many_policies() {
	seq 1 "$POLICIES" | awk -v friend="$(lab_ip4 shop/friend)" -v last="$POLICIES" '{
		print "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p" $1 ", namespace: shop}"
		print "spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: " \
			($1 == last ? friend : sprintf("11.%d.%d.%d", $1 / 65536, $1 / 256 % 256, $1 % 256)) "/32}}]," \
			" ports: [{port: 80}]}]}"
	}'
}

# 253 bytes, in a namespace of 63.
long_name() {
	printf '%*s' "$1" '' | tr ' ' "$2"
}

# are ANSWER "FROM TO PORT"...: IPv4 and IPv6, TCP.
are() {
	local answer=$1
	shift
	printf '%s\n' "$@" | sed 's/ \([0-9]*\)$/ tcp \1/' | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(wc -l <"$LAB_DIR/answers")" = $((2 * $#)) ]
	not grep -v "^$answer " "$LAB_DIR/answers"
}

# put NAME COMMAND...: its output becomes a manifest that is in force when this returns.
put() {
	local name=$1 mark
	shift
	"$@" >"$LAB_DIR/new/$name"
	mark=$(lab_agent_mark n1)
	mv "$LAB_DIR/new/$name" "$LAB_MANIFESTS/$name"
	lab_agent_wait n1 "$mark" applied: "$PATIENCE"
	not grep degraded "$LAB_DIR/n1.log"
}

remove() {
	local mark
	mark=$(lab_agent_mark n1)
	rm "$LAB_MANIFESTS/$1"
	lab_agent_wait n1 "$mark" applied: "$PATIENCE"
	are allowed "shop/other shop/db 80"
}

# figures NAME: how long the last commit took, and what the agent takes.
figures() {
	{
		sed -n 's/.* applied: \(.* ms\);.*/\1/p' "$LAB_DIR/n1.log" | tail -n 1
		sed -n 's/^Vm\(HWM\|RSS\):[	 ]*/, \1 /p' "/proc/$(cat "$LAB_DIR/n1.pid")/status"
	} | tr -d '\n' >"$LAB_DIR/figures.$1"
}

blocks_are_enforced() {
	put blocks.yaml many_blocks
	settled n1
	figures blocks
	are allowed "shop/friend shop/db 80"
	are denied "shop/other shop/db 80" "shop/free shop/db 80"
	are allowed "shop/other shop/free 80"
	[ "$(grep -c '^element cidr4-' "$LAB_DIR/have.n1")" -ge "$BLOCKS" ]
}

# Of the world, by IPv4.
samples_are_decided() {
	samples >"$LAB_DIR/samples"
	sed 's/^[a-z]* \(.*\)/address add \1\/32 dev eth0/' "$LAB_DIR/samples" | ip -n "$(lab_ns x)" -b -
	sed "s/^[a-z]* \(.*\)/$(lab_ns x) \1 $(lab_ns shop/db) $(lab_ip4 shop/db) tcp 80/" "$LAB_DIR/samples" >"$LAB_DIR/questions"
	"$(lab_tool probe)" -v "$LAB_DIR/questions" 2>/dev/null | cut -d' ' -f1,3 | diff "$LAB_DIR/samples" -
	[ "$(grep -c '^allowed ' "$LAB_DIR/samples")" = "$(grep -c '^denied ' "$LAB_DIR/samples")" ]
}

# A block is gone from the kernel, whose table nobody owns for a while: does the comparison see that?
one_block_less_is_noticed() {
	local set mark
	lab_agent_stop n1
	set=$(sed -n "s/^element \\(cidr4-[^ ]*\\) $(lab_ip4 shop/friend)\\($\\| .*\\)/\\1/p" "$LAB_DIR/have.n1")
	lab_exec n1 nft delete element inet selvage "$set" "{ $(lab_ip4 shop/friend) }"
	not holds n1
	not are allowed "shop/friend shop/db 80"
	mark=$(lab_agent_mark n1)
	lab_exec_background n1 "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1
	lab_agent_wait n1 "$mark" ready: "$PATIENCE"
	settled n1
}

ports_are_enforced() {
	put ports.yaml many_ports
	settled n1
	are allowed "shop/other shop/db 1" "shop/other shop/db $((2 * PORTS - 1))" "shop/other shop/db 9999"
	are denied "shop/other shop/db 2" "shop/other shop/db $((2 * PORTS))" "shop/other shop/db 10000"
}

policies_are_enforced() {
	put policies.yaml many_policies
	settled n1
	printf '%s tcp 80\n' "shop/friend shop/db" "shop/other shop/db" | lab_probe -v 2>/dev/null | cut -d' ' -f1 | tr '\n' ' ' |
		tee /dev/stderr | grep -qx 'allowed denied denied denied '
}

# A pod and a policy of the longest names there are, beside those that differ in the last byte.
long_names_are_enforced() {
	local ns name
	ns=$(long_name 63 n)
	name=$(long_name 250 x)
	lab_pod_manifest n1 shop/free "$(lab_ip4 shop/free)" "$(lab_ip6 shop/free)" Running app=long
	sed -i "s/name: free/name: ${name}abc/; s/namespace: shop/namespace: $ns/" "$LAB_MANIFESTS/pod-shop.free.yaml"
	lab_namespace "$ns"
	change lab_put long.yaml <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: ${name}abc, namespace: $ns}
		spec: {podSelector: {matchLabels: {app: long}}, ingress: [{ports: [{port: 81}]}]}
		---
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: ${name}abd, namespace: $ns}
		spec: {podSelector: {matchLabels: {app: long}}, ingress: [{ports: [{port: 82}]}]}
	END
	settled n1
	are denied "shop/other shop/free 80"
	are allowed "shop/other shop/free 81" "shop/other shop/free 82"
	not grep degraded "$LAB_DIR/n1.log"
}

# Names that are keywords of nft, numbers, or have dots.
odd_names_are_enforced() {
	local name n=90
	for name in fwd drop 0 a.b xn--p1ai accept; do
		printf -- '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "%s", namespace: shop}\n' "$name"
		printf 'spec: {podSelector: {matchLabels: {app: other}}, ingress: [{ports: [{port: %d}]}]}\n' $((n++))
	done >"$LAB_DIR/new/odd.yaml"
	change mv "$LAB_DIR/new/odd.yaml" "$LAB_MANIFESTS/odd.yaml"
	settled n1
	are allowed "shop/friend shop/other 90" "shop/friend shop/other 92" "shop/friend shop/other 95"
	are denied "shop/friend shop/other 89" "shop/friend shop/other 96"
	change rm "$LAB_MANIFESTS/odd.yaml"
}

deny_all() {
	head_of deny
}

# cut_flows COUNT FROM: so many connections of such an address to shop/db are denied.
cut_flows() {
	lab_exec n1 "$(tool entries)" "$2" "$(lab_ip4 shop/db)" "$1"
	put deny.yaml deny_all
	wait_for 20000 grep -q " cut: $1 of " "$LAB_DIR/n1.log"
	remove deny.yaml
}

flows_up_to_the_limit() {
	cut_flows "$FLOWS" 172.18.0.1
	not grep 'too many connections' "$LAB_DIR/n1.log"
	[ "$(lab_exec n1 nft list set inet selvage cut4 | grep -o ' expires ' | wc -l)" = "$FLOWS" ]
}

one_flow_more_is_said() {
	cut_flows 1 172.19.0.1
	grep 'too many connections' "$LAB_DIR/n1.log"
}

tap_ok "a node comes up" bring_up
tap_ok "E2, E5: $BLOCKS blocks in one policy are enforced" blocks_are_enforced
echo "# $(cat "$LAB_DIR/figures.blocks")"
tap_ok "E2: of the world, blocks are admitted and the addresses between them are not" samples_are_decided
tap_ok "known bad: a block that the kernel does not hold is noticed" one_block_less_is_noticed
tap_ok "without them everybody is admitted" remove blocks.yaml
tap_ok "C9: $PORTS ports in one policy are enforced" ports_are_enforced
tap_ok "without it everybody is admitted" remove ports.yaml
tap_ok "C11: $POLICIES policies on one pod are enforced" policies_are_enforced
tap_ok "A17: without all of them everybody is admitted" remove policies.yaml
tap_ok "D2: names of 253 bytes are enforced" long_names_are_enforced
tap_ok "D4: odd names are enforced" odd_names_are_enforced
tap_ok "E5: all replies of $FLOWS connections that are cut are held off" flows_up_to_the_limit
tap_ok "E5: that one more is not is said" one_flow_more_is_said
tap_done
