/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a rule say, in words? */
#include "rule_print.h"

#include <stdio.h>
#include <stdlib.h>

#include <selvage/text.h>

static void print_cidr(const struct cidr *cidr, FILE *out)
{
	char text[IP_TEXT];

	fprintf(out, "%s/%u", ip_print(&cidr->addr, text), cidr->bits);
}

static void print_block(const struct peer *peer, FILE *out)
{
	print_cidr(&peer->block, out);
	for (size_t i = 0; i < peer->n_except; i++) {
		fputs(i ? ", " : " but ", out);
		print_cidr(&peer->except[i], out);
	}
}

static void print_pods(const struct policy *policy, const struct peer *peer, FILE *out)
{
	fputs(peer->pods.n ? "pods " : "all pods", out);
	selector_print(&peer->pods, out);
	if (!peer->any_ns) {
		fprintf(out, " of %s", policy->object.ns);
	} else if (peer->ns.n) {
		fputs(" of namespaces ", out);
		selector_print(&peer->ns, out);
	} else {
		fputs(" of all namespaces", out);
	}
}

char *peer_text(const struct policy *policy, const struct peer *peer)
{
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);

	switch (peer->kind) {
	case PEER_BLOCK:
		print_block(peer, out);
		break;
	case PEER_PODS:
		print_pods(policy, peer, out);
		break;
	case PEER_NOBODY:
		fputs("nobody: it could not be understood", out);
		break;
	}
	text_close(out);
	return text;
}

static void print_port(const struct port *port, FILE *out)
{
	fputs(proto_name(port->proto), out);
	if (port->nothing)
		fputs(" none: it could not be understood", out);
	else if (port->name)
		fprintf(out, " %s", port->name);
	else if (port->lo == 0 && port->hi == UINT16_MAX)
		fputs(" all", out);
	else if (port->lo == port->hi)
		fprintf(out, " %u", port->lo);
	else
		fprintf(out, " %u-%u", port->lo, port->hi);
}

char *rule_ports_text(const struct rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);

	fputs(rule->every_port ? "all" : rule->n_ports ? "" : "none", out);
	for (size_t i = 0; i < rule->n_ports; i++) {
		fputs(i ? ", " : "", out);
		print_port(&rule->ports[i], out);
	}
	text_close(out);
	return text;
}
