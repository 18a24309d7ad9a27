/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the sections of a kubeconfig file say? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/utils.h>

#include <selvage/mem.h>

#include "kubeconf_parts.h"

#define EXEC_GROUP "client.authentication.k8s.io/"

char *kubeconf_copy(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

/* Names the place of a mistake; never the value, which may be a secret. */
static void mistake(const struct section *section, const char *key, const char *message, struct err *err)
{
	err_set(err, ERR_INPUT, "%s: %s \"%s\": %s %s", section->file, section->what, section->name, key, message);
}

char *section_text(const struct section *section, const char *key, struct err *err)
{
	const json_t *value = json_object_get(section->json, key);
	const char *text = json_string_value(value);

	if (err->code != ERR_NONE || !value || json_is_null(value) || (text && !*text))
		return NULL;
	if (!text)
		mistake(section, key, "must be a string", err);
	return kubeconf_copy(text);
}

static bool section_bool(const struct section *section, const char *key, struct err *err)
{
	const json_t *value = json_object_get(section->json, key);

	if (value && !json_is_boolean(value) && !json_is_null(value) && err->code == ERR_NONE)
		mistake(section, key, "must be true or false", err);
	return json_is_true(value);
}

/* A path that counts from the folder of the file it is written in. */
static char *section_path(const struct section *section, const char *key, struct err *err)
{
	char *path = section_text(section, key, err), *whole = NULL;
	const char *slash = strrchr(section->file, '/');

	if (!path || *path == '/' || !slash)
		return path;
	if (asprintf(&whole, "%.*s/%s", (int)(slash - section->file), section->file, path) < 0)
		abort();
	free(path);
	return whole;
}

/* What base64 stands for. */
static char *section_data(const struct section *section, const char *key, struct err *err)
{
	char *text = section_text(section, key, err), *data;
	size_t n = text ? strlen(text) : 0, size;

	if (!text)
		return NULL;
	data = mem_new(n + 1, 1);
	if (sodium_base642bin((unsigned char *)data, n, text, n, " \n\r\t", &size, NULL,
			      sodium_base64_VARIANT_ORIGINAL)) {
		mistake(section, key, "is not base64", err);
		size = 0;
	}
	data[size] = '\0';
	explicit_bzero(text, n);
	free(text);
	return data;
}

/* KEY-data, or else the file of KEY. */
static struct kubeconf_pem section_pem(const struct section *section, const char *key, struct err *err)
{
	struct kubeconf_pem pem = {NULL, NULL};
	char name[40];

	snprintf(name, sizeof name, "%s-data", key);
	pem.text = section_data(section, name, err);
	if (!pem.text)
		pem.file = section_path(section, key, err);
	return pem;
}

static int server_check(const struct section *section, struct kubeconf *conf, struct err *err)
{
	size_t n;

	if (!conf->server)
		return err_set(err, ERR_INPUT, "%s: cluster \"%s\" names no server", section->file, section->name);
	n = strlen(conf->server);
	while (n && conf->server[n - 1] == '/')
		conf->server[--n] = '\0';
	if (!strncmp(conf->server, "https://", 8) || !strncmp(conf->server, "http://", 7))
		return 0;
	mistake(section, "server", "must begin with https:// or http://", err);
	return -1;
}

int kubeconf_cluster(const struct section *section, struct kubeconf *conf, struct err *err)
{
	conf->server = section_text(section, "server", err);
	conf->ca = section_pem(section, "certificate-authority", err);
	conf->tls_server_name = section_text(section, "tls-server-name", err);
	conf->proxy = section_text(section, "proxy-url", err);
	conf->insecure = section_bool(section, "insecure-skip-tls-verify", err);
	if (err->code != ERR_NONE)
		return -1;
	return server_check(section, conf, err);
}

static char **words_new(size_t n)
{
	return mem_new(n + 1, sizeof(char *));
}

static char **exec_args(const struct section *exec, struct err *err)
{
	const json_t *list = json_object_get(exec->json, "args");
	char **args = words_new(json_array_size(list));

	for (size_t i = 0; i < json_array_size(list); i++) {
		args[i] = kubeconf_copy(json_string_value(json_array_get(list, i)));
		if (!args[i]) {
			mistake(exec, "args", "must be strings", err);
			break;
		}
	}
	return args;
}

static char **exec_env(const struct section *exec, struct err *err)
{
	const json_t *list = json_object_get(exec->json, "env");
	char **env = words_new(json_array_size(list));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(item, "name"));
		const char *value = json_string_value(json_object_get(item, "value"));

		if (!name || !value) {
			mistake(exec, "env", "must be names with values", err);
			break;
		}
		if (asprintf(&env[i], "%s=%s", name, value) < 0)
			abort();
	}
	return env;
}

static bool exec_version_known(const char *version)
{
	return version && (!strcmp(version, EXEC_GROUP "v1") || !strcmp(version, EXEC_GROUP "v1beta1"));
}

/* A command with a slash in it is a path that counts from the folder of the file. */
static char *exec_command(const struct section *exec, struct err *err)
{
	const char *command = json_string_value(json_object_get(exec->json, "command"));

	if (command && strchr(command, '/'))
		return section_path(exec, "command", err);
	return section_text(exec, "command", err);
}

static void exec_read(const struct section *exec, struct kubeconf_exec *out, struct err *err)
{
	char *mode = section_text(exec, "interactiveMode", err);

	out->command = exec_command(exec, err);
	out->args = exec_args(exec, err);
	out->env = exec_env(exec, err);
	out->api_version = section_text(exec, "apiVersion", err);
	out->hint = section_text(exec, "installHint", err);
	out->cluster_info = section_bool(exec, "provideClusterInfo", err);
	if (err->code == ERR_NONE && !out->command)
		mistake(exec, "exec", "names no command", err);
	if (err->code == ERR_NONE && !exec_version_known(out->api_version))
		mistake(exec, "exec.apiVersion", "must be " EXEC_GROUP "v1 or v1beta1", err);
	if (err->code == ERR_NONE && mode && !strcmp(mode, "Always"))
		mistake(exec, "exec.interactiveMode", "is Always, but there is nobody to ask", err);
	free(mode);
}

/* Ways to log in that we do not have: going on without them would be somebody else's request. */
static void user_refuse(const struct section *user, struct err *err)
{
	if (json_object_get(user->json, "auth-provider"))
		mistake(user, "auth-provider", "is not supported; use exec, as kubectl since 1.26", err);
	if (json_object_get(user->json, "as") || json_object_get(user->json, "as-uid"))
		mistake(user, "as", "is not supported", err);
}

int kubeconf_user(const struct section *section, struct kubeconf *conf, struct err *err)
{
	struct section exec = *section;

	user_refuse(section, err);
	conf->cert = section_pem(section, "client-certificate", err);
	conf->key = section_pem(section, "client-key", err);
	conf->token = section_text(section, "token", err);
	conf->token_file = section_path(section, "tokenFile", err);
	conf->username = section_text(section, "username", err);
	conf->password = section_text(section, "password", err);
	exec.json = json_object_get(section->json, "exec");
	if (json_is_object(exec.json))
		exec_read(&exec, &conf->exec, err);
	return err->code == ERR_NONE ? 0 : -1;
}
