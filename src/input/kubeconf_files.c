/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the kubeconfig files say together? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/manifest.h>
#include <selvage/text.h>

#include "kubeconf_files.h"
#include "slurp.h"

struct names {
	VEC(const char *);
};

/* One file while it is read. */
struct opening {
	json_t *root;
	struct err *err;
};

static void opened_document(void *ctx, const struct document *doc)
{
	struct opening *opening = ctx;

	if (!opening->root)
		opening->root = json_incref(doc->root);
}

static void opened_problem(void *ctx, const struct problem *problem)
{
	struct opening *opening = ctx;

	err_set(opening->err, ERR_INPUT, "%u:%u: %s", problem->source.line, problem->source.col, problem->message);
}

/* The first document of a text. */
static int opening_parse(struct opening *opening, const char *text, size_t size)
{
	json_error_t unused;

	if (manifest_parse(NULL, text, size, opened_document, opened_problem, opening))
		return -1;
	if (!opening->root)
		opening->root = json_loads("{}", 0, &unused);
	if (!json_is_object(opening->root))
		return err_set(opening->err, ERR_INPUT, " not a kubeconfig file");
	return 0;
}

int kubeconf_files_add(struct kubeconf_files *files, const char *path, struct err *err)
{
	struct opening opening = {.err = err};
	char *text;
	size_t size;
	int status;

	if (slurp(path, &text, &size, err))
		return err_ctx(err, "kubeconfig %s: ", path);
	status = opening_parse(&opening, text, size);
	explicit_bzero(text, size);
	free(text);
	if (status) {
		json_decref(opening.root);
		return err_ctx(err, "%s:", path);
	}
	*vec_add(files) = (struct kubeconf_file){mem_copy(path, strlen(path) + 1), opening.root};
	return 0;
}

const char *kubeconf_files_current(const struct kubeconf_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *current = json_string_value(json_object_get(files->at[i].root, "current-context"));

		if (current && *current)
			return current;
	}
	return NULL;
}

/* Adds the names in a list of one file. */
static void names_add(struct names *names, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));

		if (name)
			*vec_add(names) = name;
	}
}

static struct names names_of(const struct kubeconf_files *files, const char *list)
{
	struct names names = {VEC_EMPTY};

	for (size_t i = 0; i < files->n; i++)
		names_add(&names, json_object_get(files->at[i].root, list));
	return names;
}

char *kubeconf_files_names(const struct kubeconf_files *files, const char *list)
{
	struct names names = names_of(files, list);
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!names.n)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (size_t i = 0; i < names.n; i++)
		fprintf(out, "%s%s", i ? ", " : "", names.at[i]);
	fclose(out);
	vec_free(&names);
	return text;
}

static int not_found(const struct kubeconf_files *files, const char *what, const char *list, const char *name,
		     struct err *err)
{
	struct names names = names_of(files, list);
	const char *near = text_nearest(name, names.at, names.n);

	err_set(err, ERR_ABSENT, "no %s \"%s\" in %s%s", what, name, files->at[0].path,
		files->n > 1 ? " and the other files of $KUBECONFIG" : "");
	if (near) {
		size_t used = strlen(err->msg);

		snprintf(err->msg + used, sizeof err->msg - used, "; did you mean \"%s\"?", near);
	}
	vec_free(&names);
	return -1;
}

/* The item of a list with this name, or NULL. */
static const json_t *named(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *its = json_string_value(json_object_get(item, "name"));

		if (its && !strcmp(its, name))
			return item;
	}
	return NULL;
}

int kubeconf_files_find(const struct kubeconf_files *files, const char *what, const char *name, struct section *out,
			struct err *err)
{
	char list[16];

	snprintf(list, sizeof list, "%ss", what);
	for (size_t i = 0; i < files->n; i++) {
		const struct kubeconf_file *file = &files->at[i];
		const json_t *item = named(json_object_get(file->root, list), name);

		if (!item)
			continue;
		*out = (struct section){what, name, file->path, json_object_get(item, what)};
		if (json_is_object(out->json))
			return 0;
		return err_set(err, ERR_INPUT, "%s: %s \"%s\" says nothing", file->path, what, name);
	}
	return not_found(files, what, list, name, err);
}

void kubeconf_files_fini(struct kubeconf_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		json_decref(files->at[i].root);
		free(files->at[i].path);
	}
	vec_free(files);
}
