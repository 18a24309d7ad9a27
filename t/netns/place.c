/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enters a namespace just long enough to open a socket, which stays there. */
#include "place.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WATCH_BUFFER (16 << 20)

static int open_netns(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(2, "%s", path);
	return fd;
}

static int home(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(2, "/proc/self/ns/net");
	return fd;
}

static void enter(int fd)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		err(2, "setns");
}

size_t places_find(struct places *places, const char *name)
{
	struct place *place;

	for (size_t i = 0; i < places->n; i++)
		if (!strcmp(places->at[i].name, name))
			return i;
	places->at = reallocarray(places->at, places->n + 1, sizeof(*places->at));
	if (!places->at)
		err(2, "namespaces");
	place = &places->at[places->n];
	*place = (struct place){.name = strdup(name), .fd = open_netns(name), .raw4 = -1, .raw6 = -1, .watch = -1};
	if (!place->name)
		err(2, "namespaces");
	return places->n++;
}

static void close_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void places_fini(struct places *places)
{
	for (size_t i = 0; i < places->n; i++) {
		close_open(places->at[i].raw4);
		close_open(places->at[i].raw6);
		close_open(places->at[i].watch);
		close(places->at[i].fd);
		free(places->at[i].name);
	}
	free(places->at);
	*places = (struct places){0};
}

int place_socket(const struct place *place, int family, int type, int protocol)
{
	int back = home();
	int fd;

	enter(place->fd);
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	enter(back);
	return fd;
}

int place_raw(struct place *place, int family)
{
	int *raw = family == AF_INET ? &place->raw4 : &place->raw6;

	/* IPPROTO_RAW: the packets bring their own IP header, and nothing is ever received. */
	if (*raw < 0)
		*raw = place_socket(place, family, SOCK_RAW, IPPROTO_RAW);
	if (*raw < 0)
		err(2, "%s: raw socket", place->name);
	return *raw;
}

void place_watch(struct place *place)
{
	int size = WATCH_BUFFER, yes = 1;

	if (place->watch >= 0)
		return;
	place->watch = place_socket(place, AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (place->watch < 0)
		err(2, "%s: packet socket", place->name);
	if (setsockopt(place->watch, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(place->watch, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) < 0)
		err(2, "%s: packet socket", place->name);
}

unsigned place_lost(const struct place *place)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	if (getsockopt(place->watch, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
		err(2, "%s: packet statistics", place->name);
	return stats.tp_drops;
}
