#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the agent start, stop, crash and read as it should?  One node, real packets where it matters.
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
tools_build facts hear
trap lab_down EXIT

bring_up() {
	lab_up n1
	lab_pod n1 shop/web app=web
	lab_pod n1 shop/db app=db
	lab_pod n1 shop/free app=free
	lab_pod n1 other/pod app=web
	only_web
	lab_agent_start n1
	settled n1
}

# policy NAME SPEC: in the namespace shop.
policy() {
	lab_put "policy-$1.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: $1, namespace: shop}
		spec: $2
	END
}

# Only web reaches db, on port 80.
only_web() {
	policy db '{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}'
}

gone() {
	rm "$LAB_MANIFESTS/$1"
}

# are ANSWER "FROM TO"...: the answers over both families, on TCP port 80.
are() {
	local answer=$1
	shift
	printf '%s tcp 80\n' "$@" | lab_probe -v >"$LAB_DIR/answers" 2>/dev/null
	[ "$(wc -l <"$LAB_DIR/answers")" = $((2 * $#)) ]
	not grep -v "^$answer " "$LAB_DIR/answers"
}

db_is_guarded() {
	are allowed "shop/web shop/db" "shop/free shop/web" "n1 shop/db"
	are denied "shop/free shop/db" "other/pod shop/db"
}

log_mark() {
	lab_agent_mark n1
}

# since MARK TEXT: how many lines of the log have the text?
since() {
	tail -c "+$(($1 + 1))" "$LAB_DIR/n1.log" | grep -cF -- "$2" || true
}

snapshot() {
	lab_table n1
}

hangup() {
	kill -HUP "$(cat "$LAB_DIR/n1.pid")"
}

# outlives SIGNAL: while the agent is away and when it is back, the table is the same to the last handle.
outlives() {
	snapshot >"$LAB_DIR/before"
	lab_agent_end n1 "$1"
	snapshot | cmp - "$LAB_DIR/before"
	db_is_guarded
	lab_agent_start n1
	snapshot | cmp - "$LAB_DIR/before"
	tail -n 5 "$LAB_DIR/n1.log" | grep -q 'adopting the table that is there'
	tail -n 5 "$LAB_DIR/n1.log" | grep -q 'ready: .*+0 -0 facts'
}

a_term_ends_it_well() {
	"$SELVAGE" --version >/dev/null
	lab_agent_stop n1
	ip netns exec "$(lab_ns n1)" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" 2>"$LAB_DIR/term.log" &
	wait_for 5000 grep -q ready: "$LAB_DIR/term.log"
	kill $!
	wait $!
	grep -q 'the table stays in force' "$LAB_DIR/term.log"
	lab_agent_start n1
}

a_hangup_changes_nothing() {
	local mark
	snapshot >"$LAB_DIR/before"
	mark=$(log_mark)
	change hangup
	snapshot | cmp - "$LAB_DIR/before"
	[ "$(since "$mark" 'nothing to change')" = 1 ]
}

# Base chains and dispatch maps, with their handles.
immortal() {
	snapshot | grep -E '^	(map (in|e)gress[46]|chain (in|e)gress) '
}

changes_while_it_is_away() {
	immortal >"$LAB_DIR/before"
	[ "$(wc -l <"$LAB_DIR/before")" = 6 ]
	lab_agent_kill n1
	policy web '{podSelector: {matchLabels: {app: web}}}'
	rm "$LAB_MANIFESTS/pod-other.pod.yaml"
	are allowed "shop/free shop/web"
	lab_agent_start n1
	settled n1
	immortal | cmp - "$LAB_DIR/before"
	are denied "shop/free shop/web"
	change gone policy-web.yaml
	lab_pod_manifest n1 other/pod "$(lab_ip4 other/pod)" "$(lab_ip6 other/pod)" Running app=web
	settled n1
	db_is_guarded
}

bystander() {
	lab_exec n1 nft 'table inet bystander { chain c { counter; }; }'
}

cleanup_removes_the_table_alone() {
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	lab_exec n1 nft list tables | grep -q 'inet bystander'
	lab_exec n1 nft list tables | not grep selvage
	are allowed "shop/free shop/db"
	lab_exec n1 "$SELVAGE" cleanup | grep -q 'there is no table'
	lab_agent_start n1
	db_is_guarded
}

# refused COMMAND...: says one sentence about the missing permission, and exits with 2.
refused() {
	local status=0
	lab_exec n1 setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$SELVAGE" "$@" >"$LAB_DIR/refused" 2>&1 ||
		status=$?
	cat "$LAB_DIR/refused"
	[ "$status" = 2 ]
	[ "$(wc -l <"$LAB_DIR/refused")" = 1 ]
	grep -q 'CAP_NET_ADMIN' "$LAB_DIR/refused"
}

without_permission() {
	refused run --from "$LAB_MANIFESTS" --node n1
	refused cleanup
	db_is_guarded
}

# A rule that nobody can understand: web is closed to all, and nobody else is touched.
a_bad_policy() {
	local mark
	mark=$(log_mark)
	change policy bad '{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelctor: {}}]}]}'
	settled n1
	are denied "shop/free shop/web" "other/pod shop/web"
	are allowed "shop/web shop/free" "shop/web shop/db" "shop/db shop/free" "n1 shop/web"
	are denied "shop/free shop/db"
	change policy more '{podSelector: {matchLabels: {app: free}}}'
	are denied "shop/web shop/free"
	change gone policy-more.yaml
	[ "$(since "$mark" 'policy-bad.yaml:4:')" = 1 ]
	[ "$(since "$mark" 'podSelctor')" = 1 ]
	change gone policy-bad.yaml
	are allowed "shop/free shop/web"
}

# A kind of peer that this agent does not know, as a later API may have, beside one that it does.
an_unknown_peer() {
	local mark
	mark=$(log_mark)
	change policy later '{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}, nodeSelector: {}}]}]}'
	are denied "shop/free shop/web" "other/pod shop/web"
	[ "$(since "$mark" nodeSelector)" = 1 ]
	change gone policy-later.yaml
}

# What is left for who skips that.
a_reader_that_skips_it_opens() {
	change policy later '{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}]}'
	are allowed "shop/free shop/web" "other/pod shop/web"
	change gone policy-later.yaml
}

# An unclear choice of pods: the namespace is closed both ways, and no other.
an_unclear_selector() {
	change policy bad '{podSelector: {matchExpressions: [{key: app, operator: Like}]}, policyTypes: [Ingress]}'
	settled n1
	are denied "shop/free shop/web" "shop/web shop/free" "other/pod shop/free" "shop/free shop/db"
	are allowed "shop/free other/pod" "n1 shop/web"
	change gone policy-bad.yaml
	db_is_guarded
}

broken_yaml() {
	lab_put policy-db.yaml <<-'END'
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: db, namespace: shop
		spec: [
	END
}

a_file_that_breaks() {
	local mark
	snapshot >"$LAB_DIR/before"
	mark=$(log_mark)
	broken_yaml
	lab_agent_wait n1 "$mark" 'policy-db.yaml:' 3000
	snapshot | cmp - "$LAB_DIR/before"
	db_is_guarded
	change policy web '{podSelector: {matchLabels: {app: web}}}'
	db_is_guarded_and_web_closed
	[ "$(since "$mark" 'policy-db.yaml:')" = 1 ]
	change gone policy-web.yaml
	change policy db '{podSelector: {matchLabels: {app: db}}}'
	are denied "shop/web shop/db"
	change only_web
	db_is_guarded
}

db_is_guarded_and_web_closed() {
	are allowed "shop/web shop/db"
	are denied "shop/free shop/db" "shop/free shop/web"
}

# With a file that says nothing at the start, what is in force stays, and all the rest waits.
a_file_that_is_broken_at_the_start() {
	local mark
	lab_agent_kill n1
	snapshot >"$LAB_DIR/before"
	broken_yaml
	mark=$(log_mark)
	lab_exec_background n1 "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock"
	lab_agent_wait n1 "$mark" 'cannot be read' 5000
	snapshot | cmp - "$LAB_DIR/before"
	[ "$(since "$mark" ready:)" = 0 ]
	only_web
	lab_agent_wait n1 "$mark" ready: 12000
	snapshot | cmp - "$LAB_DIR/before"
	settled n1
}

# claim POD LABEL: a manifest that claims the address of shop/db, made just now.
claim() {
	sleep 1.1 # creation times count in seconds
	lab_pod_manifest n1 "$1" "$(lab_ip4 shop/db)" "$(lab_ip6 shop/db)" Running "$2"
}

# dispatched POD: do elements of the dispatch maps name the pod?
dispatched() {
	lab_exec n1 "$(tool facts)" | grep -q "^element [ei]n*gress.*\"$1\"\$"
}

an_address_that_moves() {
	dispatched shop/db
	change claim shop/heir app=free
	settled n1
	not dispatched shop/db
	are allowed "shop/free shop/db"
	change policy free '{podSelector: {matchLabels: {app: free}}}'
	dispatched shop/heir
	are denied "shop/web shop/db" "shop/web shop/free"
	change gone policy-free.yaml
	change gone pod-shop.heir.yaml
	settled n1
	dispatched shop/db
	db_is_guarded
}

finish() {
	lab_pod_manifest n1 shop/db "$(lab_ip4 shop/db)" "$(lab_ip6 shop/db)" "$1" app=db
}

a_pod_that_finishes() {
	change finish Succeeded
	settled n1
	lab_exec n1 "$(tool facts)" | not grep -F "$(lab_ip4 shop/db) "
	are allowed "shop/free shop/db"
	change finish Failed || true
	lab_exec n1 "$(tool facts)" | not grep -F "$(lab_ip4 shop/db) "
	change finish Running
	settled n1
	db_is_guarded
}

# A new name for the same content is no change of the table at any time.
files_that_are_renamed() {
	local name
	snapshot >"$LAB_DIR/before"
	for name in policy-a.yaml zzz.yml sub/policy.yaml policy-db.yaml; do
		mkdir -p "$LAB_MANIFESTS/sub"
		mv "$(find "$LAB_MANIFESTS" -name 'policy*.y*ml' -o -name zzz.yml)" "$LAB_MANIFESTS/$name"
		sleep 0.3
		snapshot | cmp - "$LAB_DIR/before"
	done
	rmdir "$LAB_MANIFESTS/sub"
	mv "$LAB_MANIFESTS/policy-db.yaml" "$LAB_MANIFESTS/.policy-db.yaml"
	wait_for 3000 are allowed "shop/free shop/db"
	mv "$LAB_MANIFESTS/.policy-db.yaml" "$LAB_MANIFESTS/policy-db.yaml"
	settled n1
	db_is_guarded
}

# One write after the other into the open file, as an editor may do it.
files_that_are_written_in_place() {
	cp "$LAB_MANIFESTS/policy-db.yaml" "$LAB_DIR/whole"
	{
		head -n 2 "$LAB_DIR/whole"
		sleep 0.3
		tail -n +3 "$LAB_DIR/whole"
	} >"$LAB_MANIFESTS/policy-db.yaml"
	settled n1
	db_is_guarded
}

# config VERSION SPEC: the files of a mounted ConfigMap, as kubelet swaps them.
config() {
	local dir=$LAB_MANIFESTS/config
	mkdir -p "$dir/..$1"
	cat >"$dir/..$1/extra.yaml" <<-END
		apiVersion: networking.k8s.io/v1
		kind: NetworkPolicy
		metadata: {name: extra, namespace: shop}
		spec: $2
	END
	ln -s "..$1" "$dir/..data_tmp"
	mv -T "$dir/..data_tmp" "$dir/..data"
	[ -e "$dir/extra.yaml" ] || ln -s ..data/extra.yaml "$dir/extra.yaml"
}

a_config_map_that_is_swapped() {
	change config 1 '{podSelector: {matchLabels: {app: free}}}'
	settled n1
	are denied "shop/web shop/free"
	change config 2 '{podSelector: {matchLabels: {app: web}}}'
	rm -r "$LAB_MANIFESTS/config/..1"
	settled n1
	are allowed "shop/web shop/free"
	are denied "shop/free shop/web"
	change rm -r "$LAB_MANIFESTS/config"
	settled n1
	db_is_guarded
}

foreign_objects_go() {
	immortal >"$LAB_DIR/before"
	lab_agent_stop n1
	lab_exec n1 nft -f - <<-END
		insert rule inet selvage ingress accept
		add set inet selvage theirs { type ipv4_addr; elements = { 1.2.3.4 }; }
		add chain inet selvage theirs
		add rule inet selvage theirs ip saddr @theirs drop
		add chain inet selvage hooked { type filter hook forward priority -5; }
		add rule inet selvage hooked accept
		add counter inet selvage counted
		add element inet selvage ingress4 { 10.244.1.250 : drop }
	END
	are allowed "shop/free shop/db"
	lab_agent_start n1
	settled n1
	immortal | cmp - "$LAB_DIR/before"
	db_is_guarded
}

# What systemd waits for comes when the node is programmed, not before.
ready_is_told() {
	local hear agent
	lab_agent_stop n1
	lab_exec n1 "$SELVAGE" cleanup
	"$(tool hear)" "$LAB_DIR/notify" 10 >"$LAB_DIR/heard" &
	hear=$!
	wait_for 2000 grep -q listening "$LAB_DIR/heard"
	ip netns exec "$(lab_ns n1)" env NOTIFY_SOCKET="$LAB_DIR/notify" "$SELVAGE" run --from "$LAB_MANIFESTS" --node n1 --socket "$LAB_DIR/n1.sock" \
		2>/dev/null &
	agent=$!
	wait_for 5000 grep -q READY=1 "$LAB_DIR/heard"
	selvage_may render --from "$LAB_MANIFESTS" --node n1 -o facts --log-group 37 >"$LAB_DIR/want.n1"
	holds n1
	kill "$agent" "$hear"
	wait "$agent"
	lab_agent_start n1
}

tap_ok "a node with a policy comes up" bring_up
tap_ok "the policy is enforced" db_is_guarded
tap_ok "the table outlives SIGKILL, and the next agent adopts it" outlives KILL
tap_ok "the table outlives SIGTERM, and the next agent adopts it" outlives TERM
tap_ok "SIGTERM is a good end" a_term_ends_it_well
tap_ok "SIGHUP changes nothing that is right" a_hangup_changes_nothing
tap_ok "what changes while it is away is applied when it is back" changes_while_it_is_away
tap_ok "there is another table" bystander
tap_ok "E17: cleanup removes the table and nothing else" cleanup_removes_the_table_alone
tap_ok "without CAP_NET_ADMIN there is one clear sentence" without_permission
tap_ok "C12, C13: a bad policy closes its pods and nothing else, and the log says so once" a_bad_policy
tap_ok "C13: a kind of peer that is not known admits nobody, and the log says so" an_unknown_peer
tap_ok "known bad: who skips it admits everybody" a_reader_that_skips_it_opens
tap_ok "an unclear selector closes the namespace and no other" an_unclear_selector
tap_ok "of a file that breaks, what was known stays" a_file_that_breaks
tap_ok "with a file that is broken at the start, the table stays as it is" a_file_that_is_broken_at_the_start
tap_ok "A2: an address belongs to its newest pod" an_address_that_moves
tap_ok "A1: a pod that has finished has no address" a_pod_that_finishes
tap_ok "files may be renamed" files_that_are_renamed
tap_ok "files may be written in place" files_that_are_written_in_place
tap_ok "a ConfigMap may be swapped" a_config_map_that_is_swapped
tap_ok "D5: what others put into the table while the agent is away goes when it is back" foreign_objects_go
tap_ok "systemd is told when the node is programmed" ready_is_told
tap_done
