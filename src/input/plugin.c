/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a program write to its standard output? */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/mono.h>
#include <selvage/vec.h>

#include "plugin.h"

#define OUTPUT_MAX ((size_t)1 << 20)
#define OUTPUT_STEP ((size_t)4096)

struct output {
	VEC(char);
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

/* Waits until there is something to read; false once the time is over. */
static bool wait_readable(int fd, struct mono start, int seconds)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	double left = seconds - mono_seconds(start, mono_now());

	return left > 0 && poll(&poll_fd, 1, (int)(left * 1000) + 1) > 0;
}

static int read_output(int fd, int seconds, struct output *output, struct err *err)
{
	struct mono start = mono_now();

	while (wait_readable(fd, start, seconds)) {
		ssize_t n;

		vec_reserve(output, OUTPUT_STEP);
		n = read(fd, output->at + output->n, OUTPUT_STEP - 1);
		if (n < 0)
			return err_sys(err, ERR_IO, errno, "cannot read what it says");
		output->n += (size_t)n;
		output->at[output->n] = '\0';
		if (!n)
			return 0;
		if (output->n > OUTPUT_MAX)
			return err_set(err, ERR_INPUT, "it says too much");
	}
	return err_set(err, ERR_IO, "it did not answer in %d s", seconds);
}

/* Waits for its end, after a kill if it was not read to the end. */
static int plugin_end(pid_t pid, bool failed, struct err *err)
{
	int how = 0;

	if (failed)
		kill(pid, SIGKILL);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	if (failed)
		return -1;
	if (WIFSIGNALED(how))
		return err_set(err, ERR_IO, "it was ended by signal %d", WTERMSIG(how));
	if (WEXITSTATUS(how))
		return err_set(err, ERR_IO, "it failed with exit status %d", WEXITSTATUS(how));
	return 0;
}

int plugin_run(char *const *argv, char *const *env, int seconds, char **out, size_t *size, struct err *err)
{
	struct output output = {VEC_EMPTY};
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, ERR_IO, errno, "no pipe");
	status = plugin_spawn(argv, env, ends[1], &pid);
	close(ends[1]);
	if (status) {
		close(ends[0]);
		return err_sys(err, status == ENOENT ? ERR_ABSENT : ERR_IO, status, "it cannot be started");
	}
	status = read_output(ends[0], seconds, &output, err);
	close(ends[0]);
	if (plugin_end(pid, status, err)) {
		vec_free(&output);
		return -1;
	}
	*out = output.at;
	*size = output.n;
	return 0;
}
