/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts an agent and ends it, again and again, in every way it can end. */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"usage: restart [-c] -n TIMES PROGRAM OTHER ARGUMENT...\n"
	"Starts `PROGRAM ARGUMENT...`, waits until it says ready:, lets it run for up to 30 ms and ends it: by "
	"SIGTERM,\n"
	"SIGKILL, SIGSEGV, and by SIGTERM with OTHER, another version of it, started next, and back.  With -c its "
	"table\n"
	"is removed each time, by `PROGRAM cleanup`: known bad.  Prints `restarts N term N kill N segv N upgrade N\n"
	"ready N adopted N degraded N`.\n";

#define READY_MS 20000
#define RUN_MS 30

enum way { WAY_TERM, WAY_KILL, WAY_SEGV, WAY_UPGRADE, WAYS };

static const int signals[WAYS] = {SIGTERM, SIGKILL, SIGSEGV, SIGTERM};

struct agent {
	pid_t pid;
	int err;              /* its standard error */
	char said[64 * 1024]; /* so far */
	size_t n;
};

struct tally {
	unsigned ways[WAYS], ready, adopted, degraded;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static pid_t start(char **argv, int error)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (pid)
		return pid;
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (error >= 0)
		dup2(error, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static void agent_start(struct agent *agent, char **argv)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		err(2, "pipe");
	agent->n = 0;
	agent->pid = start(argv, ends[1]);
	agent->err = ends[0];
	close(ends[1]);
}

/* Reads what it says until it has said `word`, or no more; at most so long. */
static bool agent_hear(struct agent *agent, const char *word, int ms)
{
	int64_t end = now_ms() + ms;

	for (;;) {
		struct pollfd wait = {.fd = agent->err, .events = POLLIN};
		int64_t left = end - now_ms();
		ssize_t n;

		agent->said[agent->n] = '\0';
		if (word && strstr(agent->said, word))
			return true;
		if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
			return false;
		n = read(agent->err, agent->said + agent->n, sizeof agent->said - 1 - agent->n);
		if (n <= 0)
			return false;
		agent->n += (size_t)n;
	}
}

static void agent_end(struct agent *agent, enum way way)
{
	bool term = signals[way] == SIGTERM;
	int status;

	kill(agent->pid, signals[way]);
	if (waitpid(agent->pid, &status, 0) < 0)
		err(2, "wait");
	if (term ? !WIFEXITED(status) || WEXITSTATUS(status) : !WIFSIGNALED(status))
		errx(1, "it ended with status %#x and not as it was told: %s", status, agent->said);
	agent_hear(agent, NULL, 0);
	close(agent->err);
}

static void cleanup(char *program)
{
	char word[] = "cleanup", *argv[] = {program, word, NULL};
	int status;

	if (waitpid(start(argv, -1), &status, 0) < 0 || status)
		errx(2, "cleanup failed");
}

static void turn(unsigned i, char **argv, char *const programs[2], struct tally *tally)
{
	static struct agent agent;
	enum way way = (enum way)(i % WAYS);

	argv[0] = programs[i / WAYS % 2];
	agent_start(&agent, argv);
	if (!agent_hear(&agent, "ready:", READY_MS))
		errx(1, "restart %u did not become ready: %s", i, agent.said);
	tally->ready++;
	tally->adopted += strstr(agent.said, "adopting the table") != NULL;
	agent_hear(&agent, NULL, rand() % RUN_MS);
	agent_end(&agent, way);
	tally->degraded += strstr(agent.said, "degraded") != NULL;
	tally->ways[way]++;
}

int main(int argc, char **argv)
{
	char *programs[2];
	struct tally tally = {0};
	unsigned times = 0;
	bool clean = false;

	for (int c; (c = getopt(argc, argv, "+cn:")) != -1;) {
		if (c == 'c')
			clean = true;
		else if (c == 'n')
			times = (unsigned)strtoul(optarg, NULL, 10);
		else
			times = 0;
	}
	if (!times || argc - optind < 3) {
		fputs(usage, stderr);
		return 2;
	}
	programs[0] = argv[optind];
	programs[1] = argv[optind + 1];
	srand(1);
	for (unsigned i = 0; i < times; i++) {
		turn(i, argv + optind + 1, programs, &tally);
		if (clean)
			cleanup(argv[optind + 1]);
	}
	printf("restarts %u term %u kill %u segv %u upgrade %u ready %u adopted %u degraded %u\n", times,
	       tally.ways[WAY_TERM], tally.ways[WAY_KILL], tally.ways[WAY_SEGV], tally.ways[WAY_UPGRADE], tally.ready,
	       tally.adopted, tally.degraded);
	return fflush(stdout) ? 2 : 0;
}
