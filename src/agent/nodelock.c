/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there another agent in this network namespace? */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/nodelock.h>

#define FOLDER "/run/selvage"

struct nodelock nodelock_here(void)
{
	struct nodelock lock = {.fd = -1};
	struct stat self = {0};

	(void)stat("/proc/self/ns/net", &self);
	snprintf(lock.path, sizeof lock.path, FOLDER "/agent-%ju.lock", (uintmax_t)self.st_ino);
	return lock;
}

static int fail(const struct nodelock *lock, struct err *err)
{
	return err_sys(err, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERM : ERR_IO, errno,
		       "cannot lock %s", lock->path);
}

/* Whoever has it may be in another process namespace, which has no number here. */
static int busy(int fd, struct err *err)
{
	struct flock whose = {.l_type = F_WRLCK};

	if (fcntl(fd, F_GETLK, &whose) || whose.l_type == F_UNLCK || whose.l_pid <= 0)
		return err_set(err, ERR_BUSY,
			       "another agent keeps the table of this network namespace, and still runs");
	return err_set(err, ERR_BUSY,
		       "another agent (process %d) keeps the table of this network namespace, and still runs",
		       (int)whose.l_pid);
}

/* Is the file still the one of this name?  Who gives the lock up removes it. */
static bool is_there(const struct nodelock *lock, int fd)
{
	struct stat mine, named;

	return !fstat(fd, &mine) && !stat(lock->path, &named) && mine.st_ino == named.st_ino &&
	       mine.st_dev == named.st_dev;
}

/* 0 and ours; 1: the file was removed meanwhile; -1. */
static int try_take(struct nodelock *lock, struct err *err)
{
	struct flock whole = {.l_type = F_WRLCK};
	int fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), rc;

	if (fd < 0)
		return fail(lock, err);
	if (!fcntl(fd, F_SETLK, &whole)) {
		if (is_there(lock, fd)) {
			lock->fd = fd;
			return 0;
		}
		close(fd);
		return 1;
	}
	rc = errno == EAGAIN || errno == EACCES ? busy(fd, err) : fail(lock, err);
	close(fd);
	return rc;
}

int nodelock_take(struct nodelock *lock, struct err *err)
{
	int rc;

	if (lock->fd >= 0)
		return 0;
	(void)mkdir(FOLDER, 0755);
	do
		rc = try_take(lock, err);
	while (rc > 0);
	return rc;
}

void nodelock_free(struct nodelock *lock)
{
	if (lock->fd < 0)
		return;
	unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
}
