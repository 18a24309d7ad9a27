/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces by name, and sockets opened inside them. */
#ifndef NETNS_PLACE_H
#define NETNS_PLACE_H

#include <stddef.h>

struct place {
	char *name;
	int fd;    /* the namespace */
	int raw4;  /* sends whole IPv4 packets from there, -1 until first used */
	int raw6;  /* the same for IPv6 */
	int watch; /* sees what arrives there, -1 unless place_watch() was called */
};

struct places {
	struct place *at;
	size_t n;
};

/* The index of the namespace called `name` (in /run/netns, or a path), which is opened if it is new.  Exits if there is
 * no such namespace. */
size_t places_find(struct places *places, const char *name);
void places_fini(struct places *places);

/* A socket that lives in that namespace.  -1 and errno if it cannot be had. */
int place_socket(const struct place *place, int family, int type, int protocol);

/* The raw socket of a family, kept until places_fini().  Exits if it cannot be had. */
int place_raw(struct place *place, int family);

/* Opens `watch`: whole packets, IP header first, that the namespace receives on any interface.  Exits if it cannot. */
void place_watch(struct place *place);

/* How many packets were lost because nobody read `watch` in time? */
unsigned place_lost(const struct place *place);

#endif
