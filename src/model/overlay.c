/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would a node take this packet for a frame of its overlay? */
#include <stdlib.h>
#include <string.h>

#include <selvage/overlay.h>

struct overlay overlay_usual(void)
{
	return (struct overlay){.ports = {4789, 8472}, .n = 2};
}

static int port_cmp(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static bool holds(const struct overlay *overlay, uint16_t port)
{
	for (size_t i = 0; i < overlay->n; i++)
		if (overlay->ports[i] == port)
			return true;
	return false;
}

/* Reads one number and moves on behind it. */
static int port_parse(const char **text, struct overlay *out, struct err *err)
{
	size_t digits = strspn(*text, "0123456789");
	unsigned long port = strtoul(*text, NULL, 10);

	if (!digits || digits > 5 || port < 1 || port > UINT16_MAX)
		return err_set(err, ERR_INPUT, "\"%s\" does not begin with a port, 1 to 65535", *text);
	*text += digits;
	if (holds(out, (uint16_t)port))
		return 0;
	if (out->n == OVERLAY_PORTS)
		return err_set(err, ERR_INPUT, "more than %d ports", OVERLAY_PORTS);
	out->ports[out->n++] = (uint16_t)port;
	return 0;
}

int overlay_parse(const char *text, struct overlay *out, struct err *err)
{
	*out = (struct overlay){0};
	for (;;) {
		if (port_parse(&text, out, err))
			return -1;
		if (!*text)
			break;
		if (*text++ != ',')
			return err_set(err, ERR_INPUT, "\"%s\" follows a port; ports are separated by commas",
				       text - 1);
	}
	qsort(out->ports, out->n, sizeof *out->ports, port_cmp);
	return 0;
}

bool overlay_has(const struct overlay *overlay, const struct packet *packet)
{
	return packet->proto == PROTO_UDP && holds(overlay, packet->port);
}
