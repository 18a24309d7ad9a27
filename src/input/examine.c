/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with what stands in these files? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/examine.h>
#include <selvage/hmap.h>

#include "listing.h"
#include "slurp.h"

/* An object of the file that is being read. */
struct seen {
	struct hnode node;
	struct object *object; /* owned */
};

struct examination {
	const struct sink *sink;
	struct examined *out;
	const struct document *doc;
	struct hmap seen;
};

static void problem(void *ctx, const struct problem *problem)
{
	struct examination *e = ctx;

	e->out->unread += problem->kind == PROBLEM_FILE || problem->kind == PROBLEM_SYNTAX;
	e->sink->problem(e->sink->ctx, problem);
}

static void other(void *ctx, const char *kind)
{
	(void)kind;
	((struct examination *)ctx)->out->others++;
}

static uint64_t object_hash(const struct object *object)
{
	return atom_hash(object->name) ^ (object->ns ? atom_hash(object->ns) * 3 : 0) ^ object->kind;
}

static const struct object *seen_find(const struct hmap *seen, const struct object *object)
{
	for (struct hnode *h = hmap_find(seen, object_hash(object)); h; h = hmap_next(h)) {
		const struct object *known = hmap_entry(h, struct seen, node)->object;

		if (known->kind == object->kind && known->ns == object->ns && known->name == object->name)
			return known;
	}
	return NULL;
}

/* Whoever applies the file ends with the last one alone. */
static void repeated(struct examination *e, const struct object *object, const struct object *before)
{
	struct problem what = {.kind = PROBLEM_REPEATED_OBJECT, .source = object->source};
	size_t size;
	FILE *out = open_memstream(&what.message, &size);

	if (!out)
		abort();
	fprintf(out, "%s %s%s%s: ", object_kind_name(object->kind), object->ns ? object->ns : "", object->ns ? "/" : "",
		object->name);
	what.title = (size_t)ftell(out);
	fprintf(out, "stands in line %u already", before->source.line);
	if (fclose(out))
		abort();
	what.text = marks_line(e->doc, object->source.line);
	problem(e, &what);
	free(what.text);
	free(what.message);
}

static void put(void *ctx, struct object *take)
{
	struct examination *e = ctx;
	const struct object *before = seen_find(&e->seen, take);
	struct seen *seen;

	e->out->policies += take->kind == OBJECT_POLICY;
	if (before) {
		repeated(e, take, before);
		object_free(take);
		return;
	}
	seen = mem_new(1, sizeof *seen);
	seen->object = take;
	hmap_put(&e->seen, &seen->node, object_hash(take));
}

static void document(void *ctx, const struct document *doc)
{
	const struct sink sink = {.put = put, .problem = problem, .remark = problem, .other = other, .ctx = ctx};

	((struct examination *)ctx)->doc = doc;
	decode_document(doc, &sink);
}

static void seen_fini(struct hmap *seen)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(seen, NULL); h; h = next) {
		struct seen *one = hmap_entry(h, struct seen, node);

		next = hmap_walk(seen, h);
		object_free(one->object);
		free(one);
	}
	hmap_fini(seen);
}

static void unreadable(void *ctx, const char *path, const struct err *err)
{
	char message[sizeof err->msg];
	const struct problem what = {.kind = PROBLEM_FILE, .source = {.file = path}, .message = message};

	memcpy(message, err->msg, sizeof message);
	problem(ctx, &what);
}

static void read_file(struct examination *e, const char *path, const char *name)
{
	struct err err;
	char *text;
	size_t size;

	e->out->files++;
	if (e->out->file)
		e->out->file(e->sink->ctx, name);
	if (slurp(path, &text, &size, &err)) {
		unreadable(e, name, &err);
		return;
	}
	e->seen = (struct hmap){0};
	(void)manifest_parse_all(name, text, size, document, problem, e);
	seen_fini(&e->seen);
	free(text);
}

static void visit(void *ctx, const char *dir)
{
	(void)ctx;
	(void)dir;
}

static void read_tree(struct examination *e, const char *dir)
{
	struct listing listing = listing_read(dir, visit, unreadable, e);

	for (size_t i = 0; i < listing.n; i++)
		read_file(e, listing.at[i], listing.at[i]);
	listing_fini(&listing);
}

/* "shop/" is "shop". */
static const char *path_atom(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return atom_n(path, n);
}

int examine(const char *path, const struct sink *sink, struct examined *out, struct err *err)
{
	struct examination e = {.sink = sink, .out = out};
	bool input = !strcmp(path, "-");
	struct stat st = {0};
	const char *name;

	if (!input && (stat(path, &st) || access(path, R_OK)))
		return err_sys(err, ERR_IO, errno, "%s", path);
	name = input ? atom("<stdin>") : path_atom(path);
	if (!input && S_ISDIR(st.st_mode))
		read_tree(&e, name);
	else
		read_file(&e, input ? "-" : name, name);
	atom_put(name);
	return 0;
}
