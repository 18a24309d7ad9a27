/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with these files, and what remains of them?  Prints every problem, then every object in a line. */
#include <stdio.h>

#include <selvage/folder.h>
#include <selvage/text.h>

static void print_policy(const struct policy *policy)
{
	for (unsigned i = 0; i < DIRECTION_COUNT; i++)
		if (policy->types[i])
			printf(" %s", direction_name((enum direction)i));
	fputs(" of [", stdout);
	selector_print(&policy->pods, stdout);
	printf("], %zu rules%s", policy->n_rules, policy->broken ? ", broken" : "");
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		size_t nobody = 0, nothing = 0;

		for (size_t j = 0; j < rule->n_peers; j++)
			nobody += rule->peers[j].kind == PEER_NOBODY;
		for (size_t j = 0; j < rule->n_ports; j++)
			nothing += rule->ports[j].nothing;
		printf("\n\t%s[%u]: %s%zu peers, %zu of them nobody; %s%zu ports, %zu of them nothing",
		       direction_name(rule->direction), rule->index, rule->everyone ? "everyone, " : "", rule->n_peers,
		       nobody, rule->every_port ? "every port, " : "", rule->n_ports, nothing);
	}
}

static void put(void *ctx, struct object *take)
{
	(void)ctx;
	printf("%s ", object_kind_name(take->kind));
	text_safe(stdout, take->ns ? take->ns : "");
	fputs(take->ns ? "/" : "", stdout);
	text_safe(stdout, take->name);
	if (take->kind == OBJECT_POLICY)
		print_policy((const struct policy *)(const void *)take);
	putchar('\n');
	object_free(take);
}

static void del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	(void)ctx;
	printf("%s %s%s%s is gone\n", object_kind_name(kind), ns ? ns : "", ns ? "/" : "", name);
}

static void problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	problem_print(problem, stdout);
}

int main(int argc, char **argv)
{
	const struct sink sink = {.put = put, .del = del, .problem = problem};
	size_t problems = 0;

	for (int i = 1; i < argc; i++) {
		struct err err = {0};
		struct folder *folder = folder_open(argv[i], &sink, false, &err);

		if (!folder) {
			printf("error: %s\n", err.msg);
			return 2;
		}
		problems += folder_load(folder);
		folder_close(folder);
	}
	printf("%zu problems\n", problems);
	return problems ? 3 : 0;
}
