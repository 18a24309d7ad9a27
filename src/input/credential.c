/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What shows the API server who we are, now? */
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>
#include <selvage/mono.h>

#include "credential.h"
#include "execcred.h"
#include "slurp.h"

#define TOKEN_SECONDS 60 /* how long the content of a token file is taken for true */

struct credential {
	const struct kubeconf *conf;
	char *token; /* of the file; NULL: not read yet */
	struct mono read;
	struct execcred exec;
	struct event_base *base;
	struct credential_calls calls;
	struct plugin *asked; /* the program, while it runs, or NULL */
	bool fresh;           /* what it gave has just come */
	bool refused;         /* what is at hand is no good */
};

static void secret_drop(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

/* The first line of a token file; an empty file is no token. */
static char *token_read(const char *path, struct err *err)
{
	char *text, *token = NULL;
	size_t size, n = 0;

	if (slurp(path, &text, &size, err)) {
		err_ctx(err, "token file %s: ", path);
		return NULL;
	}
	while (n < size && text[n] > ' ')
		n++;
	if (n) {
		token = mem_new(n + 1, 1);
		memcpy(token, text, n);
	} else {
		err_set(err, ERR_INPUT, "token file %s: there is no token in it", path);
	}
	explicit_bzero(text, size);
	free(text);
	return token;
}

/* Reads the token file if it is time; one that cannot be read leaves what was read before. */
static int token_refresh(struct credential *credential, struct err *err)
{
	struct mono now = mono_now();
	char *token;

	if (credential->token && !credential->refused && mono_seconds(credential->read, now) < TOKEN_SECONDS)
		return 0;
	token = token_read(credential->conf->token_file, err);
	credential->refused = false;
	credential->read = now;
	if (!token)
		return credential->token ? 0 : -1;
	secret_drop(&credential->token);
	credential->token = token;
	return 0;
}

static int use_token_file(struct credential *credential, struct credential_use *use, struct err *err)
{
	if (!token_refresh(credential, err))
		use->token = credential->token;
	else if (!use->token)
		return -1;
	return 0;
}

static void on_answer(void *ctx, char *text, size_t size, const struct err *failed)
{
	struct credential *credential = ctx;
	struct err err;

	credential->fresh = !execcred_read(&credential->exec, credential->conf, text, size, failed, &err);
	plugin_free(credential->asked);
	credential->asked = NULL;
	credential->refused = false;
	credential->calls.ready(credential->calls.ctx, credential->fresh ? NULL : &err);
	credential->fresh = false;
}

/* Begins to ask, if nobody has. */
static int ask(struct credential *credential, struct err *err)
{
	if (!credential->asked)
		credential->asked = execcred_ask(credential->conf, credential->base, on_answer, credential, err);
	return credential->asked ? 1 : -1;
}

static int use_exec(struct credential *credential, struct credential_use *use, struct err *err)
{
	struct execcred *exec = &credential->exec;

	if (credential->refused)
		execcred_fini(exec);
	credential->refused = false;
	if (!credential->fresh && !execcred_good(exec, mono_now()))
		return ask(credential, err);
	use->token = exec->token;
	use->cert = (struct kubeconf_pem){.text = exec->cert};
	use->key = (struct kubeconf_pem){.text = exec->key};
	return 0;
}

struct credential *credential_new(const struct kubeconf *conf, struct event_base *base,
				  const struct credential_calls *calls)
{
	struct credential *credential = mem_new(1, sizeof *credential);

	credential->conf = conf;
	credential->base = base;
	credential->calls = *calls;
	return credential;
}

int credential_get(struct credential *credential, struct credential_use *use, struct err *err)
{
	const struct kubeconf *conf = credential->conf;

	*use = (struct credential_use){conf->token, conf->username, conf->password, conf->cert, conf->key};
	if (conf->token_file)
		return use_token_file(credential, use, err);
	if (conf->exec.command && !conf->token && !conf->username)
		return use_exec(credential, use, err);
	return 0;
}

void credential_refused(struct credential *credential)
{
	credential->refused = true;
}

void credential_free(struct credential *credential)
{
	if (!credential)
		return;
	secret_drop(&credential->token);
	plugin_free(credential->asked);
	execcred_fini(&credential->exec);
	free(credential);
}
