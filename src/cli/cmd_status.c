/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage status: what does this node enforce, and is all well with it? */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/guard.h>
#include <selvage/json_print.h>
#include <selvage/local.h>
#include <selvage/nl.h>
#include <selvage/status.h>

#include "agent_ask.h"
#include "cli.h"

#define FORMATS (FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_WIDE) | FORMATS_JSON)

static const struct cli_option options[] = {
	{"color", 0, "auto|always|never", "colour (default: auto, if it is a terminal)"},
	{"output", 'o', "table|wide|json|yaml", "how to print it (default: table)"},
	{"shadow", 0, NULL, "what proposed policies (selvage run --shadow) would have dropped"},
	{"socket", 0, "FILE", "where the agent listens (default: " LOCAL_PATH ")"},
	{0},
};

/* A pod as the table names it. */
struct known_pod {
	const char *name; /* atom, borrowed from the facts */
	struct status_side sides[DIRECTION_COUNT];
};

struct known_pods {
	VEC(struct known_pod);
};

static struct known_pod *pod_get(struct known_pods *pods, const char *name)
{
	for (size_t i = 0; i < pods->n; i++)
		if (pods->at[i].name == name)
			return &pods->at[i];
	*vec_add(pods) = (struct known_pod){.name = name};
	return &pods->at[pods->n - 1];
}

static int pod_cmp(const void *a, const void *b)
{
	return strcmp(((const struct known_pod *)a)->name, ((const struct known_pod *)b)->name);
}

/* The elements of the dispatch maps say who is isolated, or would be. */
static void element_look(struct known_pods *pods, const struct fact *fact)
{
	const char *shadow = fact_shadow(fact->name), *name = shadow ? shadow : fact->name;
	enum direction direction = strncmp(name, "ingress", strlen("ingress")) ? DIRECTION_EGRESS : DIRECTION_INGRESS;
	struct status_side *side;

	if (fact->kind != FACT_ELEMENT || !fact->comment || fact->element.action.kind != VERDICT_GOTO)
		return;
	side = &pod_get(pods, fact->comment)->sides[direction];
	if (shadow)
		side->shadowed = true;
	else
		side->isolated = true;
}

struct counting {
	struct known_pods *pods;
	json_t *status;
};

static void pod_count(struct known_pods *pods, const struct nl_counter *counter, const char *reason)
{
	const char *shadow = fact_shadow(reason);
	enum direction direction = strcmp(shadow ? shadow : reason, "ingress") ? DIRECTION_EGRESS : DIRECTION_INGRESS;

	for (size_t i = 0; i < pods->n; i++) {
		struct status_side *side = &pods->at[i].sides[direction];

		if (pods->at[i].name == counter->comment)
			*(shadow ? &side->shadow_drops : &side->drops) = counter->packets;
	}
}

static void counter_look(void *ctx, const struct nl_counter *counter)
{
	const struct counting *counting = ctx;
	const char *reason = drop_reason(counter->name);
	bool policy = !strcmp(reason, "ingress") || !strcmp(reason, "egress");

	if (!strcmp(counter->name, FACT_UNTRACKED))
		return; /* of packets that are not dropped */
	if (!policy && !fact_shadow(reason))
		status_other(counting->status, counter->name, counter->packets, 0);
	else if (counter->comment)
		pod_count(counting->pods, counter, reason);
}

/* It is there without an agent, unless pods may send from any address. */
static void forged_look(struct nl *nl, json_t *status)
{
	uint64_t packets;
	struct err none;

	if (!nl_forged(nl, &packets, &none))
		status_other(status, FACT_FORGED, packets, 0);
}

static int kernel_read(struct nl *nl, json_t *status, struct err *err)
{
	struct known_pods pods = {0};
	struct counting counting = {&pods, status};
	struct facts facts;
	bool exists;
	int rc;

	if (nl_read(nl, &facts, &exists, err))
		return -1;
	for (size_t i = 0; i < facts.n; i++)
		element_look(&pods, &facts.at[i]);
	vec_sort(&pods, pod_cmp);
	rc = nl_counters(nl, counter_look, &counting, err);
	forged_look(nl, status);
	for (size_t i = 0; i < pods.n; i++)
		status_pod(status, pods.at[i].name, pods.at[i].sides);
	vec_free(&pods);
	facts_free(&facts);
	status_guard(status, "table", exists && !nl_astray(nl) ? STATUS_OK : STATUS_BAD,
		     !exists         ? "there is none: nothing is enforced"
		     : nl_astray(nl) ? "it is dormant: nothing is enforced"
				     : "it is there, and others can write to it");
	return rc;
}

static int chains_read(struct nl *nl, json_t *status, struct err *err)
{
	struct nl_chains chains;

	if (nl_chains(nl, &chains, err))
		return -1;
	for (size_t i = 0; i < chains.n; i++)
		status_chain(status, chains.at[i].family, chains.at[i].table, chains.at[i].name);
	nl_chains_free(&chains);
	return 0;
}

static void bridges_read(json_t *status)
{
	const struct guard guard = guard_here();
	struct err err;

	if (guard_look(&guard, &err))
		status_guard(status, "bridges", STATUS_BAD, err.msg);
	else
		status_guard(status, "bridges", STATUS_OK, "what they forward is handed to the table, IPv4 and IPv6");
}

/* What the kernel enforces all the same. */
static json_t *look(const char *socket, struct err *err)
{
	struct nl *nl = nl_open(err);
	char reason[PATH_MAX + 64];
	json_t *status;

	if (!nl)
		return NULL;
	snprintf(reason, sizeof reason, "the agent is not running, or does not listen on %s", socket);
	status = status_new(NULL, false);
	status_reason(status, reason);
	if (kernel_read(nl, status, err) || chains_read(nl, status, err)) {
		json_decref(status);
		status = NULL;
	}
	nl_close(nl);
	if (status)
		bridges_read(status);
	return status;
}

static enum exit_code print(const struct args *args, json_t *status, const struct table_form *form)
{
	enum exit_code code = !status_alive(status)  ? EXIT_CODE_INCOMPLETE
			      : status_finds(status) ? EXIT_CODE_FINDINGS
						     : EXIT_CODE_NOTHING;
	struct err err;

	if (form->format == FORMAT_TABLE || form->format == FORMAT_WIDE) {
		if (args_value(args, "shadow"))
			status_print_shadow(status, form, stdout);
		else
			status_print(status, form, stdout);
		json_decref(status);
	} else if (json_print(status, form->format, stdout, &err))
		return cli_fatal(args, "%s", err.msg);
	return code;
}

static enum exit_code run(const struct args *args)
{
	const char *socket = args_value(args, "socket");
	struct table_form form = {.headers = true, .width = table_width(stdout)};
	struct err err = {0};
	json_t *status;

	if (!socket)
		socket = LOCAL_PATH;
	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (format_parse(args_value(args, "output"), FORMATS, &form.format, &err) ||
	    colour_parse(args_value(args, "color"), stdout, &form.coloured, &err))
		return cli_fatal(args, "%s", err.msg);
	status = agent_ask(socket, &err);
	if (!status && err.code == ERR_ABSENT)
		status = look(socket, &err);
	return status ? print(args, status, &form) : cli_fatal(args, "%s", err.msg);
}

const struct command cmd_status = {"status", "", "say what this node enforces, and whether all is well with it",
				   options, run};
