/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cluster is the question about? */
#include <selvage/folder.h>

#include "world.h"

static void put(void *ctx, struct object *take)
{
	store_put(((struct world *)ctx)->store, take);
}

static void del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	store_del(((struct world *)ctx)->store, kind, ns, name);
}

static void problem(void *ctx, const struct problem *problem)
{
	((struct world *)ctx)->problems++;
	problem_print(problem, stderr);
}

bool world_read(const struct args *args, struct world *out)
{
	const char *from = args_value(args, "from");
	struct sink sink = {.put = put, .del = del, .problem = problem, .ctx = out};
	struct folder *folder;
	struct err err = {0};

	*out = (struct world){0};
	if (!from) {
		cli_fatal(args, "needs --from PATH");
		return false;
	}
	out->store = store_new();
	folder = folder_open(from, &sink, false, &err);
	if (!folder) {
		cli_fatal(args, "%s", err.msg);
		world_fini(out);
		return false;
	}
	folder_load(folder);
	folder_close(folder);
	return true;
}

enum exit_code world_code(const struct world *world, enum exit_code code)
{
	return world->problems ? EXIT_CODE_INCOMPLETE : code;
}

void world_fini(struct world *world)
{
	store_free(world->store);
	world->store = NULL;
}
