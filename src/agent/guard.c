/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does traffic between pods of this node pass the ruleset? */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <selvage/guard.h>

#define FOLDER "/proc/sys/net/bridge/"

static const char *const switches[] = {FOLDER "bridge-nf-call-iptables", FOLDER "bridge-nf-call-ip6tables"};

/* 1 if it is on, 0 if not, -1 with errno. */
static int switch_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char value = '0';
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, &value, 1);
	close(fd);
	return n < 0 ? -1 : value != '0';
}

static int switch_on(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int sys;

	if (fd < 0)
		return -1;
	n = write(fd, "1", 1);
	sys = errno;
	close(fd);
	errno = sys;
	return n == 1 ? 0 : -1;
}

static int switch_turn(const char *path, bool *repaired, struct err *err)
{
	int on = switch_read(path);

	if (on > 0)
		return 0;
	if (on < 0 && errno == ENOENT)
		return err_set(err, ERR_KERNEL,
			       "pods of this node bypass the policies between them: the kernel module br_netfilter is "
			       "not loaded");
	if (on < 0 || switch_on(path))
		return err_sys(err, errno == EACCES || errno == EPERM ? ERR_PERM : ERR_IO, errno,
			       "pods of this node bypass the policies between them: %s is off and cannot be turned on",
			       path);
	*repaired = true;
	return 0;
}

int guard_turn(bool *repaired, struct err *err)
{
	int rc = 0;

	*repaired = false;
	for (size_t i = 0; i < sizeof switches / sizeof *switches && !rc; i++)
		rc = switch_turn(switches[i], repaired, err);
	return rc;
}
