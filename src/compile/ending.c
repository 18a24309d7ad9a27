/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a packet that nothing let pass? */
#include <selvage/atom.h>

#include "ending.h"

#define REFUSE "refuse" /* the chain that rejects */

/* Before the packet is stopped, and with no say in that: beyond the limit the rule ends, and the next one goes on. */
static void log_rule(const struct compile_config *config, struct fact *chain)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){.kind = STEP_LIMIT};
	rule->steps[1] = (struct step){.kind = STEP_LOG, .group = config->log_group, .name = atom_ref(chain->name)};
	rule->n = 2;
}

void ending_write(const struct compile_config *config, enum ending ending, struct fact *chain)
{
	struct action stop = {.kind = VERDICT_DROP};
	struct chain_rule *rule;

	if (config->log_group)
		log_rule(config, chain);
	if (config->count_only)
		stop.kind = VERDICT_ACCEPT;
	else if (ending == ENDING_POLICY && config->reject)
		stop = (struct action){VERDICT_GOTO, atom(REFUSE)};
	rule = fact_add_rule(chain);
	rule->steps[0] = (struct step){.kind = STEP_COUNTER, .name = atom_ref(chain->name)};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = stop};
	rule->n = 2;
}

/* A reject drops the packet even where it finds no way to answer. */
void ending_base(const struct compile_config *config, struct facts *facts)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(REFUSE)};
	struct chain_rule *rule;

	if (config->reject) {
		rule = fact_add_rule(&chain);
		rule->steps[0] = (struct step){.kind = STEP_PROTO, .number = PROTO_TCP};
		rule->steps[1] = (struct step){.kind = STEP_REJECT, .number = REJECT_RESET};
		rule->n = 2;
		rule = fact_add_rule(&chain);
		rule->steps[0] = (struct step){.kind = STEP_REJECT, .number = REJECT_PROHIBITED};
		rule->n = 1;
		facts_add(facts, &chain);
	}
	fact_fini(&chain);
}
