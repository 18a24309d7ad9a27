/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the ruleset that is loaded on this node say the same? */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/nl.h>
#include <selvage/walk.h>

#include "explain.h"

const char *kernel_state_text(enum kernel_state state)
{
	static const char *const texts[] = {
		[KERNEL_NOT_ASKED] = "not asked",
		[KERNEL_NO_TABLE] = "there is no table inet selvage here",
		[KERNEL_ELSEWHERE] = "not asked: the packet does not pass this node's table",
		[KERNEL_UNCLEAR] = "cannot be told: the table holds what selvage does not make",
		[KERNEL_AGREES] = "agrees",
		[KERNEL_DISAGREES] = "DISAGREES: the table says otherwise",
	};

	return texts[state];
}

/* Is what was answered confirmed, as far as there is something to ask? */
static bool is_doubtful(enum kernel_state state)
{
	return state == KERNEL_NO_TABLE || state == KERNEL_UNCLEAR || state == KERNEL_DISAGREES;
}

enum exit_code explain_verify_code(const struct answers *answers, enum exit_code code)
{
	for (size_t i = 0; i < answers->n; i++)
		if (is_doubtful(answers->at[i]->kernel))
			return EXIT_CODE_INCOMPLETE;
	return code;
}

static bool is_here(const struct pod *pod, const char *node)
{
	return pod && pod->node && !strcmp(pod->node, node);
}

/* A node decides for its own pods: what leaves them, and what comes to them. */
static enum kernel_state ask(const struct facts *facts, const char *node, const struct answer *answer)
{
	const struct ruling *out = &answer->verdict.egress, *in = &answer->verdict.ingress;
	bool out_here = is_here(out->pod, node), in_here = is_here(in->pod, node), accepted, wanted;
	struct err err;

	if ((!out_here && !in_here) || answer->verdict.why == VERDICT_WHY_NODE ||
	    answer->verdict.why == VERDICT_WHY_LINK)
		return KERNEL_ELSEWHERE;
	wanted = answer->verdict.why == VERDICT_WHY_SELF || (answer->verdict.why == VERDICT_WHY_POLICY &&
							     (!out_here || out->allowed) && (!in_here || in->allowed));
	if (walk_packet(facts, CHAIN_HOOK_FORWARD, &answer->packet, &accepted, NULL, &err))
		return KERNEL_UNCLEAR;
	return accepted == wanted ? KERNEL_AGREES : KERNEL_DISAGREES;
}

static int read_table(struct facts *out, bool *exists, struct err *err)
{
	struct nl *nl = nl_open(err);
	int rc;

	*out = (struct facts){VEC_EMPTY};
	if (!nl)
		return -1;
	rc = nl_read(nl, out, exists, err);
	nl_close(nl);
	return rc;
}

bool explain_verify(const struct asker *asker, struct answers *answers)
{
	char host[NODE_NAME_SIZE];
	const char *node = node_name(asker->args, host);
	bool exists = false;
	struct facts facts;
	struct err err = {0};

	if (read_table(&facts, &exists, &err)) {
		cli_fatal(asker->args, "%s", err.msg);
		return false;
	}
	for (size_t i = 0; i < answers->n; i++) {
		struct answer *answer = answers->at[i];

		if (answer->state != ANSWER_UNKNOWN)
			answer->kernel = exists ? ask(&facts, node, answer) : KERNEL_NO_TABLE;
	}
	facts_free(&facts);
	return true;
}
