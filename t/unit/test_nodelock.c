/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can only one process be at a node's table? */
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/nodelock.h>

#include "unit.h"

static struct nodelock lock_at(const char *folder)
{
	struct nodelock lock = {.fd = -1};

	snprintf(lock.path, sizeof lock.path, "%s/lock", folder);
	return lock;
}

/* What another process gets, and what it is told. */
static enum err_code another(const char *folder, char *msg, size_t size)
{
	int ends[2], status;
	struct err err = {0};

	cr_assert_eq(pipe(ends), 0);
	if (fork() == 0) {
		struct nodelock lock = lock_at(folder);
		int rc = nodelock_take(&lock, &err);

		rc = write(ends[1], &err, sizeof err) == sizeof err ? rc : 1;
		_exit(rc ? 1 : 0);
	}
	cr_assert_eq(read(ends[0], &err, sizeof err), sizeof err);
	wait(&status);
	close(ends[0]);
	close(ends[1]);
	snprintf(msg, size, "%s", err.msg);
	return err.code;
}

UNIT(nodelock, only_one_process_has_it)
{
	char folder[] = "/tmp/nodelock-XXXXXX", msg[512], want[64];
	struct nodelock lock;
	struct err err;

	cr_assert(mkdtemp(folder));
	lock = lock_at(folder);
	cr_assert_eq(another(folder, msg, sizeof msg), ERR_NONE); /* which ends at once, and leaves its file */
	cr_assert_eq(nodelock_take(&lock, &err), 0);
	cr_assert_eq(nodelock_take(&lock, &err), 0);
	cr_assert_eq(another(folder, msg, sizeof msg), ERR_BUSY);
	snprintf(want, sizeof want, "another agent (process %d) keeps", (int)getpid());
	cr_expect(strstr(msg, want), "%s", msg);
	nodelock_free(&lock);
	cr_expect_neq(access(lock.path, F_OK), 0);
	cr_assert_eq(another(folder, msg, sizeof msg), ERR_NONE);
	unlink(lock.path);
	rmdir(folder);
}

UNIT(nodelock, where_it_cannot_be_that_is_said)
{
	struct nodelock lock = lock_at("/tmp/nodelock-nowhere");
	struct err err = {0};

	cr_assert_eq(nodelock_take(&lock, &err), -1);
	cr_expect_eq(err.code, ERR_IO);
	cr_expect(strstr(err.msg, "cannot lock /tmp/nodelock-nowhere/lock"), "%s", err.msg);
	nodelock_free(&lock);
}

UNIT(nodelock, nobody_is_led_elsewhere)
{
	char folder[] = "/tmp/nodelock-XXXXXX", target[64];
	struct nodelock lock;
	struct err err = {0};

	cr_assert(mkdtemp(folder));
	lock = lock_at(folder);
	snprintf(target, sizeof target, "%s/target", folder);
	cr_assert_eq(symlink(target, lock.path), 0);
	cr_assert_eq(nodelock_take(&lock, &err), -1);
	cr_expect_eq(err.code, ERR_IO);
	cr_expect_neq(access(target, F_OK), 0);
	unlink(lock.path);
	rmdir(folder);
}
