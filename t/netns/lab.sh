# shellcheck shell=bash
# A Flannel-shaped cluster in network namespaces: functions for the demo and for every test that wants real packets.
#
#	. t/netns/lab.sh
#	trap lab_down EXIT
#	lab_up                                              # nodes n1 and n2, the outside host x
#	lab_pod n1 production/db-0 role=database port:pg=5432
#	lab_agent_start n1
#	lab_exec production/db-0 ping -c1 "$(lab_ip4 x)"
#
# WHO is n1, n2, ..., x, a pod as NAMESPACE/NAME, or a host that lab_world made.  Every network namespace is called $LAB-something and every file lies
# in $LAB_DIR, so that labs can run side by side; another shell that sets the same LAB can use a lab that is up.
#
# A node has what kubelet, Flannel and the bridge plugin give it: cni0, flannel.1 (IPv4) and flannel-v6.1 (IPv6) with
# static neighbour, forwarding and route entries, masquerading of what leaves the cluster, br_netfilter.  Nodes and x
# meet on a bridge in a namespace of its own; the root namespace is left alone.  x is every node's default route, so the
# addresses that lab_world gives it stand for hosts in the world.

LAB=${LAB:-sv$$}
LAB_DIR=${LAB_DIR:-${TMPDIR:-/tmp}/selvage-lab-$LAB}
LAB_MANIFESTS=${LAB_MANIFESTS:-$LAB_DIR/manifests}
LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_TOOLS=${LAB_TOOLS:-}
CNI_PATH=${CNI_PATH:-/usr/lib/cni}
SELVAGE=${SELVAGE:-selvage}

LAB_CLUSTER4=10.244.0.0/16
LAB_CLUSTER6=fd00:10:244::/48

lab_fail() {
	echo "lab: $*" >&2
	return 1
}

# What is missing to run a lab here?  Prints nothing and succeeds if nothing is.
lab_missing() {
	local plugin
	[ "$(id -u)" = 0 ] || { echo "not root"; return 1; }
	for plugin in bridge host-local; do
		[ -x "$CNI_PATH/$plugin" ] || { echo "no $CNI_PATH/$plugin"; return 1; }
	done
	for plugin in ip nft cc; do
		command -v "$plugin" >/dev/null || { echo "no $plugin command"; return 1; }
	done
	modprobe -qa br_netfilter vxlan veth nf_tables 2>/dev/null || true
	[ -d /proc/sys/net/bridge ] || { echo "no br_netfilter in this kernel"; return 1; }
}

# The network namespace of WHO.
lab_ns() {
	case $1 in
	*/*) echo "$LAB-${1%%/*}.${1#*/}" ;;
	n[0-9]*) echo "$LAB-$1" ;;
	*) echo "$LAB-x" ;;
	esac
}

# The addresses of WHO; a node's are those on the underlay.
lab_ip4() {
	case $1 in
	*/*) cat "$LAB_DIR/pods/${1/\//.}/ip4" ;;
	n[0-9]*) echo "172.30.0.${1#n}" ;;
	x) echo 172.30.0.100 ;;
	*) cat "$LAB_DIR/hosts/$1/ip4" ;;
	esac
}

lab_ip6() {
	case $1 in
	*/*) cat "$LAB_DIR/pods/${1/\//.}/ip6" ;;
	n[0-9]*) echo "fd00:172:30::${1#n}" ;;
	x) echo fd00:172:30::100 ;;
	*) cat "$LAB_DIR/hosts/$1/ip6" ;;
	esac
}

lab_pod_node() {
	cat "$LAB_DIR/pods/${1/\//.}/node"
}

# All pods that are up, one NAMESPACE/NAME per line.
lab_pods() {
	local dir
	for dir in "$LAB_DIR"/pods/*/; do
		[ -e "$dir/name" ] && cat "$dir/name"
	done
	return 0
}

lab_exec() {
	local ns
	ns=$(lab_ns "$1")
	shift
	ip netns exec "$ns" "$@"
}

# lab_sysctl NETNS KEY=VALUE...: keys are paths below /proc/sys.
lab_sysctl() {
	local ns=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	ip netns exec "$ns" sh -c 'for s; do echo "${s#*=}" >"/proc/sys/${s%%=*}" || exit 1; done' sh "$@"
}

# An empty namespace whose IPv6 addresses are usable at once.
lab_netns_add() {
	ip netns add "$1"
	lab_sysctl "$1" net/ipv6/conf/all/accept_dad=0 net/ipv6/conf/default/accept_dad=0 \
		net/ipv6/conf/all/accept_ra=0 net/ipv6/conf/default/accept_ra=0 \
		net/ipv4/conf/all/rp_filter=0 net/ipv4/conf/default/rp_filter=0
	ip -n "$1" link set lo up
}

# Gives WHO an eth0 on the underlay.
lab_underlay_join() {
	local ns
	ns=$(lab_ns "$1")
	ip -n "$LAB-u" -b - <<-END
		link add port-$1 type veth peer name eth0 netns $ns
		link set port-$1 master br0 up
	END
	ip -n "$ns" -b - <<-END
		address add $(lab_ip4 "$1")/24 dev eth0
		address add $(lab_ip6 "$1")/64 dev eth0 nodad
		link set eth0 up
	END
}

# As Flannel's nftables mode has it, less the choice of `random fully`, which changes nothing that a policy sees.
lab_flannel_rules() {
	cat <<-END
		table $1 flannel {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				meta mark & 0x4000 == 0x4000 return
				$1 saddr $3 $1 daddr $2 return
				$1 saddr $2 $1 daddr $3 return
				$1 saddr != $3 $1 daddr $3 return
				$1 saddr $2 $1 daddr != $4 masquerade fully-random
				$1 saddr != $2 $1 daddr $2 masquerade fully-random
			}
			chain forward {
				type filter hook forward priority filter;
				$1 saddr $2 accept
				$1 daddr $2 accept
			}
		}
	END
}

lab_node() {
	local node=$1 i=${1#n} ns
	ns=$(lab_ns "$node")
	lab_netns_add "$ns"
	lab_sysctl "$ns" net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1 net/ipv6/conf/default/forwarding=1 \
		net/bridge/bridge-nf-call-iptables=1 net/bridge/bridge-nf-call-ip6tables=1
	lab_underlay_join "$node"
	ip -n "$ns" -b - <<-END
		link add flannel.1 mtu 1450 address 0e:00:00:04:00:$(printf %02x "$i") type vxlan id 1 local $(lab_ip4 "$node") \
			dev eth0 dstport 8472 nolearning
		link add flannel-v6.1 mtu 1430 address 0e:00:00:06:00:$(printf %02x "$i") type vxlan id 1 \
			local $(lab_ip6 "$node") dev eth0 dstport 8472 nolearning
		address add 10.244.$i.0/32 dev flannel.1
		address add fd00:10:244:$i::/128 dev flannel-v6.1 nodad
		link set flannel.1 up
		link set flannel-v6.1 up
		route add default via $(lab_ip4 x)
		route add default via $(lab_ip6 x)
	END
	{
		lab_flannel_rules ip "$LAB_CLUSTER4" "10.244.$i.0/24" 224.0.0.0/4
		lab_flannel_rules ip6 "$LAB_CLUSTER6" "fd00:10:244:$i::/64" ff00::/8
	} | ip netns exec "$ns" nft -f -
}

# Tells node $1 the way to the pods of node $2, as flanneld does when it learns of a lease.
lab_lease() {
	local j=${2#n} mac
	mac=$(printf %02x "$j")
	ip netns exec "$(lab_ns "$1")" bridge -b - <<-END
		fdb append 0e:00:00:04:00:$mac dev flannel.1 dst $(lab_ip4 "$2")
		fdb append 0e:00:00:06:00:$mac dev flannel-v6.1 dst $(lab_ip6 "$2")
	END
	ip -n "$(lab_ns "$1")" -b - <<-END
		neighbour replace 10.244.$j.0 lladdr 0e:00:00:04:00:$mac dev flannel.1 nud permanent
		neighbour replace fd00:10:244:$j:: lladdr 0e:00:00:06:00:$mac dev flannel-v6.1 nud permanent
		route replace 10.244.$j.0/24 via 10.244.$j.0 dev flannel.1 onlink
		route replace fd00:10:244:$j::/64 via fd00:10:244:$j:: dev flannel-v6.1 onlink
	END
}

lab_outside() {
	local node
	lab_netns_add "$LAB-x"
	lab_underlay_join x
	for node; do
		ip -n "$LAB-x" -b - <<-END
			route add 10.244.${node#n}.0/24 via $(lab_ip4 "$node")
			route add fd00:10:244:${node#n}::/64 via $(lab_ip6 "$node")
		END
	done
}

# lab_world NAME IPV4 IPV6: a host of the world, which x plays.
lab_world() {
	mkdir "$LAB_DIR/hosts/$1"
	echo "$2" >"$LAB_DIR/hosts/$1/ip4"
	echo "$3" >"$LAB_DIR/hosts/$1/ip6"
	ip -n "$LAB-x" address add "$2/32" dev eth0
	ip -n "$LAB-x" address add "$3/128" dev eth0 nodad
}

# lab_up [NODE...]: n1 and n2 if none is named.  A node's number is the third part of its pods' addresses.
lab_up() {
	local node other reason
	[ $# -gt 0 ] || set -- n1 n2
	reason=$(lab_missing) || lab_fail "$reason" || return 1
	# Without -p: what exists already is not ours.
	mkdir -m 700 "$LAB_DIR" || return 1
	echo "$*" >"$LAB_DIR/nodes"
	mkdir -p "$LAB_DIR/pods" "$LAB_DIR/hosts" "$LAB_DIR/new" "$LAB_DIR/cni" "$LAB_MANIFESTS"
	lab_netns_add "$LAB-u"
	lab_sysctl "$LAB-u" net/bridge/bridge-nf-call-iptables=0 net/bridge/bridge-nf-call-ip6tables=0
	ip -n "$LAB-u" link add br0 type bridge mcast_snooping 0
	ip -n "$LAB-u" link set br0 up
	lab_outside "$@"
	for node; do
		lab_node "$node"
	done
	for node; do
		for other; do
			[ "$node" = "$other" ] || lab_lease "$node" "$other"
		done
	done
}

# Ends what lab_agent_start started and removes the rest.  Safe in a trap, at any time, twice.
lab_down() {
	local pid ns
	[ -d "$LAB_DIR" ] || return 0
	for pid in "$LAB_DIR"/*.pid; do
		[ -e "$pid" ] || continue
		lab_agent_end "$(basename "$pid" .pid)" KILL 2>/dev/null || true
	done
	ip netns list 2>/dev/null | while read -r ns _; do
		case $ns in
		"$LAB"-*) ip netns del "$ns" || true ;;
		esac
	done
	rm -rf -- "$LAB_DIR"
}

# Manifests go to DIR from now on; those written so far are moved there.
lab_manifests() {
	mkdir -p "$1"
	if [ -d "$LAB_MANIFESTS" ] && ! [ "$LAB_MANIFESTS" -ef "$1" ]; then
		find "$LAB_MANIFESTS" -maxdepth 1 -name '*.yaml' -exec mv -t "$1" {} +
	fi
	LAB_MANIFESTS=$1
}

# lab_put NAME: standard input becomes the manifest NAME, which appears complete or not at all.
lab_put() {
	cat >"$LAB_DIR/new/$1"
	mv "$LAB_DIR/new/$1" "$LAB_MANIFESTS/$1"
}

lab_quote() {
	printf "'%s'" "${1//\'/\'\'}"
}

# Labels of the arguments, indented by $1 below `labels:`.
lab_yaml_labels() {
	local indent=$1 word any=
	shift
	for word; do
		case $word in
		port:* | ip:*) continue ;;
		esac
		[ -n "$any" ] || printf '%slabels:\n' "$indent"
		any=1
		printf '%s  %s: %s\n' "$indent" "$(lab_quote "${word%%=*}")" "$(lab_quote "${word#*=}")"
	done
	[ -n "$any" ] || printf '%slabels: {}\n' "$indent"
}

# Container ports of the arguments, port:NAME=NUMBER[/PROTO].
lab_yaml_ports() {
	local word number any=
	for word; do
		case $word in
		port:*) ;;
		*) continue ;;
		esac
		[ -n "$any" ] || printf '    ports:\n'
		any=1
		word=${word#port:} number=${word#*=}
		printf '    - name: %s\n      containerPort: %s\n' "$(lab_quote "${word%%=*}")" "${number%/*}"
		case $number in
		*/*) printf '      protocol: %s\n' "${number#*/}" ;;
		*) printf '      protocol: TCP\n' ;;
		esac
	done
}

# lab_namespace NAME [KEY=VALUE...]: writes its manifest, with the label that the API server always sets.
lab_namespace() {
	local name=$1
	shift
	{
		printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n' "$name"
		lab_yaml_labels '  ' "kubernetes.io/metadata.name=$name" "$@"
		printf 'status:\n  phase: Active\n'
	} | lab_put "namespace-$name.yaml"
}

# lab_pod_manifest NODE NS/NAME IP4 IP6 PHASE [LABEL|PORT...]: for tests also without a pod behind it.
lab_pod_manifest() {
	local node=$1 pod=$2 ip4=$3 ip6=$4 phase=$5
	shift 5
	{
		printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n  namespace: %s\n' "${pod#*/}" "${pod%%/*}"
		printf '  creationTimestamp: "%s"\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		lab_yaml_labels '  ' "$@"
		printf 'spec:\n  nodeName: %s\n  containers:\n  - name: main\n    image: none.invalid/none\n' "$node"
		lab_yaml_ports "$@"
		printf 'status:\n  phase: %s\n  hostIP: %s\n' "$phase" "$(lab_ip4 "$node")"
		printf '  hostIPs:\n  - ip: %s\n  - ip: %s\n' "$(lab_ip4 "$node")" "$(lab_ip6 "$node")"
		printf '  podIP: %s\n  podIPs:\n  - ip: %s\n  - ip: %s\n' "$ip4" "$ip4" "$ip6"
	} | lab_put "pod-${pod%%/*}.${pod#*/}.yaml"
}

# What Flannel's plugin hands to bridge; the addresses of ip:ADDRESS arguments are asked for.
lab_cni_config() {
	local i=${1#n} word ips=
	shift
	for word; do
		case $word in
		ip:*) ips="$ips${ips:+, }\"${word#ip:}\"" ;;
		esac
	done
	cat <<-END
		{
			"cniVersion": "0.3.1", "name": "cbr0", "type": "bridge", "bridge": "cni0", "mtu": 1450,
			"isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
			"args": { "cni": { "ips": [ $ips ] } },
			"ipam": {
				"type": "host-local", "dataDir": "$LAB_DIR/cni/n$i",
				"ranges": [ [ { "subnet": "10.244.$i.0/24" } ], [ { "subnet": "fd00:10:244:$i::/64" } ] ],
				"routes": [ { "dst": "$LAB_CLUSTER4" }, { "dst": "$LAB_CLUSTER6" } ]
			}
		}
	END
}

# lab_cni COMMAND NODE POD [ip:ADDRESS...]: as a container runtime does it, in the node's namespace.
lab_cni() {
	local command=$1 node=$2 pod=$3 ns
	shift 3
	ns=$(lab_ns "$pod")
	lab_cni_config "$node" "$@" | ip netns exec "$(lab_ns "$node")" env CNI_COMMAND="$command" CNI_CONTAINERID="$ns" \
		CNI_NETNS="/run/netns/$ns" CNI_IFNAME=eth0 CNI_PATH="$CNI_PATH" "$CNI_PATH/bridge"
}

# Makes node $1 and its pods forget who had the addresses of pod $2 before, as seconds that pass would.
lab_forget() {
	local pod
	{
		lab_ns "$1"
		for pod in $(lab_pods); do
			[ "$(lab_pod_node "$pod")" != "$1" ] || lab_ns "$pod"
		done
	} | while read -r pod; do
		ip -n "$pod" neighbour flush to "$(lab_ip4 "$2")"
		ip -n "$pod" neighbour flush to "$(lab_ip6 "$2")"
	done
}

# lab_pod NODE NS/NAME [KEY=VALUE | port:NAME=NUMBER[/PROTO] | ip:ADDRESS]...: labels, named container ports, wanted
# addresses (else host-local chooses).  Prints "IPV4 IPV6".
lab_pod() {
	local node=$1 pod=$2 dir addresses
	shift 2
	dir=$LAB_DIR/pods/${pod/\//.}
	[ ! -e "$dir" ] || lab_fail "pod $pod exists already" || return 1
	mkdir "$dir"
	printf '%s\n' "$node" >"$dir/node"
	lab_netns_add "$(lab_ns "$pod")"
	lab_cni ADD "$node" "$pod" "$@" >"$dir/result" || lab_fail "$(cat "$dir/result")" || return 1
	addresses=$(grep -o '"address": *"[^"]*"' "$dir/result" | cut -d'"' -f4)
	printf '%s\n' "$addresses" | grep -v : | cut -d/ -f1 >"$dir/ip4"
	printf '%s\n' "$addresses" | grep : | cut -d/ -f1 >"$dir/ip6"
	printf '%s\n' "$pod" >"$dir/name"
	case " $*" in
	*" ip:"*) lab_forget "$node" "$pod" ;;
	esac
	[ -e "$LAB_MANIFESTS/namespace-${pod%%/*}.yaml" ] || lab_namespace "${pod%%/*}"
	lab_pod_manifest "$node" "$pod" "$(lab_ip4 "$pod")" "$(lab_ip6 "$pod")" Running "$@"
	echo "$(lab_ip4 "$pod") $(lab_ip6 "$pod")"
}

# Removes a pod, its addresses and its manifest.
lab_pod_del() {
	local dir=$LAB_DIR/pods/${1/\//.}
	lab_cni DEL "$(lab_pod_node "$1")" "$1"
	ip netns del "$(lab_ns "$1")"
	rm -f "$LAB_MANIFESTS/pod-${1/\//.}.yaml"
	rm -r -- "$dir"
}

# How long is the log of the agent on NODE?  For lab_agent_wait.
lab_agent_mark() {
	stat -c %s "$LAB_DIR/$1.log" 2>/dev/null || echo 0
}

# lab_agent_said NODE MARK TEXT: has the agent logged TEXT after MARK?
lab_agent_said() {
	tail -c "+$(($2 + 1))" "$LAB_DIR/$1.log" | grep -qF -- "$3"
}

lab_agent_alive() {
	[ -e "$LAB_DIR/$1.pid" ] && kill -0 "$(cat "$LAB_DIR/$1.pid")" 2>/dev/null
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
	lab_exec_background "$node" "$SELVAGE" run --from "$LAB_MANIFESTS" --node "$node" "$@"
	lab_agent_wait "$node" "$mark" ready: 10000 && return 0
	tail -n 20 "$log" >&2
	lab_fail "the agent on $node did not become ready"
}

# `ip netns exec` becomes the program, so its process is the agent's.
lab_exec_background() {
	local node=$1
	shift
	: >>"$LAB_DIR/$node.log"
	ip netns exec "$(lab_ns "$node")" "$@" >>"$LAB_DIR/$node.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/$node.pid"
}

# lab_agent_end NODE SIGNAL: sends it and waits for the end, at most 5 s.
lab_agent_end() {
	local file=$LAB_DIR/$1.pid pid tries=250
	[ -e "$file" ] || return 0
	pid=$(cat "$file")
	rm -f "$file"
	kill -s "$2" "$pid" 2>/dev/null || return 0
	while kill -0 "$pid" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || lab_fail "the agent on $1 does not end" || return 1
		sleep 0.02
	done
	wait "$pid" 2>/dev/null || true
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
				silent="$silent ${word%%=*}"
			fi
		done
		[ -n "$silent" ] || return 0
		[ "$(date +%s%3N)" -lt "$until" ] || break
		sleep 0.02
	done
	[ -n "$spoke" ] || lab_fail "no agent has applied the change in 5 s"
}

# Where are probe and flood?  In $LAB_TOOLS, or built into the lab.
lab_tool() {
	local dir=${LAB_TOOLS:-$LAB_DIR/tools}
	[ -x "$dir/$1" ] || lab_tools_build "$dir" || return 1
	echo "$dir/$1"
}

lab_tools_build() {
	local flags="-std=gnu17 -D_GNU_SOURCE -O2 -Wall -pthread"
	mkdir -p "$1"
	# shellcheck disable=SC2086 # flags are words
	(
		cd "$LAB_SOURCE" || exit
		${CC:-cc} $flags -o "$1/probe" probe.c connect.c packet.c question.c place.c
		${CC:-cc} $flags -o "$1/flood" flood.c place.c
	)
}

# Everybody there is, one "WHO NETNS IPV4 IPV6" per line.
lab_everybody() {
	local who
	for who in $(lab_pods) $(cat "$LAB_DIR/nodes") x $(ls "$LAB_DIR/hosts"); do
		echo "$who $(lab_ns "$who") $(lab_ip4 "$who") $(lab_ip6 "$who")"
	done
}

# Reads questions "FROM TO PROTO PORT [must]" with FROM and TO as WHO, and prints each as probe wants it, for both
# families (IPv4, then IPv6).
lab_questions() {
	lab_everybody >"$LAB_DIR/new/everybody"
	awk '
		FNR == NR { ns[$1] = $2; v4[$1] = $3; v6[$1] = $4; next }
		!($1 in ns) || !($2 in ns) { print "lab: nobody is called " $1 " or " $2 >"/dev/stderr"; exit 1 }
		{
			print ns[$1], v4[$1], ns[$2], v4[$2], $3, $4, $5
			print ns[$1], v6[$1], ns[$2], v6[$2], $3, $4, $5
		}
	' "$LAB_DIR/new/everybody" -
}

# lab_probe OPTION...: the answers to what lab_questions makes of standard input.
lab_probe() {
	lab_questions >"$LAB_DIR/new/questions" || return 1
	"$(lab_tool probe)" "$@" "$LAB_DIR/new/questions"
}
