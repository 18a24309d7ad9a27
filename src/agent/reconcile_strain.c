/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in the way of connections that policy allows, though the table is as it should be? */
#include <stdio.h>

#include <selvage/log.h>

#include "reconcile_priv.h"

/* The last figure stays while the counter cannot be read: it is not there before the first commit. */
static void untracked_look(struct reconcile *r)
{
	uint64_t packets;
	struct err err;

	if (!r->ready || nl_counter(r->nl, FACT_UNTRACKED, &packets, &err))
		return;
	if (!untracked_take(&r->untracked, packets, mono_now()))
		return;
	if (r->untracked.now)
		log_warn("forwarded packets are not tracked: another table says notrack, and answers to what policy "
			 "allows are lost");
	else
		log_info("forwarded packets are tracked again");
}

/* Of a kernel that tells nothing there is nothing to say. */
static void tracking_look(struct reconcile *r)
{
	struct nl_tracking read;
	char text[STRAIN_TEXT];
	struct err err;

	if (nl_tracking(r->nl, &read, &err) || !tracking_take(&r->tracking, &read, mono_now()))
		return;
	tracking_print(&r->tracking, text, sizeof text);
	if (r->tracking.now)
		log_warn("%s", text);
	else
		log_info("there is room for connections again: %s", text);
}

void strain_look(struct reconcile *r)
{
	untracked_look(r);
	tracking_look(r);
}

size_t strain_say(const struct reconcile *r, char out[static STRAIN_MAX][STRAIN_TEXT])
{
	size_t n = 0;

	if (r->untracked.now)
		snprintf(out[n++], STRAIN_TEXT,
			 "%ju forwarded packets are not tracked: another table says notrack, and answers to what "
			 "policy allows are lost",
			 (uintmax_t)r->untracked.packets);
	if (r->tracking.now)
		tracking_print(&r->tracking, out[n++], STRAIN_TEXT);
	return n;
}
