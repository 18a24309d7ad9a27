/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the agent of this node say of itself? */
#include "agent_ask.h"

#include <string.h>

#include <selvage/http_local.h>
#include <selvage/vec.h>

#define SECONDS 10
#define DOCUMENT_MAX (64u << 20)

struct body {
	VEC(char);
};

static bool take(void *ctx, const char *bytes, size_t n)
{
	struct body *body = ctx;

	if (body->n + n > DOCUMENT_MAX)
		return false;
	vec_reserve(body, n);
	memcpy(body->at + body->n, bytes, n);
	body->n += n;
	return true;
}

json_t *agent_ask(const char *socket, struct err *err)
{
	struct body body = {0};
	json_t *status = NULL;

	if (!http_local_get(socket, "/status", SECONDS, take, &body, err)) {
		status = json_loadb(body.at ? body.at : "", body.n, 0, NULL);
		if (!status || status_check(status, err)) {
			json_decref(status);
			status = NULL;
			err_ctx(err, "%s: ", socket);
		}
	}
	vec_free(&body);
	return status;
}
