/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage snapshot: what selvage uses of a cluster, for --from. */
#include <stdio.h>
#include <string.h>

#include <selvage/object_json.h>
#include <selvage/yaml_print.h>

#include "cli.h"
#include "world.h"

static const struct cli_option options[] = {
	WORLD_OPTIONS,
	{0},
};

static int object_order(const void *a, const void *b)
{
	const struct object *const *x = a, *const *y = b;
	int order = strcmp((*x)->ns ? (*x)->ns : "", (*y)->ns ? (*y)->ns : "");

	return order ? order : strcmp((*x)->name, (*y)->name);
}

/* The objects of a kind, in (namespace, name) order. */
static int print_kind(const struct store *store, enum object_kind kind, struct yaml_printer *printer, struct err *err)
{
	VEC(const struct object *) objects = VEC_EMPTY;
	const struct object *o = NULL;
	int rc = 0;

	while ((o = store_walk(store, kind, o)))
		*vec_add(&objects) = o;
	vec_sort(&objects, object_order);
	for (size_t i = 0; i < objects.n && !rc; i++) {
		json_t *json = object_json(objects.at[i]);

		rc = yaml_print(printer, json, err);
		json_decref(json);
	}
	vec_free(&objects);
	return rc;
}

static enum exit_code run(const struct args *args)
{
	struct yaml_printer *printer;
	struct world world;
	enum exit_code code;
	struct err err = {0};
	int rc = 0;

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (!world_read(args, WORLD_WIDE, &world))
		return EXIT_CODE_FATAL;
	printer = yaml_print_begin(stdout);
	for (int kind = 0; kind < OBJECT_KIND_COUNT && !rc; kind++)
		rc = print_kind(world.store, (enum object_kind)kind, printer, &err);
	yaml_print_end(printer);
	code = rc ? cli_fatal(args, "%s", err.msg) : world_code(&world, EXIT_CODE_NOTHING);
	world_fini(&world);
	return code;
}

const struct command cmd_snapshot = {"snapshot", "", "print what selvage uses of a cluster, as YAML for --from",
				     options, run};
