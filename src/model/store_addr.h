/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part of the store: who has an address?  Live pods claim pod addresses, nodes have those that their pods report. */
#ifndef STORE_ADDR_H
#define STORE_ADDR_H

#include <selvage/hmap.h>
#include <selvage/object.h>

struct store_addr {
	struct hmap claims; /* of live pods */
	struct hmap hosts;  /* of nodes */
};

/* Takes in what a pod says about addresses; borrows the pod until store_addr_del(), which must see it unchanged. */
void store_addr_put(struct store_addr *addr, const struct pod *pod);
void store_addr_del(struct store_addr *addr, const struct pod *pod);

void store_addr_fini(struct store_addr *addr);

/* The next live pod after `after` (NULL: the first) that claims an address. */
const struct pod *store_addr_claim(const struct store_addr *addr, const struct ip *ip, const struct pod *after);

/* The node that has an address: the one that most pods name, of equals the first by name. */
const char *store_addr_node(const struct store_addr *addr, const struct ip *ip);

#endif
