/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far is it to the memory limit? */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/cgroup.h>

#define LINE 512
#define UNLIMITED (UINT64_C(1) << 62) /* version 1 rounds the largest number there is down to pages */

/* What the two versions call things.  The folder is below the mount. */
static const struct version {
	const char *folder, *limit, *usage, *inactive, *active;
} versions[] = {
	{"", "memory.max", "memory.current", "inactive_file ", "active_file "},
	{"/unified", "memory.max", "memory.current", "inactive_file ", "active_file "},
	{"/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ", "total_active_file "},
};

/* Below a folder; NULL with errno if it is not there. */
static FILE *file_open(const char *folder, const char *name)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return NULL;
	return fopen(path, "re");
}

/* False if it is not there or no number ("max"). */
static bool number_read(const char *folder, const char *name, uint64_t *out)
{
	FILE *in = file_open(folder, name);
	bool good = in && fscanf(in, "%" SCNu64, out) == 1;

	if (in)
		fclose(in);
	return good;
}

/* Bytes of files' pages that only save time. */
static uint64_t droppable(const char *folder, const struct version *version)
{
	FILE *in = file_open(folder, "memory.stat");
	uint64_t bytes = 0;
	char line[LINE];

	while (in && fgets(line, sizeof line, in)) {
		const char *space = strchr(line, ' ');

		if (space && (!strncmp(line, version->inactive, strlen(version->inactive)) ||
			      !strncmp(line, version->active, strlen(version->active))))
			bytes += strtoull(space, NULL, 10);
	}
	if (in)
		fclose(in);
	return bytes;
}

/* Lowers *room to what this one cgroup leaves. */
static bool folder_look(const char *folder, const struct version *version, uint64_t *room)
{
	uint64_t limit, usage, drop;

	if (!number_read(folder, version->limit, &limit) || limit >= UNLIMITED ||
	    !number_read(folder, version->usage, &usage))
		return false;
	drop = droppable(folder, version);
	usage = usage > drop ? usage - drop : 0;
	limit = limit > usage ? limit - usage : 0;
	if (limit < *room)
		*room = limit;
	return true;
}

/* This cgroup and all above it.  In a container the path may be one of the host, which is not there; the container's own is
 * at the top then. */
static bool branch_look(const char *mount, const struct version *version, char *path, uint64_t *room)
{
	char folder[PATH_MAX];
	bool found = false;

	for (;;) {
		if ((size_t)snprintf(folder, sizeof folder, "%s%s%s", mount, version->folder, path) < sizeof folder)
			found |= folder_look(folder, version, room);
		char *slash = strrchr(path, '/');
		if (!slash)
			return found;
		*slash = '\0';
	}
}

/* Is "memory" among the controllers "a,b,c"? */
static bool has_memory(const char *controllers)
{
	for (const char *at = controllers; (at = strstr(at, "memory")); at++)
		if ((at == controllers || at[-1] == ',') && (at[6] == ',' || at[6] == '\0'))
			return true;
	return false;
}

/* A line "HIERARCHY:CONTROLLERS:PATH"; version 2 has no controllers. */
static bool line_look(const struct cgroup *cgroup, char *line, uint64_t *room)
{
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
	bool found = false;

	if (!path)
		return false;
	line[strcspn(line, "\n")] = '\0';
	*path++ = '\0';
	controllers++;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		char at[LINE];
		bool first = !strcmp(versions[i].folder, "/memory");
		if (first ? !has_memory(controllers) : *controllers != '\0')
			continue;
		snprintf(at, sizeof at, "%s", strcmp(path, "/") ? path : "");
		found |= branch_look(cgroup->mount, &versions[i], at, room);
	}
	return found;
}

bool cgroup_room(const struct cgroup *cgroup, uint64_t *room)
{
	FILE *in = fopen(cgroup->self, "re");
	bool found = false;
	char line[LINE];

	*room = UINT64_MAX;
	while (in && fgets(line, sizeof line, in))
		found |= line_look(cgroup, line, room);
	if (in)
		fclose(in);
	return found;
}
