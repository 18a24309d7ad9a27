/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the switches that hand bridged packets to the hooks turned on, and turned back?  In folders that look like the
 * kernel's. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selvage/guard.h>

#include "unit.h"

struct fixture {
	char root[32], switches[64], links[64];
	struct guard guard;
	struct guard_report report;
	struct err err;
};

/* A file with this value, and the folders on the way. */
static void put(const struct fixture *f, const char *name, const char *value)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", f->root, name);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	FILE *out = fopen(path, "we");
	cr_assert(out);
	fputs(value, out);
	fclose(out);
}

static char get(const struct fixture *f, const char *name)
{
	char path[PATH_MAX], value = 0;

	snprintf(path, sizeof path, "%s/%s", f->root, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	cr_assert_eq(read(fd, &value, 1), 1);
	close(fd);
	return value;
}

/* A folder where a file should be cannot be written, not even by root: that is what a read-only /proc/sys is like. */
static void put_unwritable(const struct fixture *f, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", f->root, name);
	unlink(path);
	cr_assert_eq(mkdir(path, 0755), 0);
}

#define SWITCH4 "switches/bridge-nf-call-iptables"
#define SWITCH6 "switches/bridge-nf-call-ip6tables"
#define BRIDGE4 "links/cni0/bridge/nf_call_iptables"
#define BRIDGE6 "links/cni0/bridge/nf_call_ip6tables"

static void begin(struct fixture *f, const char *value4, const char *value6)
{
	*f = (struct fixture){.root = "/tmp/test_guard.XXXXXX"};
	cr_assert(mkdtemp(f->root));
	snprintf(f->switches, sizeof f->switches, "%s/switches", f->root);
	snprintf(f->links, sizeof f->links, "%s/links", f->root);
	f->guard = (struct guard){.switches = f->switches, .links = f->links};
	snprintf(f->guard.notes, sizeof f->guard.notes, "%s/run/sysctls", f->root);
	put(f, SWITCH4, value4);
	put(f, SWITCH6, value6);
	put(f, "links/eth0/address", "x");
}

static void end(struct fixture *f)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r %s", f->root);
	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
}

static int turn(struct fixture *f)
{
	return guard_turn(&f->guard, &f->report, &f->err);
}

static size_t restore(struct fixture *f)
{
	size_t n = 0;

	cr_assert_eq(guard_restore(&f->guard, &n, &f->err), 0, "%s", f->err.msg);
	return n;
}

UNIT(guard, what_is_on_stays_on_and_is_not_noted)
{
	struct fixture f;

	begin(&f, "1\n", "1\n");
	cr_assert_eq(turn(&f), 0);
	cr_assert(!f.report.repaired);
	cr_assert_eq(restore(&f), 0);
	cr_assert_eq(get(&f, SWITCH4), '1');
	end(&f);
}

UNIT(guard, what_is_off_is_turned_on_and_restored)
{
	struct fixture f;

	begin(&f, "1\n", "0\n");
	cr_assert_eq(turn(&f), 0);
	cr_assert(f.report.repaired && !f.report.unnoted);
	cr_assert_eq(get(&f, SWITCH6), '1');
	put(&f, SWITCH6, "0\n");
	cr_assert_eq(turn(&f), 0, "again");
	cr_assert_eq(restore(&f), 1, "what was noted twice is one");
	cr_assert_eq(get(&f, SWITCH4), '1');
	cr_assert_eq(get(&f, SWITCH6), '0');
	cr_assert_eq(restore(&f), 0, "it is forgotten then");
	end(&f);
}

UNIT(guard, switches_of_bridges_do_not_matter_while_the_namespaces_are_on)
{
	struct fixture f;

	begin(&f, "1\n", "1\n");
	put(&f, BRIDGE4, "0\n");
	put(&f, BRIDGE6, "0\n");
	cr_assert_eq(turn(&f), 0);
	cr_assert(!f.report.repaired);
	cr_assert_eq(get(&f, BRIDGE4), '0');
	end(&f);
}

UNIT(guard, without_br_netfilter_it_says_so)
{
	struct fixture f;

	begin(&f, "1\n", "1\n");
	snprintf(f.switches, sizeof f.switches, "%s/none", f.root);
	cr_assert_eq(turn(&f), -1);
	cr_assert_eq(f.err.code, ERR_KERNEL);
	cr_assert(strstr(f.err.msg, "br_netfilter is not loaded"), "%s", f.err.msg);
	end(&f);
}

UNIT(guard, who_only_looks_turns_nothing_on)
{
	struct fixture f;

	begin(&f, "1\n", "0\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), -1);
	cr_assert(strstr(f.err.msg, "bridge-nf-call-ip6tables is off"), "%s", f.err.msg);
	put(&f, BRIDGE6, "0\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), -1);
	cr_assert(strstr(f.err.msg, "and so is ") && strstr(f.err.msg, BRIDGE6), "%s", f.err.msg);
	put(&f, BRIDGE6, "1\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), 0);
	put(&f, "links/cni1/bridge/nf_call_ip6tables", "0\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), -1);
	put(&f, SWITCH6, "1\n");
	put(&f, BRIDGE6, "0\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), 0);
	cr_assert_eq(get(&f, BRIDGE6), '0');
	put(&f, SWITCH4, "0\n");
	cr_assert_eq(guard_look(&f.guard, &f.err), -1);
	cr_assert_eq(get(&f, SWITCH4), '0');
	end(&f);
}

UNIT(guard, bridges_are_turned_on_where_the_namespace_cannot_be)
{
	struct fixture f;

	begin(&f, "0\n", "1\n");
	put_unwritable(&f, SWITCH4);
	put(&f, BRIDGE4, "0\n");
	put(&f, "links/br1/bridge/nf_call_iptables", "1\n");
	cr_assert_eq(turn(&f), 0, "%s", f.err.msg);
	cr_assert(f.report.repaired);
	cr_assert_eq(get(&f, BRIDGE4), '1');
	cr_assert_eq(turn(&f), 0);
	cr_assert(!f.report.repaired, "it is enough");
	cr_assert_eq(restore(&f), 1);
	cr_assert_eq(get(&f, BRIDGE4), '0');
	end(&f);
}

UNIT(guard, one_bridge_that_cannot_be_turned_on_is_named)
{
	struct fixture f;

	begin(&f, "0\n", "1\n");
	put_unwritable(&f, SWITCH4);
	put(&f, BRIDGE4, "0\n");
	put_unwritable(&f, BRIDGE4);
	cr_assert_eq(turn(&f), -1);
	cr_assert(strstr(f.err.msg, "nf-call-iptables is off and cannot be turned on, nor can "), "%s", f.err.msg);
	cr_assert(strstr(f.err.msg, "cni0/bridge/nf_call_iptables"), "%s", f.err.msg);
	end(&f);
}

UNIT(guard, without_a_bridge_the_namespaces_switch_must_be_on)
{
	struct fixture f;

	begin(&f, "0\n", "1\n");
	put_unwritable(&f, SWITCH4);
	cr_assert_eq(turn(&f), -1);
	end(&f);
}

UNIT(guard, what_cannot_be_noted_is_turned_on_and_told)
{
	struct fixture f;

	begin(&f, "0\n", "1\n");
	put(&f, "run", "a file, not a folder");
	cr_assert_eq(turn(&f), 0);
	cr_assert(f.report.repaired && f.report.unnoted);
	cr_assert_eq(get(&f, SWITCH4), '1');
	end(&f);
}

UNIT(guard, a_bridge_that_is_gone_needs_no_restoring)
{
	struct fixture f;
	char line[PATH_MAX];

	begin(&f, "1\n", "1\n");
	snprintf(line, sizeof line, "%s/gone/bridge/nf_call_iptables 0\n", f.links);
	put(&f, "run/sysctls", line);
	cr_assert_eq(restore(&f), 0);
	cr_assert_eq(get(&f, "run/sysctls"), 0);
	end(&f);
}

/* Known bad: lines that would write elsewhere, or something else. */
UNIT(guard, notes_write_to_nothing_but_switches)
{
	struct fixture f;
	char lines[6 * PATH_MAX];

	begin(&f, "1\n", "1\n");
	put(&f, "victim", "1\n");
	put(&f, "switches/other", "1\n");
	put(&f, "links/victim/bridge/other", "1\n");
	snprintf(lines, sizeof lines,
		 "%s/victim 0\n%s/../victim 0\n%s/../links/cni0/bridge/nf_call_iptables 0\n%s/other "
		 "0\n%s/victim/bridge/other 0\n"
		 "%s/bridge-nf-call-iptables 7\nnonsense\n",
		 f.root, f.switches, f.links, f.switches, f.links, f.switches);
	put(&f, "run/sysctls", lines);
	cr_assert_eq(restore(&f), 0);
	cr_assert_eq(get(&f, "victim"), '1');
	cr_assert_eq(get(&f, "switches/other"), '1');
	cr_assert_eq(get(&f, "links/victim/bridge/other"), '1');
	cr_assert_eq(get(&f, SWITCH4), '1');
	end(&f);
}
