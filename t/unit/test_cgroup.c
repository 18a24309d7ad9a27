/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the room up to the memory limit found, in either version of cgroups?  In folders that look like the kernel's. */
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>

#include <selvage/cgroup.h>

#include "unit.h"

struct fixture {
	char root[32], self[64], mount[64];
	struct cgroup cgroup;
};

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
	cr_assert(out, "%s", path);
	fputs(value, out);
	fclose(out);
}

static void begin(struct fixture *f, const char *self)
{
	*f = (struct fixture){.root = "/tmp/test_cgroup.XXXXXX"};
	cr_assert(mkdtemp(f->root));
	snprintf(f->self, sizeof f->self, "%s/self", f->root);
	snprintf(f->mount, sizeof f->mount, "%s/fs", f->root);
	f->cgroup = (struct cgroup){f->self, f->mount};
	put(f, "self", self);
}

static void end(struct fixture *f)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r %s", f->root);
	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
}

/* The room, or 1 if there is no limit. */
static uint64_t room(const struct fixture *f)
{
	uint64_t bytes;

	return cgroup_room(&f->cgroup, &bytes) ? bytes : 1;
}

UNIT(cgroup, version_2_leaves_the_limit_less_the_usage)
{
	struct fixture f;

	begin(&f, "0::/kubepods/pod\n");
	put(&f, "fs/kubepods/pod/memory.max", "1000000\n");
	put(&f, "fs/kubepods/pod/memory.current", "400000\n");
	cr_assert_eq(room(&f), 600000);
	put(&f, "fs/kubepods/pod/memory.stat", "anon 300000\ninactive_file 50000\nactive_file 20000\nslab 7\n");
	cr_assert_eq(room(&f), 670000, "pages of files can be dropped");
	put(&f, "fs/kubepods/pod/memory.current", "2000000\n");
	cr_assert_eq(room(&f), 0, "over the limit");
	end(&f);
}

UNIT(cgroup, the_tightest_of_all_above_counts)
{
	struct fixture f;

	begin(&f, "0::/kubepods/pod/container\n");
	put(&f, "fs/kubepods/pod/container/memory.max", "max\n");
	put(&f, "fs/kubepods/pod/container/memory.current", "100\n");
	put(&f, "fs/kubepods/pod/memory.max", "5000\n");
	put(&f, "fs/kubepods/pod/memory.current", "1000\n");
	put(&f, "fs/kubepods/memory.max", "9000\n");
	put(&f, "fs/kubepods/memory.current", "8500\n");
	cr_assert_eq(room(&f), 500);
	end(&f);
}

UNIT(cgroup, without_a_limit_there_is_none)
{
	struct fixture f;

	begin(&f, "0::/\n");
	cr_assert_eq(room(&f), 1);
	put(&f, "fs/memory.max", "max\n");
	put(&f, "fs/memory.current", "1000\n");
	cr_assert_eq(room(&f), 1);
	put(&f, "self", "nonsense\n::\n\n");
	cr_assert_eq(room(&f), 1);
	end(&f);
}

UNIT(cgroup, a_containers_own_is_at_the_top)
{
	struct fixture f;

	begin(&f, "0::/../other/path/of/the/host\n");
	put(&f, "fs/memory.max", "5000\n");
	put(&f, "fs/memory.current", "1000\n");
	cr_assert_eq(room(&f), 4000);
	end(&f);
}

UNIT(cgroup, version_1_has_a_hierarchy_for_memory)
{
	struct fixture f;

	begin(&f, "9:cpu,cpuacct:/a\n4:hugememory:/b\n3:memory:/pod\n1:name=systemd:/c\n0::/\n");
	put(&f, "fs/memory/b/memory.limit_in_bytes", "1\n");
	put(&f, "fs/memory/b/memory.usage_in_bytes", "1\n");
	put(&f, "fs/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put(&f, "fs/memory/memory.usage_in_bytes", "77\n");
	cr_assert_eq(room(&f), 1, "the largest number there is, is no limit");
	put(&f, "fs/memory/pod/memory.limit_in_bytes", "8000\n");
	put(&f, "fs/memory/pod/memory.usage_in_bytes", "3000\n");
	put(&f, "fs/memory/pod/memory.stat", "active_file 999\ntotal_inactive_file 100\ntotal_active_file 10\n");
	cr_assert_eq(room(&f), 5110);
	end(&f);
}
