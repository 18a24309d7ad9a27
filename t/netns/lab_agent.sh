# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Agents on the nodes of the lab: start, wait, stop.  Part of lab.sh.

# How long is the log of the agent on NODE?  For lab_agent_wait.
lab_agent_mark() {
	stat -c %s "$LAB_DIR/$1.log" 2>/dev/null || echo 0
}

# lab_agent_said NODE MARK TEXT: has the agent logged TEXT after MARK?
lab_agent_said() {
	tail -c "+$(($2 + 1))" "$LAB_DIR/$1.log" | grep -qF -- "$3"
}

# Does the process run?  One that has ended and that nobody has waited for does not.
lab_runs() {
	local stat=
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	case ${stat##*) } in
	Z*) return 1 ;;
	esac
}

lab_agent_alive() {
	[ -e "$LAB_DIR/$1.pid" ] && lab_runs "$(cat "$LAB_DIR/$1.pid")"
}

# lab_agent_wait NODE MARK TEXT MILLISECONDS: fails if the agent does not log TEXT in time, or is not there.
lab_agent_wait() {
	local until=$(($(date +%s%3N) + $4))
	while ! lab_agent_said "$1" "$2" "$3"; do
		lab_agent_alive "$1" || return 1
		[ "$(date +%s%3N)" -lt "$until" ] || return 1
		sleep 0.02
	done
}

# lab_agent_start NODE [ARGUMENT...]: returns when the node is programmed.  The log is $LAB_DIR/NODE.log.
lab_agent_start() {
	local node=$1 log=$LAB_DIR/$1.log mark
	shift
	mark=$(lab_agent_mark "$node")
	lab_exec_background "$node" env ${LAB_PRELOAD:+"LD_PRELOAD=$LAB_PRELOAD"} "$SELVAGE" run --from "$LAB_MANIFESTS" --node "$node" --socket "$LAB_DIR/$node.sock" "$@"
	lab_agent_wait "$node" "$mark" ready: 10000 && return 0
	tail -n 20 "$log" >&2
	lab_fail "the agent on $node did not become ready"
}

# lab_agent_start_deaf NODE [ARGUMENT...]: one that neither keeps others from its table nor hears what they do to it.
lab_agent_start_deaf() {
	local node=$1
	shift
	[ -e "$LAB_DIR/deaf.so" ] || cc -shared -fPIC -o "$LAB_DIR/deaf.so" "$LAB_SOURCE/deaf.c" || return 1
	LAB_PRELOAD=$LAB_DIR/deaf.so lab_agent_start "$node" --no-table-owner "$@"
}

# The table of NODE with every object's handle, which changes when the object is made anew; without what tells whose the
# table is.
lab_table() {
	lab_exec "$1" nft -a -s list table inet selvage | sed '1s/ progname .*//; /^\tflags/,/^$/d'
}

# `ip netns exec` becomes the program, so its process is the agent's.
lab_exec_background() {
	local node=$1
	shift
	: >>"$LAB_DIR/$node.log"
	ip netns exec "$(lab_ns "$node")" "$@" >>"$LAB_DIR/$node.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/$node.pid"
	disown # bash would announce its end
}

# lab_agent_end NODE SIGNAL: sends it and waits for the end, at most 5 s.
lab_agent_end() {
	local file=$LAB_DIR/$1.pid pid tries=250
	[ -e "$file" ] || return 0
	pid=$(cat "$file")
	rm -f "$file"
	kill -s "$2" "$pid" 2>/dev/null || return 0
	while lab_runs "$pid"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || lab_fail "the agent on $1 does not end" || return 1
		sleep 0.02
	done
}

# The table stays in place, as after any end of the agent.
lab_agent_stop() {
	lab_agent_end "$1" TERM
}

lab_agent_kill() {
	lab_agent_end "$1" KILL
}

# lab_agents_mark: prints NODE=MARK of every agent; lab_agents_settle WORDS waits until all have applied what came after.
lab_agents_mark() {
	local pid node
	for pid in "$LAB_DIR"/*.pid; do
		[ -e "$pid" ] || continue
		node=$(basename "$pid" .pid)
		printf '%s=%s ' "$node" "$(lab_agent_mark "$node")"
	done
}

# lab_agents_settle "$(mark taken before the change)": at most 5 s.  A change may leave a node as it is, and its agent then
# has nothing to say: half a second after the first agent has applied the change the rest are taken to be done too.
lab_agents_settle() {
	local word spoke='' silent until=$(($(date +%s%3N) + 5000))
	while :; do
		silent=
		for word in $1; do
			if lab_agent_said "${word%%=*}" "${word#*=}" applied:; then
				[ -n "$spoke" ] || { spoke=1 && until=$(($(date +%s%3N) + 500)); }
			else
				lab_agent_alive "${word%%=*}" || lab_fail "the agent on ${word%%=*} is gone" || return 1
				silent="$silent ${word%%=*}"
			fi
		done
		[ -n "$silent" ] || return 0
		[ "$(date +%s%3N)" -lt "$until" ] || break
		sleep 0.02
	done
	[ -n "$spoke" ] || lab_fail "no agent has applied the change in 5 s"
}
