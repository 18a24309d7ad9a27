/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What verdict and miss share: which parts of a rule match a packet. */
#ifndef SELVAGE_MATCH_H
#define SELVAGE_MATCH_H

#include "verdict_rule.h"

/* Does the selector match a namespace, by its name (an atom)? */
bool match_namespace(const struct store *store, const char *name, const struct selector *selector);

bool match_peer(const struct store *store, const struct policy *policy, const struct peer *peer,
		const struct verdict_view *view);

bool match_port(const struct port *port, const struct packet *packet, const struct pod *destination);

/* Does the rule admit the packet?  Gives the first peer and the first port that match, SIZE_MAX where it names none. */
bool match_rule(const struct store *store, const struct policy *policy, const struct rule *rule,
		const struct verdict_view *view, size_t *peer, size_t *port);

#endif
