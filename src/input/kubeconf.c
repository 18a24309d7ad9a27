/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which API server, and who are we to it? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/mem.h>

#include "kubeconf_parts.h"
#include "slurp.h"

#define SERVICE_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

static char *path_join(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

/* Adds the files of a list with colons; those that are not there are passed over. */
static int add_listed(struct kubeconf_files *files, const char *list, struct err *err)
{
	char *copy = kubeconf_copy(list), *rest = copy, *path;
	int status = 0;

	while (!status && (path = strsep(&rest, ":"))) {
		struct err one = {0};

		if (!*path || !kubeconf_files_add(files, path, &one) || one.code == ERR_ABSENT)
			continue;
		*err = one;
		status = -1;
	}
	free(copy);
	if (!status && !files->n)
		return err_set(err, ERR_ABSENT, "none of the files in $KUBECONFIG exists: %s", list);
	return status;
}

/* Adds ~/.kube/config if it is there. */
static int add_usual(struct kubeconf_files *files, struct err *err)
{
	const char *home = getenv("HOME");
	struct err one = {0};
	char *path;
	int status;

	if (!home || !*home)
		return 0;
	path = path_join(home, ".kube/config");
	status = kubeconf_files_add(files, path, &one);
	free(path);
	if (!status || one.code == ERR_ABSENT)
		return 0;
	*err = one;
	return -1;
}

static int add_files(struct kubeconf_files *files, const char *file, struct err *err)
{
	const char *list = getenv("KUBECONFIG");

	if (file)
		return kubeconf_files_add(files, file, err);
	if (list && *list)
		return add_listed(files, list, err);
	return add_usual(files, err);
}

static int no_context(const struct kubeconf_files *files, struct err *err)
{
	char *names = kubeconf_files_names(files, "contexts");

	err_set(err, ERR_ABSENT, "%s: no current-context; choose one with --context%s%s", files->at[0].path,
		names ? ": " : ", but there is none", names ? names : "");
	free(names);
	return -1;
}

/* The sections that a context names. */
static int read_sections(const struct kubeconf_files *files, const struct section *context, struct kubeconf *conf,
			 struct err *err)
{
	struct section section;
	char *cluster = section_text(context, "cluster", err), *user = section_text(context, "user", err);
	int status = err->code == ERR_NONE ? 0 : -1;

	conf->ns = section_text(context, "namespace", err);
	if (!conf->ns)
		conf->ns = kubeconf_copy("default");
	if (!status && !cluster)
		status = err_set(err, ERR_INPUT, "%s: context \"%s\" names no cluster", context->file, context->name);
	if (!status)
		status = kubeconf_files_find(files, "cluster", cluster, &section, err);
	if (!status)
		status = kubeconf_cluster(&section, conf, err);
	if (!status && user)
		status = kubeconf_files_find(files, "user", user, &section, err);
	if (!status && user)
		status = kubeconf_user(&section, conf, err);
	free(cluster);
	free(user);
	return status;
}

static int read_files(const struct kubeconf_files *files, const char *name, struct kubeconf *conf, struct err *err)
{
	struct section context;

	if (!name || !*name)
		name = kubeconf_files_current(files);
	if (!name)
		return no_context(files, err);
	if (kubeconf_files_find(files, "context", name, &context, err))
		return -1;
	conf->context = kubeconf_copy(name);
	return read_sections(files, &context, conf, err);
}

/* The text of a file without the line breaks at its end, or NULL. */
static char *read_line(const char *path)
{
	struct err unused = {0};
	char *text;
	size_t size;

	if (slurp(path, &text, &size, &unused))
		return NULL;
	while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	text = mem_resize(text, size + 1, 1);
	text[size] = '\0';
	return text;
}

/* An IPv6 address needs brackets in a URL. */
static char *service_url(const char *host, const char *port)
{
	bool ip6 = strchr(host, ':');
	char *url;

	if (asprintf(&url, "https://%s%s%s:%s", ip6 ? "[" : "", host, ip6 ? "]" : "", port) < 0)
		abort();
	return url;
}

static int read_service(const char *folder, struct kubeconf *conf, struct err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
	char *ns;

	if (!host || !*host || !port || !*port)
		return err_set(
			err, ERR_ABSENT,
			"no API server is known: no --kubeconfig, no $KUBECONFIG, no ~/.kube/config, and not in a pod");
	conf->server = service_url(host, port);
	conf->ca.file = path_join(folder, "ca.crt");
	conf->token_file = path_join(folder, "token");
	ns = path_join(folder, "namespace");
	conf->ns = read_line(ns);
	free(ns);
	if (!conf->ns)
		conf->ns = kubeconf_copy("default");
	if (access(conf->token_file, F_OK))
		return err_set(err, ERR_ABSENT, "in a pod, but without a service account: there is no %s",
			       conf->token_file);
	return 0;
}

int kubeconf_load(const struct kubeconf_from *from, struct kubeconf *conf, struct err *err)
{
	struct kubeconf_files files = {VEC_EMPTY};
	int status;

	*conf = (struct kubeconf){0};
	*err = (struct err){0};
	status = add_files(&files, from->file, err);
	if (!status && files.n)
		status = read_files(&files, from->context, conf, err);
	else if (!status)
		status = read_service(from->service_dir ? from->service_dir : SERVICE_DIR, conf, err);
	kubeconf_files_fini(&files);
	if (status)
		kubeconf_fini(conf);
	return status;
}

static void secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void pem_fini(struct kubeconf_pem *pem)
{
	free(pem->file);
	secret_free(pem->text);
}

static void words_free(char **words)
{
	for (char **word = words; word && *word; word++)
		secret_free(*word);
	free(words);
}

void kubeconf_fini(struct kubeconf *conf)
{
	pem_fini(&conf->ca);
	pem_fini(&conf->cert);
	pem_fini(&conf->key);
	secret_free(conf->token);
	secret_free(conf->password);
	words_free(conf->exec.args);
	words_free(conf->exec.env);
	free(conf->context);
	free(conf->server);
	free(conf->ns);
	free(conf->tls_server_name);
	free(conf->proxy);
	free(conf->token_file);
	free(conf->username);
	free(conf->exec.command);
	free(conf->exec.api_version);
	free(conf->exec.hint);
	*conf = (struct kubeconf){0};
}
