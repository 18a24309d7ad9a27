/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever is said to be a list of connections: what is taken of it has two ends of one family, and a port if it may. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/flows.h>
#include <selvage/mem.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct flow *flow)
{
	(void)ctx;
	if (flow->packet.from.family != flow->packet.to.family || flow->bytes < -1 || flow->packets < -1 ||
	    (flow->packet.port && !proto_name(flow->packet.proto)))
		abort();
}

static void refuse(void *ctx, const struct problem *problem)
{
	(void)ctx;
	if (!problem->message || !problem->source.line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct flows_calls calls = {.flow = take, .problem = refuse};
	const char *file = atom("flows");
	char *text = mem_new(1, size + 1);

	memcpy(text, data, size);
	flows_parse(file, text, size, &calls);
	free(text);
	atom_put(file);
	return 0;
}
