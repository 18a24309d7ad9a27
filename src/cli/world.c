/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cluster is the question about? */
#include <unistd.h>

#include <selvage/cluster.h>
#include <selvage/folder.h>
#include <selvage/text.h>

#include "world.h"

static void put(void *ctx, struct object *take)
{
	store_put(((struct world *)ctx)->store, take);
}

static void del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	store_del(((struct world *)ctx)->store, kind, ns, name);
}

/* Erases the line of progress. */
static void line_clear(struct world *world)
{
	if (world->counting)
		fputs("\r\033[K", stderr);
	world->counting = false;
}

static void problem(void *ctx, const struct problem *problem)
{
	struct world *world = ctx;

	world->problems++;
	line_clear(world);
	problem_print(problem, stderr);
}

static void missing(void *ctx, enum object_kind kind, const char *why)
{
	struct world *world = ctx;

	world->unknown_kinds |= 1u << kind;
	line_clear(world);
	fprintf(stderr, "warning: %s objects are unknown: ", object_kind_name(kind));
	text_safe(stderr, why);
	fputc('\n', stderr);
}

/* One line that is written over, and in the end erased. */
static void progress(void *ctx, enum object_kind kind, uint64_t n)
{
	struct world *world = ctx;

	line_clear(world);
	fprintf(stderr, "%s %ju...", object_type(kind)->resources, (uintmax_t)n);
	world->counting = true;
}

bool source_clear(const struct args *args)
{
	if (!args_value(args, "from") || (!args_value(args, "kubeconfig") && !args_value(args, "context")))
		return true;
	cli_fatal(args, "takes files (--from) or a live cluster (--kubeconfig, --context), not both");
	return false;
}

bool live_conf(const struct args *args, struct kubeconf *out)
{
	struct kubeconf_from from = {.file = args_value(args, "kubeconfig"), .context = args_value(args, "context")};
	struct err err = {0};

	if (kubeconf_load(&from, out, &err)) {
		cli_fatal(args, "%s (--from reads files instead)", err.msg);
		return false;
	}
	if (out->insecure)
		fprintf(stderr, "selvage %s: warning: the API server's certificate is not verified\n",
			args->command->name);
	return true;
}

static int read_files(const char *path, const struct sink *sink, struct err *err)
{
	struct folder *folder = folder_open(path, sink, false, err);

	if (!folder)
		return -1;
	folder_load(folder);
	folder_close(folder);
	return 0;
}

/* False after a message. */
static bool read_live(const struct args *args, const struct cluster_want *want)
{
	struct kubeconf conf;
	struct err err = {0};
	int rc;

	if (!live_conf(args, &conf))
		return false;
	rc = cluster_list(&conf, want, &err);
	kubeconf_fini(&conf);
	line_clear(want->sink.ctx);
	if (rc)
		cli_fatal(args, "%s", err.msg);
	return rc == 0;
}

bool world_read(const struct args *args, enum world_read how, struct world *out)
{
	const char *from = args_value(args, "from");
	struct cluster_want want = {
		.sink = {.put = put, .del = del, .problem = problem, .ctx = out, .wide = how != WORLD_NARROW},
		.lenient = how == WORLD_LENIENT,
		.missing = missing,
		.progress = isatty(STDERR_FILENO) ? progress : NULL,
	};
	struct err err = {0};
	bool ok;

	if (!source_clear(args))
		return false;
	*out = (struct world){.store = store_new()};
	if (from) {
		ok = read_files(from, &want.sink, &err) == 0;
		if (!ok)
			cli_fatal(args, "%s", err.msg);
	} else {
		ok = read_live(args, &want);
	}
	if (!ok)
		world_fini(out);
	return ok;
}

bool world_add(const struct args *args, const char *path, struct world *world)
{
	struct sink sink = {.put = put, .del = del, .problem = problem, .ctx = world, .wide = true};
	struct err err = {0};

	if (!read_files(path, &sink, &err))
		return true;
	cli_fatal(args, "%s", err.msg);
	return false;
}

static const char *const proposals[] = {"shadow", "filename"};

bool proposal_given(const struct args *args)
{
	return args_value(args, proposals[0]) || args_value(args, proposals[1]);
}

/* Adds the paths that an option names; false after a message. */
static bool proposal_add(const struct args *args, const char *option, struct folder *folder)
{
	const char *path;
	struct err err = {0};
	size_t at = 0;

	while ((path = args_next(args, option, &at))) {
		if (folder_add(folder, path, &err)) {
			cli_fatal(args, "--%s: %s", option, err.msg);
			return false;
		}
	}
	return true;
}

struct folder *proposal_open(const struct args *args, const struct sink *sink, bool watch, bool *ok)
{
	struct folder *folder;
	struct err err = {0};

	*ok = true;
	if (!proposal_given(args))
		return NULL;
	folder = folder_new(sink, watch, &err);
	if (!folder)
		cli_fatal(args, "--%s: %s", proposals[0], err.msg);
	if (folder && proposal_add(args, proposals[0], folder) && proposal_add(args, proposals[1], folder))
		return folder;
	folder_close(folder);
	*ok = false;
	return NULL;
}

bool world_knows(const struct world *world, enum object_kind kind)
{
	return !(world->unknown_kinds & 1u << kind);
}

enum exit_code world_code(const struct world *world, enum exit_code code)
{
	return world->problems || world->unknown_kinds ? EXIT_CODE_INCOMPLETE : code;
}

void world_fini(struct world *world)
{
	store_free(world->store);
	world->store = NULL;
}
