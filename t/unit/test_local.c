/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the agent's socket root's alone, is nobody's stolen, and does nobody who reads slowly cost more than a bounded buffer? */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include <selvage/local.h>

#include "unit.h"

#define LINES 20000
#define LINE "{\"time\":\"2001-09-09T01:46:40Z\",\"reason\":\"ingress\",\"proto\":\"TCP\",\"policies\":[\"shop/db\"]}\n"

struct scene {
	struct event_base *base;
	struct local *local;
	char folder[32], path[64];
};

static void status(void *ctx, FILE *out)
{
	(void)ctx;
	fputs("{\"schemaVersion\":1}\n", out);
}

static const struct local_source source = {status, NULL};

static void begin(struct scene *scene)
{
	strcpy(scene->folder, "/tmp/selvage-local-XXXXXX");
	cr_assert_not_null(mkdtemp(scene->folder));
	snprintf(scene->path, sizeof scene->path, "%s/agent.sock", scene->folder);
	signal(SIGPIPE, SIG_IGN); /* as the loop does */
	scene->base = event_base_new();
	scene->local = local_new(scene->base, scene->path, &source);
}

static void end(struct scene *scene)
{
	local_free(scene->local);
	event_base_free(scene->base);
	cr_assert_eq(rmdir(scene->folder), 0, "nothing is left");
}

static void turn(struct scene *scene)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

/* A client that has asked, and reads nothing by itself. */
static int ask(struct scene *scene, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char request[128];
	int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", scene->path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(write(fd, request, (size_t)n), n);
	turn(scene);
	return fd;
}

/* All that comes until there is no more, while the loop runs; yours to free. */
static char *drain(struct scene *scene, int fd)
{
	char *text = NULL, buf[4096];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	ssize_t n;

	cr_assert_not_null(out);
	for (int idle = 0; idle < 3; turn(scene)) {
		n = read(fd, buf, sizeof buf);
		if (n == 0)
			break;
		idle = n < 0 ? idle + 1 : 0;
		if (n > 0)
			fwrite(buf, 1, (size_t)n, out);
	}
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static int open_it(struct scene *scene, bool mine)
{
	struct err err = {0};

	return local_open(scene->local, mine, &err) ? (int)err.code : 0;
}

UNIT(local, the_status_is_answered_to_root)
{
	struct scene scene;
	struct stat made;
	char *text;
	int fd;

	begin(&scene);
	cr_assert_eq(open_it(&scene, false), 0);
	cr_assert_eq(stat(scene.path, &made), 0);
	cr_assert_eq(made.st_mode & 0777, 0600);
	fd = ask(&scene, "/status");
	text = drain(&scene, fd);
	cr_assert_not_null(strstr(text, "200 OK"));
	cr_assert_not_null(strstr(text, "{\"schemaVersion\":1}"));
	free(text);
	close(fd);
	end(&scene);
}

UNIT(local, who_reads_nothing_misses_lines_and_is_told_how_many)
{
	struct scene scene;
	size_t told;
	char *text;
	int fd;

	begin(&scene);
	cr_assert_eq(open_it(&scene, false), 0);
	fd = ask(&scene, "/monitor");
	cr_assert(local_heard(scene.local));
	for (int i = 0; i < LINES; i++) {
		local_tell(scene.local, LINE, strlen(LINE));
		event_base_loop(scene.base, EVLOOP_NONBLOCK);
	}
	text = drain(&scene, fd);
	told = count(text, "\"ingress\"");
	free(text);
	cr_assert_lt(told * strlen(LINE), 1000000, "%zu lines waited", told);
	cr_assert_gt(told, 0);
	local_tell(scene.local, LINE, strlen(LINE));
	text = drain(&scene, fd);
	cr_assert_eq(count(text, "\"ingress\""), 1);
	cr_assert_not_null(strstr(text, "{\"lost\":"));
	cr_assert_eq(strtoul(strstr(text, "{\"lost\":") + strlen("{\"lost\":"), NULL, 10), LINES - told);
	free(text);
	close(fd);
	end(&scene);
}

UNIT(local, who_goes_is_forgotten)
{
	struct scene scene;
	int fd;

	begin(&scene);
	cr_assert_eq(open_it(&scene, false), 0);
	fd = ask(&scene, "/monitor");
	cr_assert(local_heard(scene.local));
	close(fd);
	for (int i = 0; i < 3; i++) {
		local_tell(scene.local, LINE, strlen(LINE));
		turn(&scene);
	}
	cr_assert_not(local_heard(scene.local));
	end(&scene);
}

UNIT(local, more_than_a_few_are_refused)
{
	struct scene scene;
	int fds[17];
	char *text;

	begin(&scene);
	cr_assert_eq(open_it(&scene, false), 0);
	for (int i = 0; i < 17; i++)
		fds[i] = ask(&scene, "/monitor");
	text = drain(&scene, fds[16]);
	cr_assert_not_null(strstr(text, "503"));
	free(text);
	for (int i = 0; i < 17; i++)
		close(fds[i]);
	end(&scene);
}

UNIT(local, what_a_dead_agent_left_is_replaced)
{
	struct scene scene;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	begin(&scene);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", scene.path);
	cr_assert_eq(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
	close(dead);
	cr_assert_eq(open_it(&scene, false), 0);
	end(&scene);
}

UNIT(local, one_who_lives_keeps_it_until_the_node_is_ours)
{
	struct scene scene;
	struct local *other;
	struct err err;

	begin(&scene);
	other = local_new(scene.base, scene.path, &source);
	cr_assert_eq(local_open(other, false, &err), 0);
	cr_assert_eq(open_it(&scene, false), ERR_BUSY);
	cr_assert_eq(open_it(&scene, true), 0);
	local_free(other);
	cr_assert_eq(access(scene.path, F_OK), 0, "it is not the other's any more, to be removed");
	end(&scene);
}

UNIT(local, a_folder_that_is_missing_is_made_and_other_trouble_told)
{
	struct scene scene;
	struct local *local;
	struct err err;
	char path[256];

	begin(&scene);
	snprintf(path, sizeof path, "%s/new/agent.sock", scene.folder);
	local = local_new(scene.base, path, &source);
	cr_assert_eq(local_open(local, false, &err), 0);
	local_free(local);
	snprintf(path, sizeof path, "%s/new", scene.folder);
	cr_assert_eq(rmdir(path), 0);
	snprintf(path, sizeof path, "%s/none/none/agent.sock", scene.folder);
	local = local_new(scene.base, path, &source);
	cr_assert_eq(local_open(local, false, &err), -1);
	cr_assert_eq(err.code, ERR_IO);
	local_free(local);
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	local = local_new(scene.base, path, &source);
	cr_assert_eq(local_open(local, false, &err), -1);
	local_free(local);
	end(&scene);
}
