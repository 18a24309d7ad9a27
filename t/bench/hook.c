/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long does a packet take through the forward hook? */
#include "hook.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <selvage/nl.h>

#include "bench.h"

static const char setup[] = "ip link set lo up && sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1 "
			    "net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.tun0.send_redirects=0 "
			    "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tun0.rp_filter=0 && "
			    "ip link set tun0 up && ip route add default dev tun0";

static int tun_open(void)
{
	struct ifreq request = {.ifr_name = "tun0"};
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	bench_must(tun >= 0 && !ioctl(tun, TUNSETIFF, &request), "no tun device");
	return tun;
}

void hook_open(struct hook *hook)
{
	bench_must(!unshare(CLONE_NEWNET), "a network namespace of its own takes root");
	hook->netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	hook->tun = tun_open();
	bench_must(!system(setup), "cannot set up the namespace");
	hook->conntrack = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	bench_must(hook->conntrack >= 0, "no conntrack");
}

void hook_close(struct hook *hook)
{
	close(hook->conntrack);
	close(hook->tun);
	close(hook->netns);
}

void hook_enter(const struct hook *hook)
{
	bench_must(!setns(hook->netns, CLONE_NEWNET), "cannot enter the namespace");
}

void hook_script(const struct hook *hook, void (*write)(const void *ctx, FILE *out), const void *ctx)
{
	FILE *nft;

	hook_enter(hook);
	nft = popen("nft -f -", "we");
	bench_must(nft, "cannot run nft");
	write(ctx, nft);
	bench_must(!pclose(nft), "nft does not take the script");
}

void hook_facts(const struct hook *hook, const struct facts *facts)
{
	struct patch patch = {.add = *facts};
	struct nl_stats stats;
	struct err err;
	struct nl *nl;

	hook_enter(hook);
	nl = nl_open(&err);
	bench_must(nl && !nl_write(nl, &patch, &stats, &err), "%s", err.msg);
	nl_close(nl);
}

static void put16(uint8_t *to, uint16_t x)
{
	to[0] = (uint8_t)(x >> 8);
	to[1] = (uint8_t)x;
}

static void put32(uint8_t *to, uint32_t x)
{
	put16(to, (uint16_t)(x >> 16));
	put16(to + 2, (uint16_t)x);
}

/* RFC 1071, of the IP header. */
static uint16_t checksum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void datagram_init(struct datagram *d, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port)
{
	uint8_t *ip = d->bytes, *udp = ip + 20;

	memset(d, 0, sizeof *d);
	ip[0] = 0x45;
	put16(ip + 2, sizeof d->bytes);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, from);
	put32(ip + 16, to);
	put16(ip + 10, checksum(ip));
	put16(udp, from_port);
	put16(udp + 2, to_port);
	put16(udp + 4, sizeof d->bytes - 20); /* no checksum: RFC 768 */
}

bool hook_passes(const struct hook *hook, const struct datagram *d)
{
	struct datagram out;
	bool passed = false;

	while (read(hook->tun, &out, sizeof out) > 0)
		continue;
	bench_must(write(hook->tun, d, sizeof *d) == sizeof *d, "cannot send");
	while (read(hook->tun, &out, sizeof out) > 0)
		passed |= !memcmp(out.bytes + 12, d->bytes + 12, sizeof d->bytes - 12);
	return passed;
}

int64_t hook_send(const struct hook *hook, const struct datagram *at, size_t n)
{
	int64_t start = bench_now();

	for (size_t i = 0; i < n; i++)
		if (write(hook->tun, &at[i], sizeof at[i]) != sizeof at[i])
			bench_must(false, "cannot send");
	return bench_now() - start;
}

void hook_flush(const struct hook *hook)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg gen;
	} request = {
		.head = {.nlmsg_len = sizeof request, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.gen = {.version = NFNETLINK_V0},
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr status;
		char rest[1024];
	} answer;

	request.head.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	bench_must(send(hook->conntrack, &request, sizeof request, 0) == sizeof request &&
			   recv(hook->conntrack, &answer, sizeof answer, 0) >=
				   (ssize_t)(sizeof answer.head + sizeof(int)) &&
			   !answer.status.error,
		   "cannot flush conntrack");
}
