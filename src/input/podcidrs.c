/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses does a Node object give to the pods of its node? */
#include <string.h>

#include <selvage/decode.h>
#include <selvage/resource.h>

#include "podcidrs.h"

/* What decoding a document gives. */
struct found {
	const char *node; /* whose object it must be */
	bool seen;
	struct cidrs cidrs;
	bool wrong;
	struct err *err; /* if wrong: how */
};

static void on_put(void *ctx, struct object *take)
{
	struct found *found = ctx;
	const struct node *node = (const struct node *)(const void *)take;

	if (take->kind == OBJECT_NODE && !strcmp(take->name, found->node)) {
		found->seen = true;
		for (size_t i = 0; i < node->n_pod_cidrs && !found->wrong; i++)
			found->wrong = cidrs_add(&found->cidrs, &node->pod_cidrs[i], found->err) != 0;
	}
	object_free(take);
}

/* Of all that is told of a node, only its prefixes count here. */
static void on_problem(void *ctx, const struct problem *problem)
{
	struct found *found = ctx;

	if (found->wrong || strncmp(problem->message + problem->title, "spec", strlen("spec")))
		return;
	found->wrong = true;
	err_set(found->err, ERR_INPUT, "%s", problem->message);
}

int podcidrs_read(const char *text, size_t size, const char *node, struct cidrs *out, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(text, size, JSON_ALLOW_NUL, &why);
	struct found found = {.node = node, .err = err};
	const struct sink sink = {.put = on_put, .problem = on_problem, .ctx = &found, .wide = true};

	if (!root)
		return err_set(err, ERR_INPUT, "the API server sent what cannot be read: %s", why.text);
	decode_document(&(struct document){.root = root}, &sink);
	json_decref(root);
	if (found.wrong)
		return -1;
	if (!found.seen)
		return err_set(err, ERR_INPUT, "the API server sent no Node of that name");
	if (!found.cidrs.n)
		return err_set(err, ERR_ABSENT, "it has no podCIDR");
	*out = found.cidrs;
	return 0;
}
