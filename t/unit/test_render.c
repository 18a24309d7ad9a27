/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the script say what the facts say? */
#include <selvage/render.h>

#include "make_fact.h"

#define HEAD "table inet selvage\ndelete table inet selvage\n\ntable inet selvage {\n"

static void assert_renders(struct facts *facts, const char *body)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	facts_sort(facts);
	render_table(facts, out);
	fclose(out);
	cr_assert_eq(strncmp(text, HEAD, strlen(HEAD)), 0, "%s", text);
	cr_assert_str_eq(text + strlen(HEAD), body, "%s", text);
	free(text);
	facts_free(facts);
}

UNIT(render, no_facts_are_an_empty_table)
{
	struct facts facts = {0};

	assert_renders(&facts, "}\n");
}

UNIT(render, a_pod_and_its_peers)
{
	struct facts facts = {0};

	make_fact(&facts, FACT_COUNTER, "in-db")->comment = atom("shop/db");
	make_set(&facts, "ingress4", KEY_IP4, true, false);
	make_ip_goto(&facts, "ingress4", "10.244.1.3", "in-db")->comment = atom("shop/db-0");
	struct fact *base = make_base(&facts, "ingress", 1);
	make_rule(base, (struct step){.kind = STEP_ADDR_MAP, .name = atom("ingress4")});
	struct fact *chain = make_fact(&facts, FACT_CHAIN, "in-db");
	make_rule(chain, step_named(STEP_COUNTER, "in-db"), step_action(VERDICT_DROP, NULL));
	chain->chain.rules[0].comment = atom("shop/db ingress");
	assert_renders(&facts, "\tcounter in-db {\n"
			       "\t\tcomment \"shop/db\"\n"
			       "\t}\n"
			       "\n"
			       "\tmap ingress4 {\n"
			       "\t\ttype ipv4_addr : verdict\n"
			       "\t\telements = { 10.244.1.3 comment \"shop/db-0\" : goto in-db }\n"
			       "\t}\n"
			       "\n"
			       "\tchain in-db {\n"
			       "\t\tcounter name \"in-db\" drop comment \"shop/db ingress\"\n"
			       "\t}\n"
			       "\n"
			       "\tchain ingress {\n"
			       "\t\ttype filter hook forward priority 1; policy accept;\n"
			       "\t\tip daddr vmap @ingress4\n"
			       "\t}\n"
			       "}\n");
}

UNIT(render, ranges_that_are_a_prefix_read_as_one)
{
	struct facts facts = {0};

	make_set(&facts, "cidrs", KEY_IP4, false, true);
	make_range(&facts, "cidrs", "0.0.0.0", "9.255.255.255");
	make_range(&facts, "cidrs", "10.0.0.0", "10.255.255.255");
	make_range(&facts, "cidrs", "11.0.0.1", "11.0.0.1");
	make_range(&facts, "cidrs", "11.0.0.3", "11.0.0.4");
	make_range(&facts, "cidrs", "128.0.0.0", "255.255.255.255");
	assert_renders(&facts, "\tset cidrs {\n"
			       "\t\ttype ipv4_addr\n"
			       "\t\tflags interval\n"
			       "\t\telements = {\n"
			       "\t\t\t0.0.0.0-9.255.255.255,\n"
			       "\t\t\t10.0.0.0/8,\n"
			       "\t\t\t11.0.0.1,\n"
			       "\t\t\t11.0.0.3-11.0.0.4,\n"
			       "\t\t\t128.0.0.0/1,\n"
			       "\t\t}\n"
			       "\t}\n"
			       "}\n");
}

UNIT(render, port_ranges_are_never_prefixes)
{
	struct facts facts = {0};

	make_set(&facts, "ports", KEY_PORT, true, true);
	struct fact *f = make_fact(&facts, FACT_ELEMENT, "ports");
	f->element.size = 2;
	memcpy(f->element.hi, (uint8_t[]){0xff, 0xff}, 2);
	f->element.action.kind = VERDICT_ACCEPT;
	assert_renders(&facts, "\tmap ports {\n"
			       "\t\ttype inet_service : verdict\n"
			       "\t\tflags interval\n"
			       "\t\telements = { 0-65535 : accept }\n"
			       "\t}\n"
			       "}\n");
}
