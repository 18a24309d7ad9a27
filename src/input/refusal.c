/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why does the API server not do what it was asked? */
#include <stdio.h>
#include <string.h>

#include "refusal.h"

static void copy(char *to, size_t size, const json_t *text)
{
	const char *from = json_string_value(text);

	snprintf(to, size, "%s", from ? from : "");
}

static bool has_cause(const json_t *details, const char *reason)
{
	const json_t *causes = json_object_get(details, "causes");

	for (size_t i = 0; i < json_array_size(causes); i++) {
		const char *its = json_string_value(json_object_get(json_array_get(causes, i), "reason"));

		if (its && !strcmp(its, reason))
			return true;
	}
	return false;
}

void refusal_read(const json_t *status, struct refusal *refusal)
{
	const json_t *details = json_object_get(status, "details");

	*refusal = (struct refusal){.code = (long)json_integer_value(json_object_get(status, "code"))};
	copy(refusal->reason, sizeof refusal->reason, json_object_get(status, "reason"));
	copy(refusal->message, sizeof refusal->message, json_object_get(status, "message"));
	refusal->retry_after = (double)json_integer_value(json_object_get(details, "retryAfterSeconds"));
	refusal->too_new =
		has_cause(details, "ResourceVersionTooLarge") || strstr(refusal->message, "Too large resource version");
}

void refusal_from(const struct http_result *result, struct refusal *refusal)
{
	json_error_t unused;
	json_t *status = json_loadb(result->body, result->size, JSON_ALLOW_NUL, &unused);

	refusal_read(status, refusal);
	json_decref(status);
	refusal->code = result->status;
	if (result->retry_after > 0)
		refusal->retry_after = result->retry_after;
}

bool refusal_expired(const struct refusal *refusal)
{
	return refusal->code == 410 || !strcmp(refusal->reason, "Expired") || !strcmp(refusal->reason, "Gone") ||
	       refusal->too_new;
}

void refusal_print(const struct refusal *refusal, const char *verb, const char *resource, const char *needs, char *text,
		   size_t size)
{
	const char *colon = *refusal->message ? ": " : "";

	if (refusal->code == 401)
		snprintf(text, size, "the API server does not accept our credentials (401 Unauthorized)");
	else if (refusal->code == 403)
		snprintf(text, size, "not allowed to %s %s: our role needs %s on it (403%s%s)", verb, resource, needs,
			 colon, refusal->message);
	else
		snprintf(text, size, "cannot %s %s (%ld %s%s%s)", verb, resource, refusal->code, refusal->reason, colon,
			 refusal->message);
}
