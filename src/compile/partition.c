/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which elements does no set tell apart? */
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>

#include "partition.h"

#define NONE UINT32_MAX

void partition_init(struct partition *partition, const uint32_t *parts, size_t n)
{
	*partition = (struct partition){.n = n};
	partition->part = mem_new(n + 1, sizeof *partition->part);
	partition->size = mem_new(n + 1, sizeof *partition->size);
	partition->hits = mem_new(n + 1, sizeof *partition->hits);
	partition->fresh = mem_new(n + 1, sizeof *partition->fresh);
	partition->touched = mem_new(n + 1, sizeof *partition->touched);
	for (size_t i = 0; i < n; i++) {
		uint32_t part = parts ? parts[i] : 0;

		partition->part[i] = part;
		partition->size[part]++;
		if (part >= partition->parts)
			partition->parts = part + 1;
	}
}

/* Decides where the members of a part go: into a part of their own, unless they are all of it. */
static void part_split(struct partition *p, uint32_t part)
{
	uint32_t fresh = part;

	if (p->hits[part] < p->size[part]) {
		fresh = (uint32_t)p->parts++;
		p->size[fresh] = p->hits[part];
		p->size[part] -= p->hits[part];
	}
	p->fresh[part] = fresh;
	p->hits[part] = 0;
}

void partition_split(struct partition *partition, const uint32_t *members, size_t n)
{
	struct partition *p = partition;
	size_t touched = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t part = p->part[members[i]];

		if (p->hits[part]++ == 0)
			p->touched[touched++] = part;
	}
	for (size_t i = 0; i < touched; i++)
		part_split(p, p->touched[i]);
	for (size_t i = 0; i < n; i++)
		p->part[members[i]] = p->fresh[p->part[members[i]]];
}

void partition_sort(struct partition *partition)
{
	struct partition *p = partition;
	uint32_t next = 0;

	memset(p->fresh, 0xff, p->parts * sizeof *p->fresh);
	for (size_t i = 0; i < p->n; i++) {
		uint32_t *number = &p->fresh[p->part[i]];

		if (*number == NONE)
			*number = next++;
		p->part[i] = *number;
	}
	memset(p->size, 0, (p->n + 1) * sizeof *p->size);
	for (size_t i = 0; i < p->n; i++)
		p->size[p->part[i]]++;
}

void partition_fini(struct partition *partition)
{
	free(partition->part);
	free(partition->size);
	free(partition->hits);
	free(partition->fresh);
	free(partition->touched);
}
