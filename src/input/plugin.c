/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a program write to its standard output? */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include <selvage/vec.h>

#include "plugin.h"

#define OUTPUT_MAX ((size_t)1 << 20)
#define OUTPUT_STEP ((size_t)4096)

struct output {
	VEC(char);
};

struct plugin {
	struct plugin_setup setup;
	pid_t pid; /* 0: it has ended */
	int how;   /* it ended */
	int end;   /* pidfd */
	int out;   /* what it writes comes out here */
	bool open; /* and more may come */
	struct event *readable, *exited, *late;
	struct output output;
};

/* Standard input is empty, standard output the pipe; signals are as in a fresh process. */
static int plugin_spawn(char *const *argv, char *const *env, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int status;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	status = posix_spawnp(pid, argv[0], &files, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return status;
}

static void tell(struct plugin *plugin, const struct err *err)
{
	struct output *output = &plugin->output;

	event_del(plugin->readable);
	event_del(plugin->exited);
	event_del(plugin->late);
	plugin->setup.done(plugin->setup.ctx, err ? NULL : output->at, err ? 0 : output->n, err);
}

/* It has ended, and so has what it says. */
static void settle(struct plugin *plugin)
{
	struct err err = {0};

	if (plugin->pid || plugin->open)
		return;
	if (WIFSIGNALED(plugin->how))
		err_set(&err, ERR_IO, "it was ended by signal %d", WTERMSIG(plugin->how));
	else if (WEXITSTATUS(plugin->how))
		err_set(&err, ERR_IO, "it failed with exit status %d", WEXITSTATUS(plugin->how));
	tell(plugin, err.code ? &err : NULL);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct plugin *plugin = ctx;
	struct output *output = &plugin->output;
	struct err err = {0};
	ssize_t n;

	(void)what;
	vec_reserve(output, OUTPUT_STEP);
	n = read(fd, output->at + output->n, OUTPUT_STEP - 1);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0)
		err_sys(&err, ERR_IO, errno, "cannot read what it says");
	output->n += n > 0 ? (size_t)n : 0;
	output->at[output->n] = '\0';
	if (output->n > OUTPUT_MAX)
		err_set(&err, ERR_INPUT, "it says too much");
	if (err.code) {
		tell(plugin, &err);
	} else if (!n) {
		plugin->open = false;
		event_del(plugin->readable);
		settle(plugin);
	}
}

static void on_exit_of(evutil_socket_t fd, short what, void *ctx)
{
	struct plugin *plugin = ctx;

	(void)fd;
	(void)what;
	if (waitpid(plugin->pid, &plugin->how, WNOHANG) != plugin->pid)
		return;
	plugin->pid = 0;
	event_del(plugin->exited);
	settle(plugin);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct plugin *plugin = ctx;
	struct err err;

	(void)fd;
	(void)what;
	err_set(&err, ERR_IO, "it did not answer in %d s", plugin->setup.seconds);
	tell(plugin, &err);
}

/* Waits for its words, its end and the time that it may take. */
static int plugin_listen(struct plugin *plugin, struct err *err)
{
	struct event_base *base = plugin->setup.base;
	struct timeval most = {plugin->setup.seconds, 0};

	plugin->end = pidfd_open(plugin->pid, 0);
	if (plugin->end < 0)
		return err_sys(err, ERR_IO, errno, "its end cannot be waited for");
	plugin->readable = event_new(base, plugin->out, EV_READ | EV_PERSIST, on_readable, plugin);
	plugin->exited = event_new(base, plugin->end, EV_READ | EV_PERSIST, on_exit_of, plugin);
	plugin->late = evtimer_new(base, on_late, plugin);
	if (!plugin->readable || !plugin->exited || !plugin->late || event_add(plugin->readable, NULL) ||
	    event_add(plugin->exited, NULL) || event_add(plugin->late, &most))
		abort();
	return 0;
}

struct plugin *plugin_start(const struct plugin_setup *setup, struct err *err)
{
	struct plugin *plugin = mem_new(1, sizeof *plugin);
	int ends[2], status;

	plugin->setup = *setup;
	plugin->end = plugin->out = -1;
	if (pipe2(ends, O_CLOEXEC)) {
		err_sys(err, ERR_IO, errno, "no pipe");
		plugin_free(plugin);
		return NULL;
	}
	plugin->out = ends[0];
	plugin->open = true;
	evutil_make_socket_nonblocking(plugin->out);
	status = plugin_spawn(setup->argv, setup->env, ends[1], &plugin->pid);
	close(ends[1]);
	if (status) {
		plugin->pid = 0;
		err_sys(err, status == ENOENT ? ERR_ABSENT : ERR_IO, status, "it cannot be started");
	}
	if (status || plugin_listen(plugin, err)) {
		plugin_free(plugin);
		return NULL;
	}
	return plugin;
}

/* What is killed ends at once. */
static void plugin_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void plugin_free(struct plugin *plugin)
{
	if (!plugin)
		return;
	struct event *events[] = {plugin->readable, plugin->exited, plugin->late};
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
	if (plugin->pid)
		plugin_kill(plugin->pid);
	if (plugin->end >= 0)
		close(plugin->end);
	if (plugin->out >= 0)
		close(plugin->out);
	if (plugin->output.at)
		explicit_bzero(plugin->output.at, plugin->output.n);
	vec_free(&plugin->output);
	free(plugin);
}
