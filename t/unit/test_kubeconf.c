/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which API server the kubeconfig files and the pod's service account mean. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/kubeconf.h>

#include "unit.h"

/* A directory of its own that is the working directory and home; nothing else is known of any cluster. */
static void begin(char dir[static 64])
{
	strcpy(dir, "/tmp/selvage-kubeconf-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	setenv("HOME", dir, 1);
	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("KUBERNETES_SERVICE_PORT");
}

static void end(const char *dir)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(system(command), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

static const char plain[] = "apiVersion: v1\n"
			    "kind: Config\n"
			    "current-context: prod\n"
			    "contexts:\n"
			    "- name: prod\n"
			    "  context: {cluster: c, user: u, namespace: shop}\n"
			    "- name: test\n"
			    "  context: {cluster: c2}\n"
			    "- name: lost\n"
			    "  context: {cluster: gone}\n"
			    "clusters:\n"
			    "- name: c\n"
			    "  cluster:\n"
			    "    server: https://10.0.0.1:6443/\n"
			    "    certificate-authority: certs/ca.crt\n"
			    "    tls-server-name: api\n"
			    "    proxy-url: http://proxy:3128\n"
			    "- name: c2\n"
			    "  cluster: {server: 'https://[fd00::1]:6443', insecure-skip-tls-verify: true,\n"
			    "            certificate-authority-data: aGVsbG8K}\n"
			    "users:\n"
			    "- name: u\n"
			    "  user: {token: sesame, client-certificate-data: Q0VSVA==, client-key: /k}\n";

static void load(struct kubeconf *conf, const char *file, const char *context)
{
	struct kubeconf_from from = {.file = file, .context = context};
	struct err err;
	int status = kubeconf_load(&from, conf, &err);

	cr_assert_eq(status, 0, "%s", err.msg);
}

/* Loading fails with this message, in which nothing secret is. */
static void fails(const char *file, const char *context, enum err_code code, const char *want)
{
	struct kubeconf_from from = {.file = file, .context = context};
	struct kubeconf conf;
	struct err err;

	cr_assert_eq(kubeconf_load(&from, &conf, &err), -1);
	cr_expect_eq(err.code, code, "%d: %s", err.code, err.msg);
	cr_expect_str_eq(err.msg, want);
	cr_expect_null(strstr(err.msg, "sesame"));
}

UNIT(kubeconf, reads_the_current_context)
{
	struct kubeconf conf;
	char dir[64];

	begin(dir);
	write_file("config", plain);
	load(&conf, "config", NULL);
	cr_expect_str_eq(conf.context, "prod");
	cr_expect_str_eq(conf.server, "https://10.0.0.1:6443");
	cr_expect_str_eq(conf.ns, "shop");
	cr_expect_str_eq(conf.ca.file, "certs/ca.crt");
	cr_expect_str_eq(conf.tls_server_name, "api");
	cr_expect_str_eq(conf.proxy, "http://proxy:3128");
	cr_expect(!conf.insecure);
	cr_expect_str_eq(conf.token, "sesame");
	cr_expect_str_eq(conf.cert.text, "CERT");
	cr_expect_str_eq(conf.key.file, "/k");
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, reads_the_context_that_is_asked_for)
{
	struct kubeconf conf;
	char dir[64];

	begin(dir);
	write_file("config", plain);
	load(&conf, "config", "test");
	cr_expect_str_eq(conf.server, "https://[fd00::1]:6443");
	cr_expect_str_eq(conf.ns, "default");
	cr_expect_str_eq(conf.ca.text, "hello\n");
	cr_expect(conf.insecure);
	cr_expect_null(conf.token);
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, paths_count_from_the_folder_of_their_file)
{
	struct kubeconf conf;
	char dir[64], path[128], want[128];

	begin(dir);
	cr_assert_eq(mkdir("sub", 0700), 0);
	write_file("sub/config", plain);
	snprintf(path, sizeof path, "%s/sub/config", dir);
	snprintf(want, sizeof want, "%s/sub/certs/ca.crt", dir);
	load(&conf, path, NULL);
	cr_expect_str_eq(conf.ca.file, want);
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, merges_the_files_of_the_variable_and_the_first_counts)
{
	struct kubeconf conf;
	char dir[64];

	begin(dir);
	write_file("one", "current-context: test\nclusters: [{name: c2, cluster: {server: 'https://first'}}]\n");
	write_file("two", plain);
	setenv("KUBECONFIG", "absent::one:two", 1);
	load(&conf, NULL, NULL);
	cr_expect_str_eq(conf.context, "test");
	cr_expect_str_eq(conf.server, "https://first");
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, takes_the_usual_file_last)
{
	struct kubeconf conf;
	char dir[64];

	begin(dir);
	cr_assert_eq(mkdir(".kube", 0700), 0);
	write_file(".kube/config", plain);
	load(&conf, NULL, NULL);
	cr_expect_str_eq(conf.context, "prod");
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, takes_the_service_account_in_a_pod)
{
	struct kubeconf conf;
	struct kubeconf_from from = {.service_dir = "account"};
	struct err err;
	char dir[64];

	begin(dir);
	cr_assert_eq(mkdir("account", 0700), 0);
	write_file("account/token", "sesame");
	write_file("account/namespace", "kube-system\n");
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	cr_assert_eq(kubeconf_load(&from, &conf, &err), 0, "%s", err.msg);
	cr_expect_null(conf.context);
	cr_expect_str_eq(conf.server, "https://[fd00::1]:443");
	cr_expect_str_eq(conf.token_file, "account/token");
	cr_expect_str_eq(conf.ca.file, "account/ca.crt");
	cr_expect_str_eq(conf.ns, "kube-system");
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, reads_a_credential_program)
{
	struct kubeconf conf;
	char dir[64];

	begin(dir);
	write_file("config", "current-context: a\n"
			     "contexts: [{name: a, context: {cluster: c, user: u}}]\n"
			     "clusters: [{name: c, cluster: {server: 'https://x'}}]\n"
			     "users:\n"
			     "- name: u\n"
			     "  user:\n"
			     "    exec:\n"
			     "      apiVersion: client.authentication.k8s.io/v1beta1\n"
			     "      command: aws\n"
			     "      args: [eks, get-token]\n"
			     "      env: [{name: A, value: b}]\n"
			     "      provideClusterInfo: true\n");
	load(&conf, "config", NULL);
	cr_expect_str_eq(conf.exec.command, "aws");
	cr_expect_str_eq(conf.exec.args[1], "get-token");
	cr_expect_null(conf.exec.args[2]);
	cr_expect_str_eq(conf.exec.env[0], "A=b");
	cr_expect(conf.exec.cluster_info);
	kubeconf_fini(&conf);
	end(dir);
}

UNIT(kubeconf, says_what_is_not_there)
{
	char dir[64];

	begin(dir);
	write_file("config", plain);
	fails("absent", NULL, ERR_ABSENT, "kubeconfig absent: cannot be read: No such file or directory");
	fails("config", "prd", ERR_ABSENT, "no context \"prd\" in config; did you mean \"prod\"?");
	fails("config", "elsewhere", ERR_ABSENT, "no context \"elsewhere\" in config");
	fails("config", "lost", ERR_ABSENT, "no cluster \"gone\" in config");
	fails(NULL, NULL, ERR_ABSENT,
	      "no API server is known: no --kubeconfig, no $KUBECONFIG, no ~/.kube/config, and not in a pod");
	setenv("KUBECONFIG", "x:y", 1);
	fails(NULL, NULL, ERR_ABSENT, "none of the files in $KUBECONFIG exists: x:y");
	setenv("KUBECONFIG", "", 1);
	setenv("KUBERNETES_SERVICE_HOST", "1.2.3.4", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	if (access("/var/run/secrets/kubernetes.io/serviceaccount/token", F_OK))
		fails(NULL, NULL, ERR_ABSENT,
		      "in a pod, but without a service account: there is no "
		      "/var/run/secrets/kubernetes.io/serviceaccount/token");
	end(dir);
}

UNIT(kubeconf, says_where_text_is_broken)
{
	struct kubeconf_from from = {.file = "config"};
	struct kubeconf conf;
	struct err err;
	char dir[64];

	begin(dir);
	write_file("config", "clusters:\n- name: c\n  cluster: {server: [}\n");
	cr_assert_eq(kubeconf_load(&from, &conf, &err), -1);
	cr_expect_eq(err.code, ERR_INPUT);
	cr_expect_eq(strncmp(err.msg, "config:3:", 9), 0, "%s", err.msg);
	write_file("config", "just text\n");
	fails("config", NULL, ERR_INPUT, "config: not a kubeconfig file");
	write_file("config", "contexts: [{name: one}, {name: two}]\n");
	fails("config", NULL, ERR_ABSENT, "config: no current-context; choose one with --context: one, two");
	write_file("config", "");
	fails("config", NULL, ERR_ABSENT, "config: no current-context; choose one with --context, but there is none");
	end(dir);
}

/* A config whose cluster or user has these fields. */
static void config_with(const char *cluster, const char *user)
{
	char text[1024];

	snprintf(text, sizeof text,
		 "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
		 "clusters: [{name: c, cluster: {%s}}]\nusers: [{name: u, user: {%s}}]\n",
		 cluster, user);
	write_file("config", text);
}

UNIT(kubeconf, names_a_mistake_but_never_a_secret)
{
	static const struct {
		const char *cluster, *user, *want;
	} mistakes[] = {
		{"a: b", "", "config: cluster \"c\" names no server"},
		{"server: 'ftp://x'", "", "config: cluster \"c\": server must begin with https:// or http://"},
		{"server: 5", "", "config: cluster \"c\": server must be a string"},
		{"server: 'https://x', certificate-authority-data: '%'", "",
		 "config: cluster \"c\": certificate-authority-data is not base64"},
		{"server: 'https://x', insecure-skip-tls-verify: sesame", "",
		 "config: cluster \"c\": insecure-skip-tls-verify must be true or false"},
		{"server: 'https://x'", "token: [sesame]", "config: user \"u\": token must be a string"},
		{"server: 'https://x'", "client-key-data: '~sesame~'",
		 "config: user \"u\": client-key-data is not base64"},
		{"server: 'https://x'", "auth-provider: {name: gcp}",
		 "config: user \"u\": auth-provider is not supported; use exec, as kubectl since 1.26"},
		{"server: 'https://x'", "as: root", "config: user \"u\": as is not supported"},
		{"server: 'https://x'", "exec: {command: x, apiVersion: v1}",
		 "config: user \"u\": exec.apiVersion must be client.authentication.k8s.io/v1 or v1beta1"},
		{"server: 'https://x'", "exec: {apiVersion: client.authentication.k8s.io/v1}",
		 "config: user \"u\": exec names no command"},
	};
	char dir[64];

	begin(dir);
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		config_with(mistakes[i].cluster, mistakes[i].user);
		fails("config", NULL, ERR_INPUT, mistakes[i].want);
	}
	end(dir);
}
