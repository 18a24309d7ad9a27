/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who we are: tokens in files that change, and programs that give credentials. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

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
	struct event_base *base;
	struct credential *credential;
	struct credential_use use;
	struct err err;
	unsigned ready;     /* how often the program has answered */
	const char *answer; /* what was to be had then, or NULL */
};

static void on_ready(void *ctx, const struct err *err)
{
	struct scene *s = ctx;

	s->ready++;
	s->answer = NULL;
	if (err)
		s->err = *err;
	else if (!credential_get(s->credential, &s->use, &s->err))
		s->answer = s->use.token;
	event_base_loopbreak(s->base);
}

/* With a file that is the token file, or the script that gives the credentials. */
static void begin(struct scene *s, const char *text)
{
	*s = (struct scene){.path = "/tmp/selvage-credential-XXXXXX"};
	close(mkstemp(s->path));
	write_file(s->path, text);
	s->conf.token_file = s->path;
	s->base = event_base_new();
	s->credential = credential_new(&s->conf, s->base, &(struct credential_calls){on_ready, s});
}

static void end(struct scene *s)
{
	credential_free(s->credential);
	event_base_free(s->base);
	unlink(s->path);
}

static const char *token(struct scene *s)
{
	int status = credential_get(s->credential, &s->use, &s->err);

	if (status > 0) {
		event_base_dispatch(s->base);
		return s->answer;
	}
	return status ? NULL : s->use.token;
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

static void count(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	++*(unsigned *)ctx;
}

UNIT(credential, while_a_program_runs_the_loop_goes_on_and_nobody_asks_a_second_time)
{
	struct scene s;
	struct timeval tick = {0, 10000};
	struct event *timer;
	unsigned ticks = 0;

	begin_exec(&s, "sleep 0.5\n" GIVE("\"token\":\"'$$'\""));
	timer = event_new(s.base, -1, EV_PERSIST, count, &ticks);
	event_add(timer, &tick);
	cr_expect_eq(credential_get(s.credential, &s.use, &s.err), 1);
	cr_expect_eq(credential_get(s.credential, &s.use, &s.err), 1);
	cr_expect_eq(ticks, 0);
	event_base_dispatch(s.base);
	cr_expect_eq(s.ready, 1);
	cr_expect_not_null(s.answer);
	cr_expect_geq(ticks, 5);
	event_free(timer);
	end_exec(&s);
}

UNIT(credential, after_a_failure_the_program_is_asked_again)
{
	struct scene s;

	begin_exec(&s, "exit 1");
	cr_expect_null(token(&s));
	write_file(s.path, GIVE("\"token\":\"open\""));
	cr_expect_str_eq(token(&s), "open");
	cr_expect_eq(s.ready, 2);
	end_exec(&s);
}

UNIT(credential, a_program_that_runs_ends_with_the_credential)
{
	struct scene s;
	struct mono begun = mono_now();

	begin_exec(&s, "exec sleep 100");
	cr_expect_eq(credential_get(s.credential, &s.use, &s.err), 1);
	end_exec(&s);
	cr_expect_lt(mono_seconds(begun, mono_now()), 50);
	cr_expect_eq(s.ready, 0);
}

/* What a program of the shell came to. */
struct said {
	struct event_base *base;
	char text[64];
	struct err err;
	unsigned times;
};

static void on_said(void *ctx, char *text, size_t size, const struct err *err)
{
	struct said *said = ctx;

	said->times++;
	if (err)
		said->err = *err;
	else
		snprintf(said->text, sizeof said->text, "%.*s", (int)size, text);
	event_base_loopbreak(said->base);
}

static struct said plugin_say(const char *script, int seconds)
{
	static char sh[] = "sh", c[] = "-c";
	char *text = strdup(script), *argv[] = {sh, c, text, NULL};
	struct said said = {.base = event_base_new()};
	struct plugin_setup setup = {said.base, argv, environ, seconds, on_said, &said};
	struct plugin *plugin = plugin_start(&setup, &said.err);

	cr_assert_not_null(plugin);
	event_base_dispatch(said.base);
	plugin_free(plugin);
	event_base_free(said.base);
	free(text);
	cr_expect_eq(said.times, 1);
	return said;
}

UNIT(plugin, one_that_does_not_answer_is_killed)
{
	struct mono begun = mono_now();
	struct said said = plugin_say("echo a; exec sleep 100", 1);

	cr_expect_str_eq(said.err.msg, "it did not answer in 1 s");
	cr_expect_lt(mono_seconds(begun, mono_now()), 50);
}

UNIT(plugin, its_words_and_its_end_may_come_in_either_order)
{
	cr_expect_str_eq(plugin_say("echo early; exec >&-; sleep 0.1", 20).text, "early\n");
	cr_expect_str_eq(plugin_say("(sleep 0.1; echo late) &", 20).text, "late\n");
	cr_expect_str_eq(plugin_say("echo bad; exec >&-; sleep 0.1; exit 4", 20).err.msg,
			 "it failed with exit status 4");
}

UNIT(plugin, one_that_says_too_much_is_stopped)
{
	cr_expect_str_eq(plugin_say("exec cat /dev/zero", 20).err.msg, "it says too much");
}
