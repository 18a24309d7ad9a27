/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a node enforces and how well, as one JSON document: the agent fills it in from what it knows, `selvage status` from
 * the kernel alone when there is no agent, and prints either.
 */
#ifndef SELVAGE_STATUS_H
#define SELVAGE_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <selvage/drop_print.h>
#include <selvage/metrics.h>
#include <selvage/table.h>

#define STATUS_VERSION 1

/* One direction of a pod. */
struct status_side {
	bool isolated;
	bool known;                  /* which policies isolate it, so that they count: */
	const char *const *policies; /* "NS/POLICY" */
	size_t n_policies;
	uint64_t drops;
	int64_t last;  /* seconds since 1970, of the last drop that was told of; 0: none was */
	bool shadowed; /* policies that are only proposed isolate it, so that these count: */
	uint64_t shadow_drops;
	int64_t shadow_last;
};

enum status_state {
	STATUS_OK,   /* as it should be */
	STATUS_NOTE, /* it could be better, and nothing is open for it */
	STATUS_BAD,  /* policy does not hold for it */
};

/* What others did to the table. */
struct status_drift {
	int64_t when;
	const char *process; /* "" if nobody knows */
	uint32_t pid;        /* 0 likewise */
	const char *what;
	bool repaired;
};

/* A document; node NULL if that is not known.  All texts may hold any bytes and are copied. */
json_t *status_new(const char *node, bool agent);

/* Why the node is not protected as it should be. */
void status_reason(json_t *status, const char *reason);

void status_pod(json_t *status, const char *pod, const struct status_side sides[static DIRECTION_COUNT]);
void status_guard(json_t *status, const char *guard, enum status_state state, const char *detail);
void status_drift(json_t *status, const struct status_drift *drift);
void status_repairs(json_t *status, uint64_t repairs);
void status_feed(json_t *status, enum object_kind kind, const struct feed_metrics *feed, const char *error);

/* An object that cannot be understood in full, in one sentence. */
void status_flaw(json_t *status, const char *flaw);

/* So many policies are proposed, and the table counts what they would drop, or not. */
void status_shadow(json_t *status, size_t policies, bool active);

/* Packets that were dropped, or would be, lately, as drop_json() makes it of the last; takes it. */
void status_recent(json_t *status, json_t *take, uint64_t count);

/* How dropped packets get here: the NFLOG group (0: they do not), whether the agent listens to it, and how many it missed. */
void status_log(json_t *status, uint16_t group, bool listens, uint64_t lost);

/* Drops that are no pod's: of the chains `overlay`, `unknown-in` and `unknown-out`. */
void status_other(json_t *status, const char *chain, uint64_t drops, int64_t last);

/* A chain of another table that forwarded packets pass as well, and that drops what no rule of it accepts. */
void status_chain(json_t *status, const char *family, const char *table, const char *chain);

/* Is the document one of ours?  ERR_INPUT. */
int status_check(const json_t *status, struct err *err) __attribute__((warn_unused_result));

/* Did an agent make it? */
bool status_alive(const json_t *status);

/* Is there anything to see to: a reason, a bad guard, an object with a flaw, a repair? */
bool status_finds(const json_t *status);

/* For people; form->format is FORMAT_TABLE or FORMAT_WIDE. */
void status_print(const json_t *status, const struct table_form *form, FILE *out);

/* What policies that are only proposed would have dropped, likewise. */
void status_print_shadow(const json_t *status, const struct table_form *form, FILE *out);

#endif
