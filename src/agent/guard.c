/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does traffic between pods of this node pass the ruleset? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/guard.h>

#include "notes.h"

#define BYPASS "pods of this node bypass the policies between them: "

/* The switches of a family: of the namespace and of a bridge. */
static const struct {
	const char *all, *one;
} families[] = {
	{"bridge-nf-call-iptables", "nf_call_iptables"},
	{"bridge-nf-call-ip6tables", "nf_call_ip6tables"},
};

struct guard guard_here(void)
{
	struct guard guard = {.switches = "/proc/sys/net/bridge", .links = "/sys/class/net"};
	struct stat self = {0};

	/* The switches are those of a network namespace, and the file is seen from all of them. */
	(void)stat("/proc/self/ns/net", &self);
	snprintf(guard.notes, sizeof guard.notes, "/run/selvage/sysctls-%ju", (uintmax_t)self.st_ino);
	return guard;
}

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

static int switch_write(const char *path, char value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int sys;

	if (fd < 0)
		return -1;
	n = write(fd, &value, 1);
	sys = errno;
	close(fd);
	errno = sys;
	return n == 1 ? 0 : -1;
}

/* Turns it on if it is off; -1 with errno. */
static int switch_turn(const struct guard *guard, const char *path, struct guard_report *report)
{
	int on = switch_read(path);

	if (on)
		return on < 0 ? -1 : 0;
	if (switch_write(path, '1'))
		return -1;
	report->repaired = true;
	report->unnoted |= notes_add(guard->notes, path, '0') != 0;
	return 0;
}

/* For all bridges there are, of which there must be one; -1 with errno and the switch that cannot be turned on. */
static int bridges_turn(const struct guard *guard, const char *name, struct guard_report *report, char path[PATH_MAX])
{
	DIR *dir = opendir(guard->links);
	const struct dirent *entry;
	size_t n = 0;
	int rc = 0;

	while (dir && !rc && (entry = readdir(dir))) {
		snprintf(path, PATH_MAX, "%s/%s/bridge/%s", guard->links, entry->d_name, name);
		if (*entry->d_name == '.' || access(path, F_OK))
			continue;
		rc = switch_turn(guard, path, report);
		n++;
	}
	if (dir) {
		int sys = errno;
		closedir(dir);
		errno = sys;
	}
	return n ? rc : -1;
}

static int family_turn(const struct guard *guard, size_t family, struct guard_report *report, struct err *err)
{
	char all[PATH_MAX], one[PATH_MAX] = "";
	int sys;

	snprintf(all, sizeof all, "%s/%s", guard->switches, families[family].all);
	if (!switch_turn(guard, all, report))
		return 0;
	sys = errno;
	if (sys == ENOENT)
		return err_set(err, ERR_KERNEL, BYPASS "the kernel module br_netfilter is not loaded");
	if (!bridges_turn(guard, families[family].one, report, one))
		return 0;
	return err_sys(err, sys == EACCES || sys == EPERM ? ERR_PERM : ERR_IO, sys,
		       BYPASS "%s is off and cannot be turned on%s%s", all, *one ? ", nor can " : "", one);
}

int guard_turn(const struct guard *guard, struct guard_report *report, struct err *err)
{
	int rc = 0;

	*report = (struct guard_report){0};
	for (size_t i = 0; i < sizeof families / sizeof *families && !rc; i++)
		rc = family_turn(guard, i, report, err);
	return rc;
}

/* The switch of a bridge that is off, of all there are; NULL if none is, and there is a bridge. */
static const char *bridge_off(const struct guard *guard, const char *name, char path[PATH_MAX])
{
	DIR *dir = opendir(guard->links);
	const struct dirent *entry;
	bool off = false, any = false;

	while (dir && !off && (entry = readdir(dir))) {
		snprintf(path, PATH_MAX, "%s/%s/bridge/%s", guard->links, entry->d_name, name);
		if (*entry->d_name == '.' || access(path, F_OK))
			continue;
		any = true;
		off = switch_read(path) != 1;
	}
	if (dir)
		closedir(dir);
	return off ? path : any ? NULL : "";
}

int guard_look(const struct guard *guard, struct err *err)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		char all[PATH_MAX], one[PATH_MAX];
		const char *off;
		int on;

		snprintf(all, sizeof all, "%s/%s", guard->switches, families[i].all);
		on = switch_read(all);
		if (on < 0)
			return err_set(err, ERR_KERNEL, BYPASS "the kernel module br_netfilter is not loaded");
		off = on ? NULL : bridge_off(guard, families[i].one, one);
		if (off)
			return err_set(err, ERR_ABSENT, BYPASS "%s is off%s%s", all, *off ? ", and so is " : "", off);
	}
	return 0;
}

/* Is it one of our switches?  What the file says is not to write anywhere else. */
static bool is_switch(const struct guard *guard, const char *path)
{
	size_t switches = strlen(guard->switches), links = strlen(guard->links);

	if (strstr(path, ".."))
		return false;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		const char *name = strrchr(path, '/');
		if (!name)
			return false;
		if (!strncmp(path, guard->switches, switches) && path + switches == name &&
		    !strcmp(name + 1, families[i].all))
			return true;
		if (!strncmp(path, guard->links, links) && path[links] == '/' && !strcmp(name + 1, families[i].one))
			return true;
	}
	return false;
}

struct restoring {
	const struct guard *guard;
	size_t n;
	int sys;
};

static void restore(void *ctx, const char *path, char value)
{
	struct restoring *r = ctx;

	if (!is_switch(r->guard, path) || (value != '0' && value != '1'))
		return;
	if (!switch_write(path, value))
		r->n++;
	else if (errno != ENOENT)
		r->sys = errno;
}

int guard_restore(const struct guard *guard, size_t *n, struct err *err)
{
	struct restoring r = {.guard = guard};

	if (notes_each(guard->notes, restore, &r))
		r.sys = errno == ENOENT ? 0 : errno;
	*n = r.n;
	if (!r.sys && unlink(guard->notes) && errno != ENOENT)
		r.sys = errno;
	if (!r.sys)
		return 0;
	return err_sys(err, r.sys == EACCES || r.sys == EPERM ? ERR_PERM : ERR_IO, r.sys,
		       "restoring the switches that %s tells of", guard->notes);
}
