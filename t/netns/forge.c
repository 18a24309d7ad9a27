/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do packets get through that no honest socket sends: any source, any protocol, frames of an overlay? */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "place.h"

#define MARK 16
#define PACKET 256
#define SETTLE_MS 300
#define SETTLE_END_MS 3000
#define SOURCE_PORT 40000
#define VNI 1

static const char usage[] =
	"usage: forge [-n TIMES] [-p PORT] [-s SCOPE] [-f MAC,FROM,TO] FROM-NETNS FROM-IP TO-IP PROTOCOL AT-NETNS\n"
	"Sends TIMES (10) raw packets of a protocol (a number, or `all` for one of each of the 256) from FROM-IP, "
	"which\n"
	"need not be the sender's, and prints how many came in at AT-NETNS: `received N`, and with `all` which did "
	"not:\n"
	"`missing N...`.\n"
	"  -p  the destination port (9) of TCP, UDP, UDP-Lite, DCCP and SCTP\n"
	"  -s  the interface of a link-local destination\n"
	"  -f  the packet, to be UDP, carries a frame of VXLAN network 1 to MAC, in it UDP to port 9 between these "
	"addresses;\n"
	"      what counts is where that comes in\n";

struct ends {
	struct sockaddr_in6 from, to; /* or sockaddr_in */
};

struct forge {
	const char *from_netns, *at_netns;
	struct ends outer, inner;
	struct ether_addr mac;
	bool frame, all;
	int times;
	uint16_t port;
	unsigned scope;
	uint8_t proto;
	uint8_t mark[MARK]; /* and the protocol behind it */
};

static int family_of(const struct ends *ends)
{
	return ends->to.sin6_family;
}

static const void *address_of(const struct sockaddr_in6 *a)
{
	return a->sin6_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
					 : (const void *)&a->sin6_addr;
}

static void address_parse(const char *text, struct sockaddr_in6 *out)
{
	struct sockaddr_in *four = (void *)out;

	*out = (struct sockaddr_in6){.sin6_family = AF_INET6};
	if (inet_pton(AF_INET6, text, &out->sin6_addr) == 1)
		return;
	*four = (struct sockaddr_in){.sin_family = AF_INET};
	if (inet_pton(AF_INET, text, &four->sin_addr) != 1)
		errx(2, "%s is no address", text);
}

static void put16(uint8_t *to, unsigned x)
{
	to[0] = (uint8_t)(x >> 8);
	to[1] = (uint8_t)x;
}

static uint32_t sum(uint32_t start, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		start += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (n % 2)
		start += (uint32_t)bytes[n - 1] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

/* Of a transport header and what follows (RFC 768, RFC 8200 8.1). */
static uint16_t transport_sum(const struct ends *ends, uint8_t proto, const uint8_t *bytes, size_t n)
{
	size_t size = family_of(ends) == AF_INET ? 4 : 16;
	uint32_t s = sum((uint32_t)(n + proto), address_of(&ends->from), size);

	s = sum(sum(s, address_of(&ends->to), size), bytes, n);
	return s == 0xffff ? 0xffff : (uint16_t)~s;
}

static size_t ip_write(const struct ends *ends, uint8_t proto, size_t payload, uint8_t *to)
{
	if (family_of(ends) == AF_INET) {
		memset(to, 0, 20);
		to[0] = 0x45;
		put16(to + 2, (unsigned)(20 + payload));
		to[8] = 64;
		to[9] = proto;
		memcpy(to + 12, address_of(&ends->from), 4);
		memcpy(to + 16, address_of(&ends->to), 4);
		put16(to + 10, (uint16_t)~sum(0, to, 20));
		return 20;
	}
	memset(to, 0, 40);
	to[0] = 0x60;
	put16(to + 4, (unsigned)payload);
	to[6] = proto;
	to[7] = 64;
	memcpy(to + 8, address_of(&ends->from), 16);
	memcpy(to + 24, address_of(&ends->to), 16);
	return 40;
}

static size_t ip_size(const struct ends *ends)
{
	return family_of(ends) == AF_INET ? 20 : 40;
}

/* A header of 20 bytes, of which ports stand where all protocols with ports have them, then the mark. */
static size_t plain_write(const struct forge *forge, const struct ends *ends, uint8_t proto, uint8_t *to)
{
	uint8_t *header = to + ip_size(ends);
	size_t n = (proto == IPPROTO_UDP ? 8 : 20) + MARK + 1;

	memset(header, 0, n);
	put16(header, SOURCE_PORT + proto);
	put16(header + 2, forge->port);
	if (proto == IPPROTO_UDP)
		put16(header + 4, (unsigned)n);
	if (proto == IPPROTO_TCP) {
		header[12] = 0x50;
		header[13] = 0x02; /* SYN */
	}
	memcpy(header + n - MARK - 1, forge->mark, MARK);
	header[n - 1] = proto;
	if (proto == IPPROTO_UDP)
		put16(header + 6, transport_sum(ends, proto, header, n));
	if (proto == IPPROTO_TCP)
		put16(header + 16, transport_sum(ends, proto, header, n));
	return ip_write(ends, proto, n, to) + n;
}

/* RFC 7348 */
static size_t frame_write(const struct forge *forge, uint8_t *to)
{
	uint8_t *udp = to + ip_size(&forge->outer), *vxlan = udp + 8, *ether = vxlan + 8;
	struct forge plain = *forge;
	size_t n;

	plain.port = 9;
	n = 8 + 8 + 14 + plain_write(&plain, &forge->inner, IPPROTO_UDP, ether + 14);
	memset(udp, 0, 8 + 8 + 14);
	put16(udp, SOURCE_PORT);
	put16(udp + 2, forge->port);
	put16(udp + 4, (unsigned)n);
	vxlan[0] = 0x08;
	vxlan[6] = VNI;
	memcpy(ether, &forge->mac, 6);
	memcpy(ether + 6, "\x0e\0\0\0\0\x99", 6);
	put16(ether + 12, family_of(&forge->inner) == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	put16(udp + 6, transport_sum(&forge->outer, IPPROTO_UDP, udp, n));
	return ip_write(&forge->outer, IPPROTO_UDP, n, to) + n;
}

/* What the sender's own kernel refuses has not arrived either. */
static void send_one(struct place *from, const struct forge *forge, uint8_t proto)
{
	struct sockaddr_in6 to = forge->outer.to;
	uint8_t packet[PACKET];
	size_t n = forge->frame ? frame_write(forge, packet) : plain_write(forge, &forge->outer, proto, packet);
	int fd = place_raw(from, to.sin6_family), yes = 1;

	if (to.sin6_family == AF_INET6)
		to.sin6_scope_id = forge->scope;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
	sendto(fd, packet, n, 0, (struct sockaddr *)&to,
	       to.sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof to);
}

/* Takes what has come in; how many packets of ours that was. */
static unsigned take(const struct place *at, const struct forge *forge, bool seen[256])
{
	uint8_t packet[2048];
	unsigned n = 0;
	ssize_t size;

	while ((size = recv(at->watch, packet, sizeof packet, MSG_DONTWAIT)) > 0) {
		uint8_t *mark = memmem(packet, (size_t)size, forge->mark, MARK);

		if (!mark || mark + MARK >= packet + size)
			continue;
		seen[mark[MARK]] = true;
		n++;
	}
	return n;
}

/* Returns when nothing has come in for a while. */
static unsigned settle(const struct place *at, const struct forge *forge, bool seen[256])
{
	struct pollfd poller = {.fd = at->watch, .events = POLLIN};
	unsigned n = 0;

	for (int waited = 0; waited < SETTLE_END_MS; waited += SETTLE_MS) {
		unsigned more;

		while (poll(&poller, 1, SETTLE_MS) > 0) {
			more = take(at, forge, seen);
			n += more;
			if (!more)
				break;
		}
		if (!poll(&poller, 1, 0))
			break;
	}
	return n;
}

static void run(const struct forge *forge)
{
	struct places places = {0};
	size_t from = places_find(&places, forge->from_netns), at = places_find(&places, forge->at_netns);
	bool seen[256] = {false};
	unsigned n = 0;

	place_watch(&places.at[at]);
	for (int i = 0; i < forge->times; i++) {
		for (unsigned proto = forge->all ? 0 : forge->proto; proto <= (forge->all ? 255 : forge->proto);
		     proto++)
			send_one(&places.at[from], forge, (uint8_t)proto);
		n += take(&places.at[at], forge, seen);
	}
	n += settle(&places.at[at], forge, seen);
	printf("received %u\n", n);
	if (forge->all) {
		printf("missing");
		for (unsigned proto = 0; proto < 256; proto++)
			if (!seen[proto])
				printf(" %u", proto);
		printf("\n");
	}
	places_fini(&places);
}

static void frame_parse(char *text, struct forge *forge)
{
	char *mac = strtok(text, ","), *from = strtok(NULL, ","), *to = strtok(NULL, ",");

	if (!to || !ether_aton_r(mac, &forge->mac))
		errx(2, "-f takes MAC,FROM,TO");
	address_parse(from, &forge->inner.from);
	address_parse(to, &forge->inner.to);
	forge->frame = true;
}

int main(int argc, char **argv)
{
	struct forge forge = {.times = 10, .port = 9};
	int option;

	while ((option = getopt(argc, argv, "n:p:s:f:")) != -1) {
		if (option == 'n')
			forge.times = atoi(optarg);
		else if (option == 'p')
			forge.port = (uint16_t)atoi(optarg);
		else if (option == 's')
			forge.scope = (unsigned)atoi(optarg);
		else if (option == 'f')
			frame_parse(optarg, &forge);
		else
			errx(2, "%s", usage);
	}
	if (argc - optind != 5)
		errx(2, "%s", usage);
	forge.from_netns = argv[optind];
	forge.at_netns = argv[optind + 4];
	address_parse(argv[optind + 1], &forge.outer.from);
	address_parse(argv[optind + 2], &forge.outer.to);
	forge.all = !strcmp(argv[optind + 3], "all");
	forge.proto = (uint8_t)atoi(argv[optind + 3]);
	if (getrandom(forge.mark, MARK, 0) != MARK)
		err(2, "getrandom");
	run(&forge);
	return 0;
}
