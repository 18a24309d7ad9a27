/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What credentials does a program give? */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium/utils.h>

#include <selvage/mem.h>

#include "execcred.h"
#include "slurp.h"
#include "timestamp.h"

#define RUN_SECONDS 15    /* how long the program may take */
#define LEEWAY_SECONDS 10 /* before it expires, a credential counts as expired */

/* The words that call the program; only the array is yours. */
static char **exec_argv(const struct kubeconf_exec *exec)
{
	size_t n = 0;
	char **argv;

	while (exec->args[n])
		n++;
	argv = mem_new(n + 2, sizeof *argv);
	argv[0] = exec->command;
	memcpy(argv + 1, exec->args, n * sizeof *argv);
	return argv;
}

/* What is in PEM, in base64; NULL if there is nothing. */
static json_t *pem_base64(const struct kubeconf_pem *pem)
{
	struct err unused = {0};
	char *text = pem->text, *base64;
	size_t size = text ? strlen(text) : 0, room;
	json_t *value;

	if (!text && (!pem->file || slurp(pem->file, &text, &size, &unused)))
		return NULL;
	room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
	base64 = mem_new(room, 1);
	sodium_bin2base64(base64, room, (const unsigned char *)text, size, sodium_base64_VARIANT_ORIGINAL);
	value = json_string(base64);
	free(base64);
	if (text != pem->text)
		free(text);
	return value;
}

static json_t *cluster_info(const struct kubeconf *conf)
{
	json_t *cluster = json_object(), *ca = pem_base64(&conf->ca);

	json_object_set_new(cluster, "server", json_string(conf->server));
	if (conf->tls_server_name)
		json_object_set_new(cluster, "tls-server-name", json_string(conf->tls_server_name));
	if (conf->insecure)
		json_object_set_new(cluster, "insecure-skip-tls-verify", json_true());
	if (conf->proxy)
		json_object_set_new(cluster, "proxy-url", json_string(conf->proxy));
	if (ca)
		json_object_set_new(cluster, "certificate-authority-data", ca);
	return cluster;
}

/* "KUBERNETES_EXEC_INFO={...}": what the program may know. */
static char *exec_info(const struct kubeconf *conf)
{
	json_t *spec = json_pack("{s:b}", "interactive", 0), *info;
	char *text, *assignment;

	if (conf->exec.cluster_info)
		json_object_set_new(spec, "cluster", cluster_info(conf));
	info = json_pack("{s:s, s:s, s:o}", "kind", "ExecCredential", "apiVersion", conf->exec.api_version, "spec",
			 spec);
	text = json_dumps(info, JSON_COMPACT);
	if (!text || asprintf(&assignment, "KUBERNETES_EXEC_INFO=%s", text) < 0)
		abort();
	free(text);
	json_decref(info);
	return assignment;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return !strncmp(a, b, n) && b[n] == '=';
}

static bool replaced(const char *variable, char *const *by)
{
	for (; *by; by++)
		if (same_name(variable, *by))
			return true;
	return same_name(variable, "KUBERNETES_EXEC_INFO=");
}

/* Our environment with that of the kubeconfig; only the array is yours.  Takes the place of `info` from the caller. */
static char **exec_environment(const struct kubeconf_exec *exec, char *info)
{
	size_t n = 0, ours = 0, own = 0;
	char **env;

	while (environ[ours])
		ours++;
	while (exec->env[own])
		own++;
	env = mem_new(ours + own + 2, sizeof *env);
	for (size_t i = 0; i < ours; i++)
		if (!replaced(environ[i], exec->env))
			env[n++] = environ[i];
	memcpy(env + n, exec->env, own * sizeof *env);
	env[n + own] = info;
	return env;
}

static char *text_of(const json_t *status, const char *key)
{
	const char *text = json_string_value(json_object_get(status, key));

	return text && *text ? mem_copy(text, strlen(text) + 1) : NULL;
}

static int read_expiry(const json_t *status, struct execcred *cred, struct err *err)
{
	const char *text = json_string_value(json_object_get(status, "expirationTimestamp"));
	int64_t seconds;

	cred->expires = text;
	if (!text)
		return 0;
	if (!timestamp_parse(text, &seconds))
		return err_set(err, ERR_INPUT, "its expirationTimestamp is not a time");
	cred->until.ns = mono_now().ns + (seconds - (int64_t)time(NULL) - LEEWAY_SECONDS) * 1000000000;
	return 0;
}

/* Reads what the program wrote; messages never quote it. */
static int answer_read(const json_t *root, const struct kubeconf_exec *exec, struct execcred *cred, struct err *err)
{
	const char *version = json_string_value(json_object_get(root, "apiVersion"));
	const json_t *status = json_object_get(root, "status");

	if (!version || strcmp(version, exec->api_version))
		return err_set(err, ERR_INPUT, "its answer is not an ExecCredential of %s", exec->api_version);
	cred->token = text_of(status, "token");
	cred->cert = text_of(status, "clientCertificateData");
	cred->key = text_of(status, "clientKeyData");
	if (!cred->token && !(cred->cert && cred->key))
		return err_set(err, ERR_INPUT, "its answer holds no credentials");
	return read_expiry(status, cred, err);
}

static int complain(const struct kubeconf_exec *exec, struct err *err)
{
	if (err->code == ERR_ABSENT && exec->hint) {
		size_t used = strlen(err->msg);

		snprintf(err->msg + used, sizeof err->msg - used, " (%s)", exec->hint);
	}
	return err_ctx(err, "credential program %s: ", exec->command);
}

bool execcred_good(const struct execcred *cred, struct mono now)
{
	if (!cred->token && !cred->cert)
		return false;
	return !cred->expires || now.ns < cred->until.ns;
}

struct plugin *execcred_ask(const struct kubeconf *conf, struct event_base *base,
			    void (*done)(void *ctx, char *text, size_t size, const struct err *err), void *ctx,
			    struct err *err)
{
	char **argv = exec_argv(&conf->exec), *info = exec_info(conf);
	char **env = exec_environment(&conf->exec, info);
	struct plugin_setup setup = {base, argv, env, RUN_SECONDS, done, ctx};
	struct plugin *plugin = plugin_start(&setup, err);

	if (!plugin)
		complain(&conf->exec, err);
	free(env);
	free(info);
	free(argv);
	return plugin;
}

int execcred_read(struct execcred *cred, const struct kubeconf *conf, char *text, size_t size, const struct err *failed,
		  struct err *err)
{
	struct execcred fresh = {0};
	json_error_t unused;
	json_t *root;
	int status;

	if (!text) {
		*err = *failed;
		return complain(&conf->exec, err);
	}
	root = json_loadb(text, size, 0, &unused);
	status = answer_read(root, &conf->exec, &fresh, err);
	json_decref(root);
	explicit_bzero(text, size);
	if (status) {
		execcred_fini(&fresh);
		return complain(&conf->exec, err);
	}
	execcred_fini(cred);
	*cred = fresh;
	return 0;
}

static void secret_drop(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void execcred_fini(struct execcred *cred)
{
	secret_drop(cred->token);
	secret_drop(cred->cert);
	secret_drop(cred->key);
	*cred = (struct execcred){0};
}
