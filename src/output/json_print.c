/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a JSON value leave the program? */
#include <selvage/json_print.h>

#include <stdlib.h>

#include <selvage/text.h>
#include <selvage/yaml_print.h>

/* In ASCII, so that no control character of a name reaches a terminal; jansson alone would let DEL pass. */
static void print(const json_t *json, size_t flags, FILE *out)
{
	char *text = json_dumps(json, flags | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (!text)
		abort();
	for (const char *p = text; *p; p++) {
		if (*p == '\177')
			fputs("\\u007f", out);
		else
			fputc(*p, out);
	}
	fputc('\n', out);
	free(text);
}

static int print_yaml(json_t *json, FILE *out, struct err *err)
{
	struct yaml_printer *printer = yaml_print_begin(out);
	int rc = yaml_print(printer, json, err);

	yaml_print_end(printer);
	return rc;
}

int json_print(json_t *take, enum format format, FILE *out, struct err *err)
{
	int rc = 0;

	if (format == FORMAT_YAML)
		rc = print_yaml(take, out, err);
	else if (format == FORMAT_JSON)
		print(take, JSON_INDENT(2), out);
	else
		abort();
	json_decref(take);
	if (!rc && ferror(out))
		return err_set(err, ERR_IO, "cannot write JSON");
	return rc;
}

void json_print_line(json_t *take, FILE *out)
{
	print(take, JSON_COMPACT, out);
	json_decref(take);
}

json_t *json_text(const char *text)
{
	json_t *json = json_string(text);
	char *safe = NULL;
	size_t size;
	FILE *out;

	if (json)
		return json;
	out = open_memstream(&safe, &size);
	if (!out)
		abort();
	text_safe(out, text);
	if (fclose(out))
		abort();
	json = json_string(safe);
	free(safe);
	return json;
}
