#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Are policies about pods and their ports behind Services too?  A real kube-proxy (iptables mode) translates, connections
# are made whole, and what becomes of them is what explain says of the packets as they are between the translations.
# shellcheck disable=SC2317 # tap_ok calls the functions
set -eu
# shellcheck source=t/e2e/cluster.sh
. "$(dirname "$0")/cluster.sh"
# shellcheck source=t/e2e/agents.sh
. "$CLUSTER_SOURCE/agents.sh"
# shellcheck source=t/e2e/agree.sh
. "$CLUSTER_SOURCE/agree.sh"
# shellcheck source=t/e2e/services.sh
. "$CLUSTER_SOURCE/services.sh"
# shellcheck source=t/tap.sh
. "$CLUSTER_SOURCE/../tap.sh"

reason=$(cluster_missing kube-apiserver kube-proxy) || tap_skip_all "$reason"
tools_build facts probe
for command in iptables ip6tables; do
	command -v $command >/dev/null || tap_skip_all "no $command command"
done
trap lab_down EXIT

# Who asks which Service by which address, and how its packets look where they are judged: at the asking pod's node they
# go to EGRESS-TO (`pod` is the backend at its own port, else what was asked), at the backend's node they come from SEEN.
# flannel:NODE is the address by which a node sends into the overlay; `never` is what kube-proxy itself refuses.
#
#	NAME FROM SERVICE BY EGRESS-TO SEEN
flows() {
	sed 's/#.*//' <<-END
		far shop/web far cluster pod shop/web # from the other node
		beside shop/tool far cluster pod shop/tool # over one bridge
		hairpin shop/far far cluster pod shop/far # a backend that asks for itself
		node-far n1 far cluster - flannel:n1
		node-own n2 far cluster - n2
		outside-other x far n1 - flannel:n1 # externalTrafficPolicy: Cluster, by the node that has no backend
		outside-own x far n2 - x # by the one that has
		outside-local x local n2 - x # externalTrafficPolicy: Local
		outside-nowhere x local n1 - never
		pod-own-node shop/web far n1 pod flannel:n1
		pod-other-node shop/web far n2 asked n1
		pod-other-local shop/web local n2 asked n1
		pod-own-local shop/web local n1 pod shop/web
	END
}


world_up() {
	cluster_up kube-apiserver
	account_up
	agents_prepare
	api_node n1
	api_node n2
	agent_pod n1
	agent_pod n2
	api_namespace shop
	api_pod n1 shop/web app=web
	api_pod n2 shop/tool app=tool
	api_pod n2 shop/far app=back
	service shop/far shop/far NodePort Cluster
	service shop/local shop/far NodePort Local
	proxies_up
	agent_start n1
	agent_start n2
}

# who_ip FAMILY WHO
who_ip() {
	case $1/$2 in
	v4/flannel:*) echo "10.244.${2#flannel:n}.0" ;;
	v6/flannel:*) echo "fd00:10:244:${2#flannel:n}::" ;;
	v4/*) lab_ip4 "$2" ;;
	v6/*) lab_ip6 "$2" ;;
	esac
}

# asked FAMILY PROTO SERVICE BY: the address and port that are asked.
asked() {
	if [ "$4" = cluster ]; then
		echo "$(service_address "$3" "$1") $([ "$2" = tcp ] && echo 80 || echo 53)"
	else
		echo "$(who_ip "$1" "$4") $(service_nodeport "$3" "$1" "$2")"
	fi
}

json_question() {
	printf '{"from":"%s","to":"%s","proto":"%s","port":%d}\n' "$@"
}

# flow_questions FAMILY PROTO NAME FROM SERVICE BY EGRESS-TO SEEN: to the files of all questions.
flow_questions() {
	local family=$1 proto=$2 from port own to toport
	from=$(who_ip "$family" "$4") own=$(who_ip "$family" shop/far)
	port=$([ "$proto" = tcp ] && echo 8080 || echo 5353)
	read -r to toport < <(asked "$family" "$proto" "$5" "$6")
	echo "$(lab_ns "$4") $from $(lab_ns shop/far) $to $proto $toport" >>"$LAB_DIR/ask.probe"
	echo "$3 $family $proto" >>"$LAB_DIR/ask.names"
	[ "$7" = asked ] || to=$own toport=$port
	json_question "$from" "$to" "$proto" "$toport" >>"$LAB_DIR/ask.egress"
	[ "$8" = never ] || from=$(who_ip "$family" "$8")
	json_question "$from" "$own" "$proto" "$port" >>"$LAB_DIR/ask.ingress"
}

# Somebody has to serve: a pod always reaches itself.
serving_questions() {
	local family ns ip
	ns=$(lab_ns shop/far)
	for family in v4 v6; do
		ip=$(who_ip $family shop/far)
		echo "$ns $ip $ns $ip tcp 8080 must"
		echo "$ns $ip $ns $ip udp 5353 must"
	done
}

# Questions of the flows of standard input.
questions() {
	local family proto line
	rm -f "$LAB_DIR"/ask.*
	while read -r line; do
		for family in v4 v6; do
			for proto in tcp udp; do
				# shellcheck disable=SC2086 # words
				flow_questions $family $proto $line
			done
		done
	done
	serving_questions >"$LAB_DIR/ask.serve"
}

# predict DIRECTION: "true" or "false" per question.  Where no policy is asked (a pod and itself, a node and its pods) both
# directions are what the whole is.
predict() {
	agree_selvage explain --batch "$LAB_DIR/ask.$1" -o json >"$LAB_DIR/explained" || [ $? = 1 ]
	sed -n -e '/"why":"policy"/!s/.*"verdict":"allowed".*/true/p' -e '/"why":"policy"/!s/.*"verdict":"denied".*/false/p' \
		-e "s/.*\"$1\":{[^{}]*\"allowed\":\([a-z]*\).*/\1/p" "$LAB_DIR/explained"
}

observe() {
	cat "$LAB_DIR/ask.probe" "$LAB_DIR/ask.serve" | "$(tool probe)" -c -w 700 | head -n "$(wc -l <"$LAB_DIR/ask.probe")"
}

# Does every connection fare as predicted?  The answers, "PREDICTED OBSERVED NAME FAMILY PROTO", stay in $LAB_DIR/answers.
flows_agree() {
	flows | questions
	predict egress >"$LAB_DIR/egress"
	predict ingress >"$LAB_DIR/ingress"
	observe >"$LAB_DIR/observed"
	paste -d ' ' "$LAB_DIR/egress" "$LAB_DIR/ingress" "$LAB_DIR/observed" "$LAB_DIR/ask.names" | awk '
		{ print $1 == "true" && $2 == "true" && $4 != "outside-nowhere" ? "allowed" : "denied", $3, $4, $5, $6 }
	' >"$LAB_DIR/answers"
	[ "$(wc -l <"$LAB_DIR/answers")" = $((4 * $(flows | wc -l))) ]
	cat "$LAB_DIR/answers" >>"$LAB_DIR/all"
	awk '$1 != $2' "$LAB_DIR/answers" | not grep .
}

# were VERDICT NAME...: in both families, by both protocols.
were() {
	local verdict=$1 name
	shift
	for name; do
		[ "$(grep -c "^$verdict $verdict $name v" "$LAB_DIR/answers")" = 4 ] && continue
		grep " $name v" "$LAB_DIR/answers"
		return 1
	done
}

# What the hook of n2 sees of new connections to the backend, before anybody judges them.
recorder_up() {
	lab_exec n2 nft -f - <<-END
		table inet seen {
			set v4 { type ipv4_addr . ipv4_addr; size 64; flags dynamic; }
			set v6 { type ipv6_addr . ipv6_addr; size 64; flags dynamic; }
			chain forward {
				type filter hook forward priority -10;
				ct state != new accept
				th dport { 8080, 5353 } update @v4 { ip saddr . ip daddr }
				th dport { 8080, 5353 } update @v6 { ip6 saddr . ip6 daddr }
			}
		}
	END
}

recorded() {
	lab_exec n2 nft list set inet seen "$1" | tr -d '\n' | sed -n 's/.*elements = {\([^}]*\)}.*/\1/p' | tr , '\n' |
		awk '{ print $1, $3 }'
}

# seen_as NAME FROM SERVICE BY EGRESS-TO SEEN
seen_as() {
	local family
	[ "$6" != n2 ] || return 0 # from the node itself: not forwarded
	lab_exec n2 nft 'flush set inet seen v4; flush set inet seen v6'
	echo "$*" | questions
	observe >/dev/null
	for family in v4 v6; do
		[ "$6" = never ] || echo "$(who_ip $family "$6") $(who_ip $family shop/far)"
		echo
		recorded $family >&3
		echo >&3
	done 3>"$LAB_DIR/recorded" | diff - "$LAB_DIR/recorded"
}

# What the table of flows says is what kube-proxy and Flannel do.
packets_look_as_told() {
	local line
	recorder_up
	while read -r line; do
		# shellcheck disable=SC2086 # words
		seen_as $line || { echo "in flow $line" && return 1; }
	done < <(flows)
	lab_exec n2 nft delete table inet seen
}

policies_none() {
	api_delete /apis/networking.k8s.io/v1/namespaces/shop/networkpolicies
}

# The policy of a test, standard input, is the only one.
policy_only() {
	policies_none
	api_policy "shop/$1"
	settled
	flows_agree
}

without_policies_all_arrive() {
	settled
	flows_agree
	were allowed far beside hairpin node-far node-own outside-other outside-own outside-local \
		pod-own-node pod-other-node pod-other-local pod-own-local
	were denied outside-nowhere
}

# The port is that of the pod, not that of the Service.
pods_are_admitted_by_labels() {
	policy_only admit-pods <<-END
		podSelector: {matchLabels: {app: back}}
		ingress:
		- from: [{podSelector: {matchLabels: {app: web}}}]
		  ports: [{port: 8080}, {port: 5353, protocol: UDP}]
	END
	were allowed far hairpin node-own pod-own-local
	were denied beside node-far outside-other outside-own outside-local pod-own-node pod-other-node pod-other-local
}

the_port_of_the_service_means_nothing() {
	policy_only admit-service-port <<-END
		podSelector: {matchLabels: {app: back}}
		ingress:
		- ports: [{port: 80}, {port: 53, protocol: UDP}]
	END
	were allowed hairpin node-own
	were denied far beside node-far outside-other outside-own outside-local pod-own-local
}

# A NodePort that leads to another node comes from the node that was asked.
the_node_asked_is_admitted() {
	policy_only admit-node <<-END
		podSelector: {matchLabels: {app: back}}
		ingress:
		- from: [{ipBlock: {cidr: 10.244.1.0/32}}, {ipBlock: {cidr: "fd00:10:244:1::/128"}}]
	END
	were allowed hairpin node-own node-far outside-other pod-own-node
	were denied far beside outside-own outside-local pod-other-node pod-other-local pod-own-local
}

the_client_is_admitted() {
	policy_only admit-client <<-END
		podSelector: {matchLabels: {app: back}}
		ingress:
		- from: [{ipBlock: {cidr: $(lab_ip4 x)/32}}, {ipBlock: {cidr: "$(lab_ip6 x)/128"}}]
	END
	were allowed hairpin node-own outside-own outside-local
	were denied far beside node-far outside-other pod-own-node
}

egress_to_the_pod_passes() {
	policy_only to-pods <<-END
		podSelector: {matchLabels: {app: web}}
		policyTypes: [Egress]
		egress:
		- to: [{podSelector: {matchLabels: {app: back}}}]
		  ports: [{port: 8080}, {port: 5353, protocol: UDP}]
	END
	were allowed far pod-own-node pod-own-local
	were denied pod-other-node pod-other-local
}

egress_to_the_service_does_not() {
	policy_only to-services <<-END
		podSelector: {matchLabels: {app: web}}
		policyTypes: [Egress]
		egress:
		- to: [{ipBlock: {cidr: 10.96.0.0/16}}, {ipBlock: {cidr: "fd00:10:96::/112"}}]
	END
	were denied far pod-own-node pod-own-local pod-other-node pod-other-local
	were allowed beside outside-local
}

egress_to_another_node_passes() {
	policy_only to-node <<-END
		podSelector: {matchLabels: {app: web}}
		policyTypes: [Egress]
		egress:
		- to: [{ipBlock: {cidr: $(lab_ip4 n2)/32}}, {ipBlock: {cidr: "$(lab_ip6 n2)/128"}}]
	END
	were allowed pod-other-node pod-other-local
	were denied far pod-own-node pod-own-local
}

# Without the tables the same connections are made: it is they that stop them.
lost_tables_are_noticed() {
	local node
	policy_only nobody <<-END
		podSelector: {}
		policyTypes: [Ingress, Egress]
	END
	were allowed hairpin node-own
	were denied far beside node-far outside-other outside-own outside-local pod-own-node pod-other-node pod-own-local
	for node in n1 n2; do
		lab_agent_kill "$node"
		lab_exec "$node" nft delete table inet selvage
	done
	not flows_agree
	[ "$(grep -cE '^denied allowed (far|beside|node-far|outside-other|outside-own|outside-local) ' "$LAB_DIR/answers")" = 24 ]
}

tap_ok "a cluster comes up, with kube-proxy and agents on both nodes" world_up
[ "$tap_bad" = 0 ] || tap_done
tap_ok "packets look as the model says where they are judged" packets_look_as_told
tap_ok "without policies all connections are made" without_policies_all_arrive
tap_ok "pods are admitted by their labels, at the port of the pod" pods_are_admitted_by_labels
tap_ok "the port of the Service means nothing" the_port_of_the_service_means_nothing
tap_ok "a NodePort that leads to another node comes from the node that was asked" the_node_asked_is_admitted
tap_ok "with externalTrafficPolicy Local it comes from the client" the_client_is_admitted
tap_ok "egress to the pods behind a Service passes" egress_to_the_pod_passes
tap_ok "egress to the addresses of Services alone does not" egress_to_the_service_does_not
tap_ok "egress to the NodePort of another node is to that node" egress_to_another_node_passes
tap_ok "a backend reaches itself, and a node its pods, by Services that admit nobody" lost_tables_are_noticed
tap_done
