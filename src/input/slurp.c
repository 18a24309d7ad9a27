/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a file hold? */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/vec.h>

#include "slurp.h"

#define SLURP_STEP ((size_t)64 << 10)

struct bytes {
	VEC(char);
};

static int fail(struct err *err)
{
	int sys = errno;
	enum err_code code = sys == ENOENT || sys == ENOTDIR ? ERR_ABSENT : ERR_IO;

	return err_sys(err, sys == EACCES || sys == EPERM ? ERR_PERM : code, sys, "cannot be read");
}

static int read_all(int fd, struct bytes *bytes, struct err *err)
{
	for (;;) {
		ssize_t n;

		vec_reserve(bytes, SLURP_STEP);
		n = read(fd, bytes->at + bytes->n, bytes->cap - bytes->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? fail(err) : 0;
		bytes->n += (size_t)n;
		if (bytes->n > SLURP_MAX)
			return err_set(err, ERR_INPUT, "more than %zu MiB", SLURP_MAX >> 20);
	}
}

/* Room for a regular file in one piece, so that nothing has to grow. */
static void reserve(int fd, struct bytes *bytes)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size > SLURP_MAX)
		return;
	bytes->cap = (size_t)st.st_size + SLURP_STEP;
	bytes->at = mem_resize(bytes->at, bytes->cap, 1);
}

int slurp(const char *path, char **text, size_t *size, struct err *err)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
	struct bytes bytes = {VEC_EMPTY};
	int status;

	if (fd < 0)
		return fail(err);
	reserve(fd, &bytes);
	status = read_all(fd, &bytes, err);
	if (fd != STDIN_FILENO)
		close(fd);
	if (status)
		vec_free(&bytes);
	*text = bytes.at;
	*size = bytes.n;
	return status;
}
