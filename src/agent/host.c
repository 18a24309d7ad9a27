/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where do the pods of this machine get their addresses, and who hands on their packets? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/host.h>

/* The value of "KEY=VALUE" if the line sets this key. */
static const char *value(const char *line, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(line, key, n) && line[n] == '=' ? line + n + 1 : NULL;
}

/* What a line adds; false if that is not to be understood. */
static bool line_read(const char *line, struct cidrs *out)
{
	static const char *const keys[] = {"FLANNEL_SUBNET", "FLANNEL_IPV6_SUBNET"};
	struct err err;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (value(line, keys[i]) && cidrs_parse(value(line, keys[i]), out, &err))
			return false;
	return true;
}

bool host_cidrs(const char *path, struct cidrs *out)
{
	FILE *in = fopen(path, "re");
	struct cidrs found = {0};
	char *line = NULL;
	size_t size = 0;
	bool ok = in;

	while (ok && getline(&line, &size, in) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		ok = line_read(line, &found);
	}
	free(line);
	if (in)
		fclose(in);
	if (!ok || !found.n)
		return false;
	*out = found;
	return true;
}

bool host_ipvs(const char *path)
{
	return !access(path, F_OK);
}
