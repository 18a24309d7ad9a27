/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which documents are in a text, and what is wrong with those that cannot be read? */
#include <stdlib.h>
#include <string.h>

#include <selvage/manifest.h>

#include "jsontext.h"
#include "manifest_parts.h"

void delivery_put(void *ctx, json_t *root)
{
	struct delivery *delivery = ctx;

	delivery->doc.root = root;
	delivery->each(delivery->ctx, &delivery->doc);
}

void delivery_fault(const struct delivery *delivery, const struct fault *fault)
{
	char message[sizeof fault->message];
	struct problem what = {
		.kind = fault->kind,
		.source = {.file = delivery->doc.file, .line = fault->spot.line, .col = fault->spot.col},
		.message = message,
		.text = marks_line(&delivery->doc, fault->spot.line),
	};

	memcpy(message, fault->message, sizeof message);
	delivery->problem(delivery->ctx, &what);
	free(what.text);
}

static int json_read(struct marks *marks, struct delivery *delivery)
{
	struct fault fault = {.spot = {0, 0}};

	if (!jsontext_read(marks, delivery->all, delivery_put, delivery, &fault))
		return 0;
	delivery_fault(delivery, &fault);
	return -1;
}

static int parse(struct pane *pane, struct delivery *delivery)
{
	struct marks marks;
	int status;

	marks_init(&marks, pane);
	delivery->doc.marks = &marks;
	status = jsontext_guess(pane) ? json_read(&marks, delivery) : yaml_read(&marks, delivery);
	marks_fini(&marks);
	return status;
}

int manifest_read(const char *path, const char *file_atom, void (*each)(void *ctx, const struct document *doc),
		  void (*problem)(void *ctx, const struct problem *problem), void *ctx, struct err *err)
{
	struct delivery delivery = {.doc = {.file = file_atom}, .each = each, .problem = problem, .ctx = ctx};
	struct pane pane;
	int status;

	if (pane_open(path, &pane, err))
		return -1;
	status = parse(&pane, &delivery) ? 1 : 0;
	if (pane.torn)
		status = err_set(err, ERR_IO, "became shorter while it was read");
	pane_close(&pane);
	return status;
}

int manifest_parse(const char *file_atom, const char *text, size_t size,
		   void (*each)(void *ctx, const struct document *doc),
		   void (*problem)(void *ctx, const struct problem *problem), void *ctx)
{
	struct delivery delivery = {.doc = {.file = file_atom}, .each = each, .problem = problem, .ctx = ctx};
	struct pane pane = pane_of(text, size);

	return parse(&pane, &delivery);
}

int manifest_parse_all(const char *file_atom, const char *text, size_t size,
		       void (*each)(void *ctx, const struct document *doc),
		       void (*problem)(void *ctx, const struct problem *problem), void *ctx)
{
	struct delivery delivery = {
		.doc = {.file = file_atom},
		.each = each,
		.problem = problem,
		.ctx = ctx,
		.all = true,
	};
	struct pane pane = pane_of(text, size);

	return parse(&pane, &delivery);
}
