# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens to API servers and to those who depend on them.  Part of scenes.sh.

OUTAGE_MS=60000 # how long an agent may take to find a server again that was away

# What the cluster is now, for the time when nobody can be asked.
remember() {
	agree_selvage snapshot >"$LAB_DIR/before"
}

# Packets fare as they did then.
as_remembered() {
	agrees --from "$LAB_DIR/before"
}

back_to_base() {
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	diff "$LAB_DIR/base" "$LAB_DIR/answers"
}

# restart_unready NODE WORDS: its agent is killed, and the next one is not ready for that reason and leaves the table alone.
restart_unready() {
	lab_agent_kill "$1"
	lab_table "$1" >"$LAB_DIR/left"
	agent_launch "$1"
	agent_becomes_unready "$1" "$2"
	lab_table "$1" | diff "$LAB_DIR/left" -
}

# said_soon NODE MARK WORDS
said_soon() {
	lab_agent_wait "$1" "$2" "$3" "$OUTAGE_MS" && return
	tail -c "+$(($2 + 1))" "$LAB_DIR/$1.log"
	lab_fail "the agent on $1 does not say: $3"
}

# Scenes

server_is_killed() {
	remember
	server_kill
	as_remembered
	restart_unready n1 'the list of'
	as_remembered
	server_start
	edited_do
	peer_do
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	edited_done
	edited_undo
	peer_undo
	back_to_base
}

# n1's agent is away for a while, in which the server forgets what happened.
history_is_gone() {
	local mark
	kill -STOP "$(cat "$LAB_DIR/n1.pid")"
	mark=$(lab_agent_mark n1)
	edited_do
	peer_do
	api_pod_gone shop/web
	etcd_compact
	server_kill
	server_start
	namespace_do
	kill -CONT "$(cat "$LAB_DIR/n1.pid")"
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	said_soon n1 "$mark" '(410 '
	lab_agent_kill n1
	api_pod n1 shop/web app=web
	edited_undo
	peer_undo
	namespace_undo
	agent_start n1
	back_to_base
}

token_is_revoked() {
	local mark1 mark2
	remember
	mark1=$(lab_agent_mark n1) mark2=$(lab_agent_mark n2)
	token_revoke token-n1
	token_revoke token-n2
	server_kill # nobody is asked again who has been let in
	server_start
	created_do
	said_soon n1 "$mark1" '(401 '
	said_soon n2 "$mark2" '(401 '
	as_remembered
	restart_unready n1 '(401 '
	token_give n1 token-n1-next
	token_give n2 token-n2-next
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	created_done
	wait_for "$OUTAGE_MS" agent_ready n1
	created_undo
	back_to_base
}

# The tokens are replaced in time, as kubelets do it.
token_is_rotated() {
	token_give n1 token-n1-third
	token_give n2 token-n2-third
	token_revoke token-n1-next
	token_revoke token-n2-next
	server_kill
	server_start
	created_do
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	created_done
	lab_agent_kill n2
	created_undo
	agent_start n2
	back_to_base
}

# The rest goes on: what pods do is applied, and what was known of policies stays in force.
permission_is_taken() {
	local mark1 mark2
	mark1=$(lab_agent_mark n1) mark2=$(lab_agent_mark n2)
	allow_all_but networkpolicies
	server_sever
	said_soon n1 "$mark1" 'networkpolicies.networking.k8s.io: our role needs list and watch on it (403'
	said_soon n2 "$mark2" 'networkpolicies.networking.k8s.io: our role needs list and watch on it (403'
	peer_do
	remember
	created_do
	SETTLE_MS=$OUTAGE_MS settled --from "$LAB_DIR/before"
	as_remembered
	peer_done
	restart_unready n1 'networkpolicies.networking.k8s.io: our role needs list and watch on it (403'
	as_remembered
}

permission_is_given_back() {
	allow_all
	SETTLE_MS=$OUTAGE_MS settled
	agrees
	created_done
	peer_done
	wait_for "$OUTAGE_MS" agent_ready n1
	created_undo
	peer_undo
	back_to_base
}

# No server, from before the agent starts until after it ends.
server_stays_dead() {
	local node
	remember
	server_kill
	for node in n1 n2; do
		lab_agent_kill "$node"
		lab_table "$node" >"$LAB_DIR/left.$node"
		agent_launch "$node"
	done
	for node in n1 n2; do
		agent_becomes_unready "$node" 'the list of'
		agent_unready_for "$node" "$CLUSTER_PORT"
	done
	as_remembered
	for node in n1 n2; do
		not agent_ready "$node"
		lab_agent_stop "$node"
		lab_table "$node" | diff "$LAB_DIR/left.$node" -
	done
	as_remembered
}

server_comes_back() {
	agent_launch n1
	agent_launch n2
	server_start
	back_to_base
	wait_for "$OUTAGE_MS" agent_ready n1 # the table was right all the time
	wait_for "$OUTAGE_MS" agent_ready n2
}

node_has_another_name() {
	remember
	lab_agent_stop n2
	NODE_NAME=nowhere agent_launch n2
	agent_becomes_unready n2 'no pod is on a node named "nowhere"'
	as_remembered
	lab_agent_stop n2
	agent_start n2
	back_to_base
}

# Agents are denied nothing while a server lives that has let them in; one that has just started knows of no roles yet.
outages_of_servers() {
	tap_ok "the API server is killed and restarted" server_is_killed
	tap_ok "the API server forgets its history (410)" history_is_gone
	tap_ok "tokens are revoked, and new ones given" token_is_revoked
	tap_ok "tokens are rotated" token_is_rotated
}

outages_of_permissions() {
	tap_ok "a permission is taken away" permission_is_taken
	tap_ok "the permission is given back" permission_is_given_back
}

outages_of_days() {
	tap_ok "with the API server dead the table is left alone" server_stays_dead
	tap_ok "and is right again when it is back" server_comes_back
	tap_ok "a node by a name that no pod knows is not ready" node_has_another_name
}
