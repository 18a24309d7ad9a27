/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a field that is absent, null, [], {} or [{}] mean what it means to Kubernetes? */
#include "../../src/input/place.h"
#include "collect.h"

/* Known bad: a reader that passes over the fields it does not know.  The linker puts it in the place of place_unknown(). */
static bool careless;
size_t __real_place_unknown(const struct place *at, const char *const *names, size_t n);
size_t __wrap_place_unknown(const struct place *at, const char *const *names, size_t n);

size_t __wrap_place_unknown(const struct place *at, const char *const *names, size_t n)
{
	return careless ? 0 : __real_place_unknown(at, names, n);
}

static void print_peer(const struct peer *peer, FILE *out)
{
	char buf[IP_TEXT];

	switch (peer->kind) {
	case PEER_PODS:
		if (peer->any_ns) {
			fputs("ns(", out);
			selector_print(&peer->ns, out);
			fputs(")", out);
		}
		fputs("pods(", out);
		selector_print(&peer->pods, out);
		fputs(")", out);
		return;
	case PEER_BLOCK:
		fprintf(out, "%s/%u", ip_print(&peer->block.addr, buf), peer->block.bits);
		for (size_t i = 0; i < peer->n_except; i++)
			fprintf(out, "-%s/%u", ip_print(&peer->except[i].addr, buf), peer->except[i].bits);
		return;
	case PEER_NOBODY:
		fputs("nobody", out);
		return;
	}
}

static void print_port(const struct port *port, FILE *out)
{
	if (port->nothing)
		fputs("nothing", out);
	else if (port->name)
		fprintf(out, "%s/%s", proto_name(port->proto), port->name);
	else
		fprintf(out, "%s/%u-%u", proto_name(port->proto), port->lo, port->hi);
}

static void print_rule(const struct rule *rule, FILE *out)
{
	fprintf(out, " %s%u[%s", rule->direction == DIRECTION_INGRESS ? "from" : "to", rule->index,
		rule->everyone ? "everyone" : "");
	for (size_t i = 0; i < rule->n_peers; i++) {
		fputs(i ? "," : "", out);
		print_peer(&rule->peers[i], out);
	}
	fprintf(out, ":%s", rule->every_port ? "every" : "");
	for (size_t i = 0; i < rule->n_ports; i++) {
		fputs(i ? "," : "", out);
		print_port(&rule->ports[i], out);
	}
	fputs("]", out);
}

/* A policy in a line: "in" and "out" for what it isolates, what it selects, then each rule as [PEERS:PORTS]. */
static char *policy_text(const struct policy *policy)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "%s%s(", policy->types[DIRECTION_INGRESS] ? "in " : "",
		policy->types[DIRECTION_EGRESS] ? "out " : "");
	selector_print(&policy->pods, out);
	fputs(")", out);
	for (size_t i = 0; i < policy->n_rules; i++)
		print_rule(&policy->rules[i], out);
	fputs(policy->broken ? " broken" : "", out);
	fclose(out);
	return text;
}

/* What the decoder makes of a policy with this spec (JSON without quotes, a line of YAML). */
static struct collect policy_read(const char *spec)
{
	char text[2048];
	struct collect c;

	snprintf(text, sizeof text,
		 "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: "
		 "%s\n",
		 spec);
	c = collect_text(text);
	cr_assert_eq(c.n, 1, "%zu objects of %s", c.n, spec);
	cr_assert_eq(c.at[0]->kind, OBJECT_POLICY);
	return c;
}

/* A case: the spec, what it means, and its problems. */
struct example {
	const char *spec, *means;
	size_t problems;
};

static void example_check(const struct example *example)
{
	struct collect c = policy_read(example->spec);
	char *text = policy_text((const struct policy *)(const void *)c.at[0]);

	cr_assert_str_eq(text, example->means, "%s is %s, not %s", example->spec, text, example->means);
	cr_assert_eq(c.problems.n, example->problems, "%s has %zu problems", example->spec, c.problems.n);
	free(text);
	collect_clear(&c);
}

#define CHECK(examples)                                                       \
	for (size_t i_ = 0; i_ < sizeof(examples) / sizeof *(examples); i_++) \
	example_check(&(examples)[i_])

UNIT(decode_policy, the_pod_selector_selects_all_pods_unless_it_asks_for_some)
{
	static const struct example examples[] = {
		{"{}", "in ()", 0},
		{"", "in ()", 0},
		{"{podSelector: null}", "in ()", 0},
		{"{podSelector: {}}", "in ()", 0},
		{"{podSelector: {matchLabels: null, matchExpressions: null}}", "in ()", 0},
		{"{podSelector: {matchLabels: {}, matchExpressions: []}}", "in ()", 0},
		{"{podSelector: {matchLabels: {a: b}}}", "in (a=b)", 0},
		{"{podSelector: {matchLabels: {a: ''}}}", "in (a=)", 0},
		{"{podSelector: []}", "in () broken", 1},
		{"{podSelector: [{}]}", "in () broken", 1},
		{"{podSelector: {matchLabels: {a: null}}, ingress: [{}]}", "in () broken", 1},
		{"{podSelector: {matchExpressions: [{}]}, ingress: [{}]}", "in () broken", 2},
	};

	CHECK(examples);
}

UNIT(decode_policy, policy_types_left_out_are_ingress_and_egress_if_there_are_egress_rules)
{
	static const struct example examples[] = {
		{"{policyTypes: null}", "in ()", 0},
		{"{policyTypes: []}", "in ()", 0},
		{"{policyTypes: [Ingress]}", "in ()", 0},
		{"{policyTypes: [Egress]}", "out ()", 0},
		{"{policyTypes: [Egress, Ingress]}", "in out ()", 0},
		{"{policyTypes: {}}", "in out () broken", 1},
		{"{policyTypes: [{}]}", "in out () broken", 1},
		{"{policyTypes: [null]}", "in out () broken", 1},
		{"{policyTypes: [Egress, Both]}", "in out () broken", 1},
		{"{egress: [{}]}", "in out () to0[everyone:every]", 0},
		{"{egress: []}", "in ()", 0},
		{"{egress: null}", "in ()", 0},
		{"{policyTypes: [], egress: [{}]}", "in out () to0[everyone:every]", 0},
		{"{policyTypes: [Ingress], egress: [{}]}", "in () to0[everyone:every]", 0},
	};

	CHECK(examples);
}

UNIT(decode_policy, rules_left_out_admit_nobody_and_an_empty_rule_admits_everybody)
{
	static const struct example examples[] = {
		{"{ingress: null}", "in ()", 0},
		{"{ingress: []}", "in ()", 0},
		{"{ingress: [{}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{}, {}]}", "in () from0[everyone:every] from1[everyone:every]", 0},
		{"{ingress: {}}", "in () broken", 1},
		{"{ingress: [null]}", "in () from0[:every] broken", 1},
		{"{ingress: [[]]}", "in () from0[:every] broken", 1},
		{"{egress: {}}", "in out () broken", 1},
		{"{egress: [null]}", "in out () to0[:every] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, peers_left_out_are_everyone_and_an_empty_peer_is_nobody)
{
	static const struct example examples[] = {
		{"{ingress: [{from: null}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{from: []}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{from: {}}]}", "in () from0[:every] broken", 1},
		{"{ingress: [{from: [{}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [null]}]}", "in () from0[nobody:every] broken", 1},
		{"{egress: [{to: null}]}", "in out () to0[everyone:every]", 0},
		{"{egress: [{to: []}]}", "in out () to0[everyone:every]", 0},
		{"{egress: [{to: {}}]}", "in out () to0[:every] broken", 1},
		{"{egress: [{to: [{}]}]}", "in out () to0[nobody:every] broken", 1},
		{"{ingress: [{to: []}]}", "in () from0[:every] broken", 1},
		{"{egress: [{from: []}]}", "in out () to0[:every] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, selectors_of_a_peer_are_told_apart_when_left_out_and_when_empty)
{
	static const struct example examples[] = {
		{"{ingress: [{from: [{podSelector: {}}]}]}", "in () from0[pods():every]", 0},
		{"{ingress: [{from: [{podSelector: null}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{podSelector: []}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{podSelector: [{}]}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{namespaceSelector: {}}]}]}", "in () from0[ns()pods():every]", 0},
		{"{ingress: [{from: [{namespaceSelector: null}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{namespaceSelector: []}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{namespaceSelector: [{}]}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{namespaceSelector: null, podSelector: {}}]}]}", "in () from0[pods():every]", 0},
		{"{ingress: [{from: [{namespaceSelector: {}, podSelector: null}]}]}", "in () from0[ns()pods():every]",
		 0},
		{"{ingress: [{from: [{namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchLabels: {c: "
		 "d}}}]}]}",
		 "in () from0[ns(a=b)pods(c=d):every]", 0},
		{"{ingress: [{from: [{podSelector: {}, ipBlock: null}]}]}", "in () from0[pods():every]", 0},
		{"{ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}",
		 "in () from0[nobody:every] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, one_bad_peer_closes_itself_and_nothing_else)
{
	static const struct example examples[] = {
		{"{ingress: [{from: [{podSelector: {}}, {podSelectr: {}}, {ipBlock: {cidr: 10.1.2.3/8}}]}]}",
		 "in () from0[pods(),nobody,10.0.0.0/8:every] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, every_operator_is_read)
{
	static const struct example examples[] = {
		{"{podSelector: {matchExpressions: [{key: a, operator: In, values: [x, w]}]}}", "in (a in (w,x))", 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: NotIn, values: [x, w]}]}}", "in (a notin (w,x))",
		 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: Exists}]}}", "in (a)", 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}", "in (!a)", 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: Exists, values: []}]}}", "in (a)", 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: Exists, values: null}]}}", "in (a)", 0},
		{"{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}", "in () broken", 1},
		{"{podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}", "in () broken", 1},
		{"{podSelector: {matchExpressions: [{key: a, operator: In, values: null}]}}", "in () broken", 1},
		{"{podSelector: {matchExpressions: [{key: a, operator: null}]}}", "in () broken", 1},
		{"{podSelector: {matchExpressions: [null]}}", "in () broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, ports_left_out_are_every_port_and_an_empty_port_is_every_tcp_port)
{
	static const struct example examples[] = {
		{"{ingress: [{ports: null}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{ports: []}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{ports: [{}]}]}", "in () from0[everyone:TCP/0-65535]", 0},
		{"{ingress: [{ports: {}}]}", "in () from0[everyone:] broken", 1},
		{"{ingress: [{ports: [null]}]}", "in () from0[everyone:nothing] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, a_port_is_a_number_a_range_or_a_name)
{
	static const struct example examples[] = {
		{"{ingress: [{ports: [{protocol: UDP}]}]}", "in () from0[everyone:UDP/0-65535]", 0},
		{"{ingress: [{ports: [{protocol: SCTP, port: 1}]}]}", "in () from0[everyone:SCTP/1-1]", 0},
		{"{ingress: [{ports: [{protocol: null, port: 65535}]}]}", "in () from0[everyone:TCP/65535-65535]", 0},
		{"{ingress: [{ports: [{port: 80.0}]}]}", "in () from0[everyone:TCP/80-80]", 0},
		{"{ingress: [{ports: [{port: 80, endPort: 90}]}]}", "in () from0[everyone:TCP/80-90]", 0},
		{"{ingress: [{ports: [{port: 80, endPort: 80}]}]}", "in () from0[everyone:TCP/80-80]", 0},
		{"{ingress: [{ports: [{port: 80, endPort: null}]}]}", "in () from0[everyone:TCP/80-80]", 0},
		{"{ingress: [{ports: [{port: null, endPort: null}]}]}", "in () from0[everyone:TCP/0-65535]", 0},
		{"{ingress: [{ports: [{port: http}]}]}", "in () from0[everyone:TCP/http]", 0},
		{"{ingress: [{ports: [{port: a-15-byte-name-}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: a--b}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: '80'}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: ''}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: -1}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{endPort: 90}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: http, endPort: 90}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{port: 80, endPort: 79}]}]}", "in () from0[everyone:nothing] broken", 1},
		{"{ingress: [{ports: [{protocol: ''}, {port: 80}]}]}", "in () from0[everyone:nothing,TCP/80-80] broken",
		 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, an_address_block_may_have_holes)
{
	static const struct example examples[] = {
		{"{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}]}]}",
		 "in out () to0[10.0.0.0/8-10.1.0.0/16-10.2.0.0/16:every]", 0},
		{"{egress: [{to: [{ipBlock: {cidr: 'fd00::/8', except: ['fd01::/16']}}]}]}",
		 "in out () to0[fd00::/8-fd01::/16:every]", 0},
		{"{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: null}}]}]}", "in out () to0[0.0.0.0/0:every]", 0},
		{"{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: []}}]}]}", "in out () to0[0.0.0.0/0:every]", 0},
		{"{egress: [{to: [{ipBlock: {}}]}]}", "in out () to0[nobody:every] broken", 1},
		{"{egress: [{to: [{ipBlock: []}]}]}", "in out () to0[nobody:every] broken", 1},
		{"{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}",
		 "in out () to0[nobody:every] broken", 1},
		{"{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [0.0.0.0/0]}}]}]}",
		 "in out () to0[nobody:every] broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, an_unknown_field_closes_what_it_stands_in)
{
	static const struct example examples[] = {
		{"{ingress: [{}], egres: [{}]}", "in out () broken", 1},
		{"{policyTypes: [Ingress], ingress: [{}], egres: [{}]}", "in () broken", 1},
		{"{ingress: [{form: []}, {}]}", "in () from0[:every] from1[everyone:every] broken", 1},
		{"{ingress: [{ports: [{prt: 80}, {port: 80}]}]}", "in () from0[everyone:nothing,TCP/80-80] broken", 1},
		{"{podSelector: {matchLabel: {a: b}}, ingress: [{}]}", "in () broken", 1},
		{"{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, excpt: []}}]}]}", "in () from0[nobody:every] broken",
		 1},
		{"{ingress: [{from: [{podSelector: {}, nodeSelector: {}}]}]}", "in () from0[nobody:every] broken", 1},
		{"{ingress: [{from: [{nodeSelector: {}}, {podSelector: {}}]}]}",
		 "in () from0[nobody,pods():every] broken", 1},
		{"[]", "in out () broken", 1},
		{"text", "in out () broken", 1},
	};

	CHECK(examples);
}

UNIT(decode_policy, known_bad_a_reader_that_skips_unknown_fields_opens)
{
	static const struct example examples[] = {
		{"{ingress: [{}], egres: [{}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{form: []}, {}]}", "in () from0[everyone:every] from1[everyone:every]", 0},
		{"{podSelector: {matchLabel: {a: b}}, ingress: [{}]}", "in () from0[everyone:every]", 0},
		{"{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, excpt: []}}]}]}", "in () from0[10.0.0.0/8:every]", 0},
		{"{ingress: [{from: [{podSelector: {}, nodeSelector: {}}]}]}", "in () from0[pods():every]", 0},
	};

	careless = true;
	CHECK(examples);
}

UNIT(decode_policy, a_problem_names_the_policy_the_path_and_the_place)
{
	struct collect c = policy_read("{ingress: [{}, {from: [{podSelector: {matchExpressions: [\n"
				       "  {key: a, operator: Like}]}}]}]}");

	collect_wants(&c,
		      "5:22: networkpolicy shop/p: spec.ingress[1].from[0].podSelector.matchExpressions[0].operator: "
		      "Unsupported value: \"Like\": supported values: \"In\", \"NotIn\", \"Exists\", \"DoesNotExist\"");
	collect_clear(&c);
}

UNIT(decode_policy, all_problems_are_reported_at_once)
{
	struct collect c =
		policy_read("{a: 1, podSelector: 2, policyTypes: 3, ingress: [{b: 4, from: [{c: 5}], ports: [6]}]}");

	cr_assert_eq(c.problems.n, 6);
	collect_clear(&c);
}

UNIT(decode_policy, every_rule_knows_its_line)
{
	struct collect c = policy_read("\n  ingress:\n  - {}\n  - from:\n    - podSelector: {}\n  egress: [{}]");
	const struct policy *policy = (const struct policy *)(const void *)c.at[0];

	collect_wants_none(&c);
	cr_assert_eq(policy->n_rules, 3);
	cr_assert(policy->rules[0].source.line == 6 && policy->rules[0].source.col == 5);
	cr_assert_eq(policy->rules[1].source.line, 7);
	cr_assert_eq(policy->rules[2].source.line, 9);
	cr_assert_eq(policy->rules[2].source.file, policy->object.source.file);
	collect_clear(&c);
}

UNIT(decode_policy, a_policy_of_a_version_that_is_gone_is_closed)
{
	struct collect c = collect_text("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: p}\n"
					"spec: {podSelector: {matchLabels: {a: b}}, egress: [{}]}\n");
	char *text;

	cr_assert_eq(c.n, 1);
	text = policy_text((const struct policy *)(const void *)c.at[0]);
	cr_assert_str_eq(text, "in out (a=b) broken");
	collect_wants(&c, "1:13: networkpolicy default/p: apiVersion: extensions/v1beta1 is not served any more; "
			  "use networking.k8s.io/v1");
	free(text);
	collect_clear(&c);
}

UNIT(decode_policy, an_odd_name_is_reported_and_enforced)
{
	struct collect c =
		collect_text("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: \"a\\nb\"}\n"
			     "spec: {podSelector: {}}\n");

	cr_assert_eq(c.problems.n, 1);
	cr_assert_eq(c.n, 1);
	cr_assert_str_eq(c.at[0]->name, "a\nb");
	cr_assert_not(((const struct policy *)(const void *)c.at[0])->broken);
	collect_clear(&c);
}

UNIT(decode_policy, a_policy_without_a_name_is_a_problem_and_nothing_else)
{
	static const char *const metadata[] = {"{}",           "{name: ''}", "{name: 5}",
					       "{name: null}", "[]",         "{name: p, namespace: 5}"};
	char text[200];

	for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
		struct collect c;

		snprintf(text, sizeof text, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: %s\n",
			 metadata[i]);
		c = collect_text(text);
		cr_assert(c.n == 0 && c.problems.n == 1, "%s: %zu objects, %zu problems", metadata[i], c.n,
			  c.problems.n);
		collect_clear(&c);
	}
}
