/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace whose only traffic are the packets that we write into a tun device: they come in there, pass the
 * forward hook, and leave by the same device, whose queue is full and drops them.  All of that happens within the system
 * call that writes, so its time is the time that the packet takes.
 */
#ifndef SELVAGE_BENCH_HOOK_H
#define SELVAGE_BENCH_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <selvage/fact.h>

struct hook {
	int netns, tun, conntrack;
};

/* One UDP datagram over IPv4. */
struct datagram {
	uint8_t bytes[20 + 8 + 18];
};

void hook_open(struct hook *hook);
void hook_close(struct hook *hook);

/* The calling thread enters the namespace. */
void hook_enter(const struct hook *hook);

/* Loads a script, through nft. */
void hook_script(const struct hook *hook, void (*write)(const void *ctx, FILE *out), const void *ctx);

/* Loads facts into an empty table. */
void hook_facts(const struct hook *hook, const struct facts *facts);

/* Addresses as numbers: 0x0a000001 is 10.0.0.1. */
void datagram_init(struct datagram *d, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port);

/* Does a packet get through? */
bool hook_passes(const struct hook *hook, const struct datagram *d);

/* Sends them all; ns in total.  The first 1,000 or so after hook_passes() fill the device's queue. */
int64_t hook_send(const struct hook *hook, const struct datagram *at, size_t n);

/* Forgets all connections. */
void hook_flush(const struct hook *hook);

#endif
