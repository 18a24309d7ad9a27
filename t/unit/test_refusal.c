/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why the API server does not do what it was asked. */
#include "../../src/input/refusal.h"

#include "unit.h"

static struct refusal from(long status, const char *body)
{
	struct http_result result = {.outcome = HTTP_ANSWERED, .status = status, .body = body, .size = strlen(body)};
	struct refusal refusal;

	refusal_from(&result, &refusal);
	return refusal;
}

static void says(long status, const char *body, const char *want)
{
	struct refusal refusal = from(status, body);
	char text[512];

	refusal_print(&refusal, "watch", "pods", "list and watch", text, sizeof text);
	cr_expect_str_eq(text, want);
}

UNIT(refusal, says_which_verb_on_which_resource_is_missing)
{
	says(403, "{\"message\":\"pods is forbidden\",\"code\":403}",
	     "not allowed to watch pods: our role needs list and watch on it (403: pods is forbidden)");
	says(403, "<html>", "not allowed to watch pods: our role needs list and watch on it (403)");
}

UNIT(refusal, says_that_credentials_are_no_good_without_quoting_anything)
{
	says(401, "{\"message\":\"token sesame is bad\"}",
	     "the API server does not accept our credentials (401 Unauthorized)");
}

UNIT(refusal, passes_on_what_the_server_says)
{
	says(500, "{\"reason\":\"InternalError\",\"message\":\"etcd is not well\"}",
	     "cannot watch pods (500 InternalError: etcd is not well)");
	says(502, "", "cannot watch pods (502 )");
}

UNIT(refusal, knows_what_has_expired)
{
	struct refusal gone = from(410, ""),
		       large = from(504, "{\"message\":\"Too large resource version: 9, current: 8\"}");
	struct refusal cause = from(504, "{\"details\":{\"causes\":[{},{\"reason\":\"ResourceVersionTooLarge\"}]}}");
	struct refusal slow = from(504, "{\"reason\":\"Timeout\"}"), reason = from(500, "{\"reason\":\"Expired\"}");

	cr_expect(refusal_expired(&gone));
	cr_expect(refusal_expired(&reason));
	cr_expect(refusal_expired(&large));
	cr_expect(refusal_expired(&cause));
	cr_expect(!refusal_expired(&slow));
}

UNIT(refusal, knows_when_to_come_back)
{
	struct refusal body = from(429, "{\"details\":{\"retryAfterSeconds\":7}}"), header;
	struct http_result result = {.status = 503,
				     .retry_after = 3,
				     .body = "{\"details\":{\"retryAfterSeconds\":7}}"};

	result.size = strlen(result.body);
	refusal_from(&result, &header);
	cr_expect_eq(body.retry_after, 7);
	cr_expect_eq(header.retry_after, 3);
}
