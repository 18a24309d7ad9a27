/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a JSON value written as YAML? */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>
#include <selvage/yaml_print.h>

#include <yaml.h>

#define WIDTH_UNLIMITED (-1)

struct yaml_printer {
	yaml_emitter_t emitter;
	bool failed;
};

static void emit(struct yaml_printer *printer, yaml_event_t *event)
{
	if (!printer->failed && !yaml_emitter_emit(&printer->emitter, event))
		printer->failed = true;
}

/* Strings are quoted unless they are plainly words: YAML 1.1 has too many spellings of numbers and booleans. */
static yaml_scalar_style_t string_style(const char *text)
{
	static const char *const taken[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_");

	if (text[n] || !((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z'))
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (!strcasecmp(text, taken[i]))
			return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	return YAML_PLAIN_SCALAR_STYLE;
}

static void emit_scalar(struct yaml_printer *printer, const char *text, size_t size, yaml_scalar_style_t style)
{
	yaml_event_t event;
	char *copy = mem_copy(text, size + 1);

	if (!yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)copy, (int)size, 1, 1, style))
		printer->failed = true; /* not UTF-8 */
	else
		emit(printer, &event);
	free(copy);
}

static void emit_text(struct yaml_printer *printer, const char *text)
{
	emit_scalar(printer, text, strlen(text), string_style(text));
}

static void emit_value(struct yaml_printer *printer, json_t *value);

/* jansson's iterators take no const, though they change nothing. */
static void emit_object(struct yaml_printer *printer, json_t *object)
{
	yaml_mapping_style_t style = json_object_size(object) ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
	yaml_event_t event;
	const char *key;
	json_t *value;

	yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style);
	emit(printer, &event);
	json_object_foreach(object, key, value)
	{
		emit_text(printer, key);
		emit_value(printer, value);
	}
	yaml_mapping_end_event_initialize(&event);
	emit(printer, &event);
}

static void emit_array(struct yaml_printer *printer, json_t *array)
{
	yaml_sequence_style_t style = json_array_size(array) ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;
	yaml_event_t event;

	yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style);
	emit(printer, &event);
	for (size_t i = 0; i < json_array_size(array); i++)
		emit_value(printer, json_array_get(array, i));
	yaml_sequence_end_event_initialize(&event);
	emit(printer, &event);
}

static void emit_value(struct yaml_printer *printer, json_t *value)
{
	char *text;

	if (json_is_object(value)) {
		emit_object(printer, value);
	} else if (json_is_array(value)) {
		emit_array(printer, value);
	} else if (json_is_string(value)) {
		emit_scalar(printer, json_string_value(value), json_string_length(value),
			    string_style(json_string_value(value)));
	} else {
		text = json_dumps(value, JSON_ENCODE_ANY);
		emit_scalar(printer, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
		free(text);
	}
}

struct yaml_printer *yaml_print_begin(FILE *out)
{
	struct yaml_printer *printer = mem_new(1, sizeof *printer);
	yaml_event_t event;

	if (!yaml_emitter_initialize(&printer->emitter))
		abort();
	yaml_emitter_set_output_file(&printer->emitter, out);
	yaml_emitter_set_unicode(&printer->emitter, 1);
	yaml_emitter_set_width(&printer->emitter, WIDTH_UNLIMITED);
	yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
	emit(printer, &event);
	return printer;
}

int yaml_print(struct yaml_printer *printer, json_t *value, struct err *err)
{
	yaml_event_t event;

	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 0);
	emit(printer, &event);
	emit_value(printer, value);
	yaml_document_end_event_initialize(&event, 1);
	emit(printer, &event);
	if (printer->failed)
		return err_set(err, ERR_IO, "cannot write YAML: %s",
			       printer->emitter.problem ? printer->emitter.problem : "not UTF-8");
	return 0;
}

void yaml_print_end(struct yaml_printer *printer)
{
	yaml_event_t event;

	yaml_stream_end_event_initialize(&event);
	emit(printer, &event);
	yaml_emitter_flush(&printer->emitter);
	yaml_emitter_delete(&printer->emitter);
	free(printer);
}

char *yaml_print_scalar(const char *text)
{
	char *out;
	size_t size;
	FILE *stream = open_memstream(&out, &size);
	struct yaml_printer *printer;
	yaml_event_t event;
	bool failed;

	if (!stream)
		abort();
	printer = yaml_print_begin(stream);
	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
	emit(printer, &event);
	emit_text(printer, text);
	yaml_document_end_event_initialize(&event, 1);
	emit(printer, &event);
	failed = printer->failed;
	yaml_print_end(printer);
	if (fclose(stream) || failed)
		abort();
	out[strcspn(out, "\n")] = '\0';
	return out;
}
