/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How was it before the agent changed it? */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notes.h"

struct search {
	const char *path;
	bool found;
};

static void compare(void *ctx, const char *path, char value)
{
	struct search *search = ctx;

	(void)value;
	search->found |= !strcmp(search->path, path);
}

static void folder_make(const char *file)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');

	if (!slash)
		return;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - file), file);
	(void)mkdir(folder, 0755);
}

static int line_write(const char *file, const char *path, char value)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	int n, sys;

	if (fd < 0)
		return -1;
	n = dprintf(fd, "%s %c\n", path, value);
	sys = errno;
	close(fd);
	errno = sys;
	return n < 0 ? -1 : 0;
}

int notes_add(const char *file, const char *path, char value)
{
	struct search search = {.path = path};

	(void)notes_each(file, compare, &search);
	if (search.found)
		return 0;
	folder_make(file);
	return line_write(file, path, value);
}

int notes_each(const char *file, void (*each)(void *ctx, const char *path, char value), void *ctx)
{
	FILE *in = fopen(file, "re");
	size_t room = 0;
	char *line = NULL;

	if (!in)
		return -1;
	while (getline(&line, &room, in) > 0) {
		char *space = strrchr(line, ' ');
		if (!space || !space[1] || space[2] != '\n')
			continue;
		*space = '\0';
		each(ctx, line, space[1]);
	}
	free(line);
	fclose(in);
	return 0;
}
