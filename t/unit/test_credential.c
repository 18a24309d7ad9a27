/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who we are: tokens in files that change, and programs that give credentials. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/input/credential.h"
#include "../../src/input/plugin.h"
#include <selvage/mem.h>
#include <selvage/mono.h>

#include "unit.h"

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

struct scene {
	char path[64];
	struct kubeconf conf;
	struct credential *credential;
	struct credential_use use;
	struct err err;
};

/* With a file that is the token file, or the script that gives the credentials. */
static void begin(struct scene *s, const char *text)
{
	*s = (struct scene){.path = "/tmp/selvage-credential-XXXXXX"};
	close(mkstemp(s->path));
	write_file(s->path, text);
	s->conf.token_file = s->path;
	s->credential = credential_new(&s->conf);
}

static void end(struct scene *s)
{
	credential_free(s->credential);
	unlink(s->path);
}

static const char *token(struct scene *s)
{
	return credential_get(s->credential, &s->use, &s->err) ? NULL : s->use.token;
}

UNIT(credential, a_token_file_is_read_again_after_a_refusal)
{
	struct scene s;

	begin(&s, "one\n");
	cr_expect_str_eq(token(&s), "one");
	write_file(s.path, "two");
	cr_expect_str_eq(token(&s), "one");
	credential_refused(s.credential);
	cr_expect_str_eq(token(&s), "two");
	end(&s);
}

UNIT(credential, a_token_file_that_cannot_be_read_leaves_the_token)
{
	struct scene s;

	begin(&s, "one");
	cr_expect_str_eq(token(&s), "one");
	unlink(s.path);
	credential_refused(s.credential);
	cr_expect_str_eq(token(&s), "one");
	write_file(s.path, "\n");
	credential_refused(s.credential);
	cr_expect_str_eq(token(&s), "one");
	end(&s);
}

UNIT(credential, without_a_token_in_the_file_that_of_the_kubeconfig_counts)
{
	static char spare[] = "spare";
	struct scene s;

	begin(&s, "");
	cr_expect_null(token(&s));
	cr_expect_not_null(strstr(s.err.msg, "there is no token in it"), "%s", s.err.msg);
	s.conf.token = spare;
	cr_expect_str_eq(token(&s), "spare");
	end(&s);
}

#define V1 "client.authentication.k8s.io/v1"

/* A shell script that gives credentials, instead of a token file. */
static void begin_exec(struct scene *s, const char *script)
{
	static char command[] = "sh", version[] = V1;
	static char *nothing[] = {NULL};

	begin(s, script);
	s->conf.token_file = NULL;
	s->conf.exec.command = command;
	s->conf.exec.args = mem_new(2, sizeof(char *));
	s->conf.exec.args[0] = s->path;
	s->conf.exec.env = nothing;
	s->conf.exec.api_version = version;
}

static void end_exec(struct scene *s)
{
	end(s);
	free(s->conf.exec.args);
}

/* The script fails with this message. */
static void fails(const char *script, const char *want)
{
	struct scene s;

	begin_exec(&s, script);
	cr_expect_null(token(&s), "%s", script);
	cr_expect_str_eq(s.err.msg, want);
	cr_expect_null(strstr(s.err.msg, "sesame"));
	end_exec(&s);
}

#define GIVE(status) "echo '{\"apiVersion\":\"" V1 "\",\"status\":{" status "}}'\n"

UNIT(credential, a_program_is_asked_once_until_it_is_refused)
{
	struct scene s;

	begin_exec(&s, GIVE("\"token\":\"'$$'\""));
	char *first = strdup(token(&s));

	cr_expect_str_eq(token(&s), first);
	credential_refused(s.credential);
	cr_expect_str_neq(token(&s), first);
	free(first);
	end_exec(&s);
}

UNIT(credential, a_program_is_asked_again_when_its_credential_expires)
{
	struct scene s;

	begin_exec(&s, GIVE("\"token\":\"'$$'\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\""));
	char *first = strdup(token(&s));

	cr_expect_str_neq(token(&s), first);
	free(first);
	end_exec(&s);
}

UNIT(credential, a_program_may_give_a_certificate)
{
	struct scene s;

	begin_exec(&s, GIVE("\"clientCertificateData\":\"C\",\"clientKeyData\":\"K\""));
	cr_expect_null(token(&s));
	cr_expect_str_eq(s.use.cert.text, "C");
	cr_expect_str_eq(s.use.key.text, "K");
	end_exec(&s);
}

UNIT(credential, a_program_that_fails_is_named_but_not_quoted)
{
	fails("exit 3", "credential program sh: it failed with exit status 3");
	fails("kill -9 $$", "credential program sh: it was ended by signal 9");
	fails("echo sesame", "credential program sh: its answer is not an ExecCredential of " V1);
	fails(GIVE(""), "credential program sh: its answer holds no credentials");
	fails(GIVE("\"token\":\"sesame\",\"expirationTimestamp\":\"soon\""),
	      "credential program sh: its expirationTimestamp is not a time");
}

UNIT(credential, a_program_that_is_not_there_is_hinted_at)
{
	static char command[] = "/nonexistent/give", hint[] = "install give";
	struct scene s;

	begin_exec(&s, "");
	s.conf.exec.command = command;
	s.conf.exec.hint = hint;
	cr_expect_null(token(&s));
	cr_expect_str_eq(s.err.msg, "credential program /nonexistent/give: it cannot be started: "
				    "No such file or directory (install give)");
	end_exec(&s);
}

UNIT(plugin, one_that_does_not_answer_is_killed)
{
	static char sh[] = "sh", c[] = "-c", script[] = "echo a; exec sleep 100";
	char *argv[] = {sh, c, script, NULL}, *text;
	struct mono begun = mono_now();
	struct err err;
	size_t size;

	cr_assert_eq(plugin_run(argv, environ, 1, &text, &size, &err), -1);
	cr_expect_str_eq(err.msg, "it did not answer in 1 s");
	cr_expect_lt(mono_seconds(begun, mono_now()), 5);
}
