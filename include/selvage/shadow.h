/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow: the facts of a node as it would be under policies that are only proposed, which count and tell of what they
 * would drop, and let it pass.  They stand beside the enforced facts and share nothing with them: their names begin with
 * FACT_SHADOW, and their base chains come after the enforced ones of the same hook, so that they see what is let pass
 * and nothing else.
 *
 * The proposed world is the enforced one with the proposed policies in it, each in the place of one with the same namespace
 * and name.  Pure, as a compile is.
 */
#ifndef SELVAGE_SHADOW_H
#define SELVAGE_SHADOW_H

#include <selvage/compile.h>

#define SHADOW_AFTER 2 /* by so much their priorities are higher */

struct shadow;

/* Borrows the store of what is enforced, which must outlive it.  Of the config of what is enforced it keeps the node, the
 * log's group and IPVS: what is there beside policies has been dropped before. */
struct shadow *shadow_new(const struct store *enforced, const struct compile_config *config);
void shadow_free(struct shadow *shadow);

/* Proposes a policy, which it takes, or proposes it no longer. */
void shadow_put(struct shadow *shadow, struct object *take);
void shadow_del(struct shadow *shadow, const char *ns, const char *name);

/* As compile_found(). */
void shadow_found(struct shadow *shadow, bool ipvs);

/* Has the proposal changed since the last update? */
bool shadow_changed(const struct shadow *shadow);

/* How many policies are proposed. */
size_t shadow_count(const struct shadow *shadow);

/* The proposed world as of the last update; borrowed. */
const struct store *shadow_store(const struct shadow *shadow);

/* Takes in what changed in the enforced store since its last settle, and in the proposal, and adds the difference to `out`,
 * a sorted patch, which stays one.  NULL: it is of no interest, because all facts are asked for next.  The caller settles
 * the enforced store afterwards. */
void shadow_update(struct shadow *shadow, struct patch *out);

/* Adds all its facts to sorted ones, which stay so. */
void shadow_facts(const struct shadow *shadow, struct facts *out);

#endif
