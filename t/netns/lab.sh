# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A Flannel-shaped cluster in network namespaces: functions for the demo and for every test that wants real packets.
#
#	. t/netns/lab.sh
#	trap lab_down EXIT
#	lab_up                                              # nodes n1 and n2, the outside host x
#	lab_pod n1 production/db-0 role=database port:pg=5432
#	lab_agent_start n1
#	lab_exec production/db-0 ping -c1 "$(lab_ip4 x)"
#
# WHO is n1, n2, ..., x, a pod as NAMESPACE/NAME, a host that lab_world made, or the machine that lab_control made.  Every
# network namespace is called $LAB-something and every file lies in $LAB_DIR, so that labs can run side by side; another
# shell that sets the same LAB can use a lab that is up.
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

# shellcheck source=t/netns/lab_pod.sh
. "$LAB_SOURCE/lab_pod.sh"
# shellcheck source=t/netns/lab_agent.sh
. "$LAB_SOURCE/lab_agent.sh"
# shellcheck source=t/netns/lab_ask.sh
. "$LAB_SOURCE/lab_ask.sh"

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
	n[0-9]* | control) echo "$LAB-$1" ;;
	*) echo "$LAB-x" ;;
	esac
}

# The addresses of WHO; a node's are those on the underlay.
lab_ip4() {
	case $1 in
	*/*) cat "$LAB_DIR/pods/${1/\//.}/ip4" ;;
	n[0-9]*) echo "172.30.0.${1#n}" ;;
	x) echo 172.30.0.100 ;;
	control) echo 172.30.0.200 ;;
	*) cat "$LAB_DIR/hosts/$1/ip4" ;;
	esac
}

lab_ip6() {
	case $1 in
	*/*) cat "$LAB_DIR/pods/${1/\//.}/ip6" ;;
	n[0-9]*) echo "fd00:172:30::${1#n}" ;;
	x) echo fd00:172:30::100 ;;
	control) echo fd00:172:30::200 ;;
	*) cat "$LAB_DIR/hosts/$1/ip6" ;;
	esac
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

# A machine on the underlay, called control, that is no node and has nothing to do with pods.
lab_control() {
	lab_netns_add "$LAB-control"
	lab_underlay_join control
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
