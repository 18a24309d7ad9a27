/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a line of a batch ask? */
#include <jansson.h>
#include <string.h>

#include "question.h"

/* The members of a question, as they stand in the line. */
struct members {
	char from[QUESTION_ENDPOINT], to[QUESTION_ENDPOINT], proto[8];
	bool has_from, has_to, has_proto, has_port;
	long long port;
};

static void skip_blanks(const char **at)
{
	while (**at == ' ' || **at == '\t')
		++*at;
}

/* A string without escapes, of printable ASCII, shorter than `size`. */
static bool plain_string(const char **at, char *out, size_t size)
{
	const char *text = *at + 1;
	size_t n = 0;

	if (**at != '"')
		return false;
	while ((unsigned char)(text[n] - 0x20) < 0x7f - 0x20 && text[n] != '"' && text[n] != '\\')
		n++;
	if (text[n] != '"' || n >= size)
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	*at = text + n + 1;
	return true;
}

/* Up to nine digits, the first no 0 unless it is the only one. */
static bool plain_number(const char **at, long long *out)
{
	const char *digit = *at;

	*out = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++)
		*out = *out * 10 + (*digit - '0');
	if (digit == *at || digit - *at > 9 || (**at == '0' && digit - *at > 1))
		return false;
	*at = digit;
	return true;
}

/* One member that was not there before; false on any other. */
static bool plain_member(const char **at, struct members *out)
{
	char key[8];
	bool *has = NULL;

	if (!plain_string(at, key, sizeof key))
		return false;
	skip_blanks(at);
	if (*(*at)++ != ':')
		return false;
	skip_blanks(at);
	if (!strcmp(key, "from"))
		has = &out->has_from;
	else if (!strcmp(key, "to"))
		has = &out->has_to;
	else if (!strcmp(key, "proto"))
		has = &out->has_proto;
	else if (!strcmp(key, "port"))
		has = &out->has_port;
	if (!has || *has)
		return false;
	*has = true;
	if (has == &out->has_port)
		return plain_number(at, &out->port);
	if (has == &out->has_proto)
		return plain_string(at, out->proto, sizeof out->proto);
	return plain_string(at, has == &out->has_from ? out->from : out->to, QUESTION_ENDPOINT);
}

/* Most lines are an object of plain members and nothing else; false says only that this one must be read by jansson. */
static bool plain_line(const char *line, size_t size, struct members *out)
{
	const char *at = line;

	skip_blanks(&at);
	if (*at++ != '{')
		return false;
	for (char next = ','; next != '}'; next = *at++) {
		if (next != ',')
			return false;
		skip_blanks(&at);
		if (!plain_member(&at, out))
			return false;
		skip_blanks(&at);
	}
	at += strspn(at, " \t\r\n");
	return at == line + size && out->has_from && out->has_to;
}

/* Borrowed from the JSON value. */
struct texts {
	const char *from, *to, *proto;
};

static int take(const struct texts *texts, long long port, struct question *out, struct err *err)
{
	if (strlen(texts->from) >= sizeof out->from || strlen(texts->to) >= sizeof out->to)
		return err_set(err, ERR_INPUT, "a name is too long");
	if (question_parse_port(texts->proto, port, out, err))
		return -1;
	strcpy(out->from, texts->from);
	strcpy(out->to, texts->to);
	return 0;
}

static int json_line(const char *line, size_t size, struct question *out, struct err *err)
{
	json_error_t why;
	json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, &why);
	struct texts texts = {0};
	json_int_t port = 0;
	int rc;

	if (!json)
		return err_set(err, ERR_INPUT, "%s", why.text);
	if (json_unpack_ex(json, &why, 0, "{s:s, s:s, s?s, s?I}", "from", &texts.from, "to", &texts.to, "proto",
			   &texts.proto, "port", &port))
		rc = err_set(err, ERR_INPUT, "%s", why.text);
	else
		rc = take(&texts, port, out, err);
	json_decref(json);
	return rc;
}

int question_parse_line(const char *line, size_t size, struct question *out, struct err *err)
{
	struct members members;

	members.has_from = members.has_to = members.has_proto = members.has_port = false;
	members.port = 0;
	if (!plain_line(line, size, &members))
		return json_line(line, size, out, err);
	return take(&(struct texts){members.from, members.to, members.has_proto ? members.proto : NULL}, members.port,
		    out, err);
}
