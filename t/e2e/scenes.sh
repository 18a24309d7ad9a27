# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens in clusters, and what must hold after it: the same for every API server.
#
# A scene NAME has NAME_do and NAME_undo, and NAME_done, which says how packets fare in between.  It is played while both
# agents live, and undone while one of them is dead: then it must find what has changed when it comes back.

# shellcheck source=t/e2e/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=t/e2e/agents.sh
. "$CLUSTER_SOURCE/agents.sh"
# shellcheck source=t/e2e/agree.sh
. "$CLUSTER_SOURCE/agree.sh"
# shellcheck source=t/e2e/outages.sh
. "$CLUSTER_SOURCE/outages.sh"
# shellcheck source=t/tap.sh
. "$CLUSTER_SOURCE/../tap.sh"

policy_db() {
	api_policy shop/db <<-END
		podSelector: {matchLabels: {app: db}}
		policyTypes: [Ingress, Egress]
		ingress:
		- from: [{podSelector: {matchLabels: {app: web}}}]
		  ports: [{port: $1}]
		- from: [{namespaceSelector: {matchLabels: {team: dev}}, podSelector: {matchLabels: {app: tool}}}]
		  ports: [{port: 8080}]
		egress:
		- to: [{podSelector: {matchLabels: {app: api}}}]
		  ports: [{port: 53, protocol: UDP}]
	END
}

policy_api() {
	api_policy shop/api <<-END
		podSelector: {matchLabels: {app: api}}
		ingress:
		- from: [{ipBlock: {cidr: 172.30.0.0/24}}, {ipBlock: {cidr: "fd00:172:30::/64"}}]
		- from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]
	END
}

# The world in which every scene begins and ends.
world_up() {
	cluster_up "$1"
	account_up
	agents_prepare
	lab_world world 198.51.100.10 2001:db8::10
	api_node n1
	api_node n2
	agent_pod n1
	agent_pod n2
	api_namespace shop team=shop
	api_namespace dev team=dev
	api_pod n1 shop/web app=web
	api_pod n1 shop/db app=db port:pg=5432
	api_pod n1 dev/tool app=tool
	api_pod n2 shop/api app=api
	api_pod n2 shop/db2 app=db port:pg=8080
	api_pod n2 dev/job app=tool
	policy_db pg
	policy_api
	agent_start n1
	agent_start n2
}

world_agrees() {
	settled
	agrees
	cp "$LAB_DIR/answers" "$LAB_DIR/base"
	was allowed shop/web shop/db tcp 5432
	was denied shop/web shop/db tcp 8080
	was allowed shop/web shop/db2 tcp 8080
	was allowed dev/tool shop/db2 tcp 8080
	was denied dev/tool shop/db tcp 5432
	was denied shop/db world tcp 8080
	was allowed shop/db2 shop/api udp 53
	was denied shop/web shop/api udp 53
	was allowed x shop/api icmp 0
	was denied world shop/api icmp 0
}

# The account of the shipped file is enough for the commands that ask about packets, too.
account_suffices_to_ask() {
	lab_exec control "$SELVAGE" explain --kubeconfig "$CONTROL/n1.kubeconfig" shop/web shop/db:5432
	settled --kubeconfig "$CONTROL/n1.kubeconfig"
}

# Kinds that the API server does not have (HTTPRoutes) make nothing incomplete.
snapshot_is_a_cluster() {
	agree_selvage snapshot >"$LAB_DIR/snapshot" 2>"$LAB_DIR/err"
	[ ! -s "$LAB_DIR/err" ]
	settled --from "$LAB_DIR/snapshot"
}

# Without the table the forbidden connections get through: it is the table that stops them, and the probe sees it.
a_lost_table_is_noticed() {
	lab_agent_kill n1
	lab_exec n1 nft delete table inet selvage
	not agrees
	grep -q '^denied allowed .* shop/db ' "$LAB_DIR/wrong"
	not grep -q '^allowed denied' "$LAB_DIR/wrong"
	agent_start n1
	settled
	agrees
}

# Scenes

created_do() {
	api_policy dev/closed <<<'podSelector: {}'
}

created_done() {
	was denied shop/web dev/tool tcp 8080
	was denied n1 dev/job icmp 0
	was allowed n1 dev/tool icmp 0
}

created_undo() {
	api_delete "$(api_path networkpolicies dev/closed)"
}

edited_do() {
	policy_db 53
}

edited_done() {
	was denied shop/web shop/db tcp 5432
	was denied shop/web shop/db2 tcp 8080
}

edited_undo() {
	policy_db pg
}

pod_relabel() {
	api_patch "$(api_path pods "$1")" '{"metadata": {"labels": {"app": "'"$2"'"}}}'
}

peer_do() {
	pod_relabel shop/api web
}

peer_done() {
	was allowed shop/api shop/db tcp 5432
	was denied shop/db shop/api udp 53
	was allowed shop/web shop/api tcp 8080
}

peer_undo() {
	pod_relabel shop/api api
}

subject_do() {
	pod_relabel shop/db free
}

subject_done() {
	was allowed world shop/db tcp 5432
	was denied world shop/db2 tcp 5432
}

subject_undo() {
	pod_relabel shop/db db
}

namespace_relabel() {
	api_patch "$(api_path namespaces dev)" '{"metadata": {"labels": {"team": "'"$1"'"}}}'
}

namespace_do() {
	namespace_relabel other
}

namespace_done() {
	was denied dev/tool shop/db tcp 8080
	was denied dev/job shop/db2 tcp 8080
}

namespace_undo() {
	namespace_relabel dev
}

# The API tells of the new pod first, then once more of the old one, and of its end at last.
address_do() {
	local ip4 ip6
	ip4=$(lab_ip4 shop/web) ip6=$(lab_ip6 shop/web)
	lab_pod_del shop/web
	api_pod n1 shop/guest app=guest "ip:$ip4" "ip:$ip6"
	api_pod_status shop/web n1 "$ip4" "$ip6" Running
	pod_relabel shop/web web
	settled
	agrees
	was denied shop/guest shop/db tcp 5432
	api_delete "$(api_path pods shop/web)"
}

address_done() {
	was denied shop/guest shop/db tcp 5432
}

# The API tells of the end of the old pod first.
address_undo() {
	local ip4 ip6
	ip4=$(lab_ip4 shop/guest) ip6=$(lab_ip6 shop/guest)
	api_pod_gone shop/guest
	api_pod n1 shop/web app=web "ip:$ip4" "ip:$ip6"
}

# A pod that has done its work keeps its address in the API for ever, and somebody else has it.
job_do() {
	local ip4 ip6
	ip4=$(lab_ip4 dev/job) ip6=$(lab_ip6 dev/job)
	api_pod_status dev/job n2 "$ip4" "$ip6" Succeeded
	lab_pod_del dev/job
	api_pod n2 dev/heir app=heir "ip:$ip4" "ip:$ip6"
}

job_done() {
	was denied dev/heir shop/db2 tcp 8080
	was denied dev/heir shop/db tcp 8080
	was allowed shop/web dev/heir tcp 8080
}

job_undo() {
	local ip4 ip6
	ip4=$(lab_ip4 dev/heir) ip6=$(lab_ip6 dev/heir)
	api_delete "$(api_path pods dev/job)"
	api_pod_gone dev/heir
	api_pod n2 dev/job app=tool "ip:$ip4" "ip:$ip6"
}

# An isolated pod fails and an open one takes its address: what was in force for the one must not be for the other.
failed_do() {
	local ip4 ip6
	ip4=$(lab_ip4 shop/db2) ip6=$(lab_ip6 shop/db2)
	api_pod_status shop/db2 n2 "$ip4" "$ip6" Failed
	lab_pod_del shop/db2
	api_pod n2 dev/open "ip:$ip4" "ip:$ip6"
}

failed_done() {
	was allowed world dev/open tcp 5432
	was allowed dev/open world tcp 5432
	was denied world shop/db tcp 5432
}

failed_undo() {
	local ip4 ip6
	ip4=$(lab_ip4 dev/open) ip6=$(lab_ip6 dev/open)
	api_delete "$(api_path pods shop/db2)"
	api_delete "$(api_path pods dev/open)" 30 # the kubelet is told, ends it, and says so
	lab_pod_del dev/open
	api_pod n2 shop/db2 app=db port:pg=8080 "ip:$ip4" "ip:$ip6"
	api_delete "$(api_path pods dev/open)"
}

# The policies of a namespace that ends go before its pods do.
ends_up() {
	api_namespace temp
	api_pod n1 temp/a
	api_pod n2 temp/b
	api_policy temp/closed <<<'{podSelector: {}, policyTypes: [Ingress, Egress]}'
	settled
	agrees
	agree_selvage snapshot >"$LAB_DIR/before"
}

ends_stay() {
	namespace_terminate temp
	api_delete "$(api_path networkpolicies temp/closed)"
	sleep 1 # nothing is to happen
	agree_selvage explain shop/web temp/a:8080 # as a fresh reader of the API has it, it is open
	settled --from "$LAB_DIR/before"
	agrees --from "$LAB_DIR/before"
	was denied shop/web temp/a tcp 8080
	was denied temp/b world udp 53
}

# An agent that comes back knows only what the API still tells, and what the kernel holds.
ends_restart() {
	lab_agent_kill n1
	agent_start n1
	sleep 1
	agrees --from "$LAB_DIR/before"
	was denied shop/web temp/a tcp 8080
}

# The last pod is not the last of its node.
ends_one() {
	api_pod_gone temp/a
	sleep 1
	agrees --from "$LAB_DIR/before"
	was denied shop/web temp/b tcp 8080
}

ends_all() {
	api_pod_gone temp/b
	namespace_remove temp
	settled
	agrees
	diff "$LAB_DIR/base" "$LAB_DIR/answers"
}

# Playing them

scene_live() {
	"$1_do"
	settled
	agrees
	"$1_done"
	not cmp -s "$LAB_DIR/answers" "$LAB_DIR/base"
}

# What the kernel held stays until the agent is back.
scene_dead() {
	lab_agent_kill "$2"
	agree_facts "$2" >"$LAB_DIR/left"
	"$1_undo"
	agree_facts "$2" | cmp - "$LAB_DIR/left"
	agent_start "$2"
	settled
	agrees
	diff "$LAB_DIR/base" "$LAB_DIR/answers"
}

# scene NAME SENTENCE NODE: the agent of that node is dead while it is undone.
scene() {
	tap_ok "$2" scene_live "$1"
	tap_ok "$2: undone while the agent of $3 is dead" scene_dead "$1" "$3"
}

scenes_of_objects() {
	scene created "a policy is created" n1
	scene edited "a policy is edited" n2
	scene peer "a pod that policies admit is relabelled" n1
	scene subject "a pod that policies isolate is relabelled" n1
	scene namespace "a namespace is relabelled" n2
	scene address "a pod is deleted and another gets its address" n1
	scene job "a pod completes and another gets its address" n2
	scene failed "an isolated pod fails and an open one gets its address" n2
	tap_ok "a namespace with policies and pods comes up" ends_up
	tap_ok "while it terminates its policies stay in force, though they are deleted" ends_stay
	tap_ok "and after a restart of the agent too" ends_restart
	tap_ok "until its last pod is gone" ends_one
	tap_ok "and then nothing is left of it" ends_all
}
