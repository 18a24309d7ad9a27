/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do people read an audit? */
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "audit_report.h"
#include "audit_words.h"

static const struct table_column columns[] = {
	{.name = "NAMESPACE"},
	{.name = "PODS", .right = true},
	{.name = "ISOLATED IN", .right = true},
	{.name = "ISOLATED EG", .right = true},
	{.name = "NEW POD IN"},
	{.name = "NEW POD EG"},
	{.name = "REACHABLE FROM", .wrap = true},
	{.name = "REACHES", .wrap = true},
	{.name = "DNS"},
	{.name = "FINDINGS"},
	{.name = "POLICIES", .wide = true, .right = true},
	{.name = "HOST PODS", .wide = true, .right = true},
};

static const enum tint dns_tints[] = {
	[AUDIT_DNS_UNUSED] = TINT_NONE, [AUDIT_DNS_OK] = TINT_GOOD,     [AUDIT_DNS_UDP_ONLY] = TINT_WARN,
	[AUDIT_DNS_BROKEN] = TINT_BAD,  [AUDIT_DNS_UNKNOWN] = TINT_DIM,
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static const char *dns_text(enum audit_dns dns)
{
	return dns == AUDIT_DNS_BROKEN ? "BROKEN" : dns == AUDIT_DNS_UDP_ONLY ? "med" : audit_dns_word(dns);
}

static void findings_cell(struct table *table, const struct audit_ns *row)
{
	static const char *const words[] = {"critical", "high", "med", "low", "info"};
	char text[96] = "-";
	size_t used = 0;

	for (size_t s = 0; s < sizeof words / sizeof *words; s++)
		if (row->counts[s])
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu %s", used ? " " : "",
						 row->counts[s], words[s]);
	table_cell(table, "%s", text);
	if (row->counts[SEVERITY_CRITICAL] || row->counts[SEVERITY_HIGH])
		table_tint(table, TINT_BAD);
}

/* A count, "?" if it could be more. */
static void count_cell(struct table *table, size_t n, bool known)
{
	if (known)
		table_cell(table, "%zu", n);
	else
		table_cell(table, "?");
}

static void isolated_cell(struct table *table, const struct audit *audit, const struct audit_ns *row,
			  enum direction direction)
{
	bool known = audit_knows(audit, OBJECT_POLICY) && audit_knows(audit, OBJECT_POD);

	count_cell(table, row->isolated[direction], known);
	if (known && row->isolated[direction] < row->pods)
		table_tint(table, TINT_WARN);
}

static void new_cell(struct table *table, const struct audit *audit, const struct audit_ns *row,
		     enum direction direction)
{
	if (!audit_knows(audit, OBJECT_POLICY)) {
		table_cell(table, "?");
		return;
	}
	table_cell(table, "%s", row->new_isolated[direction] ? "deny" : "ALLOW");
	if (!row->new_isolated[direction])
		table_tint(table, TINT_WARN);
}

static void peers_cell(struct table *table, const struct audit_report *report, const struct audit_ns *row,
		       enum direction direction, bool wide)
{
	char *text = audit_peers_text(report->audit, row, direction, wide);

	table_cell(table, "%s", text);
	free(text);
}

static void add_row(struct table *table, const struct audit_report *report, const struct audit_ns *row, bool wide)
{
	const struct audit *audit = report->audit;

	table_row(table);
	table_cell(table, "%s", row->name);
	count_cell(table, row->pods, audit_knows(audit, OBJECT_POD));
	isolated_cell(table, audit, row, DIRECTION_INGRESS);
	isolated_cell(table, audit, row, DIRECTION_EGRESS);
	new_cell(table, audit, row, DIRECTION_INGRESS);
	new_cell(table, audit, row, DIRECTION_EGRESS);
	peers_cell(table, report, row, DIRECTION_INGRESS, wide);
	peers_cell(table, report, row, DIRECTION_EGRESS, wide);
	table_cell(table, "%s", dns_text(row->dns));
	table_tint(table, dns_tints[row->dns]);
	findings_cell(table, row);
	count_cell(table, row->policies, audit_knows(audit, OBJECT_POLICY));
	count_cell(table, row->host_pods, audit_knows(audit, OBJECT_POD));
}

static void write_namespaces(const struct audit_report *report, const struct table_form *form, FILE *out)
{
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);

	for (size_t i = 0; i < report->audit->namespaces.n; i++) {
		const struct audit_ns *row = &report->audit->namespaces.at[i];

		if (!report->ns || !strcmp(report->ns, row->name))
			add_row(table, report, row, form->format != FORMAT_TABLE);
	}
	table_print(table, form, out);
	table_free(table);
}

static void write_head(const struct audit *audit, FILE *out)
{
	size_t pods = audit->pods + audit->host_pods;

	if (audit_knows(audit, OBJECT_POD))
		fprintf(out, "%zu pod%s, ", pods, plural(pods));
	else
		fputs("? pods, ", out);
	fprintf(out, "%zu namespace%s", audit->namespaces.n, plural(audit->namespaces.n));
	if (audit_knows(audit, OBJECT_POLICY))
		fprintf(out, ", %zu NetworkPolic%s", audit->policies, audit->policies == 1 ? "y" : "ies");
	else
		fputs(", ? NetworkPolicies", out);
	if (audit->host_pods)
		fprintf(out, "; %zu hostNetwork pod%s %s outside policy", audit->host_pods, plural(audit->host_pods),
			audit->host_pods == 1 ? "is" : "are");
	fputs("\n\n", out);
}

static void write_unknown(const struct audit_report *report, FILE *out)
{
	const char *separator = "unknown, for want of what they hang on: ";
	const struct rule_text *rules;
	size_t n;

	rules = audit_rules(&n);
	for (size_t i = 0; i < n; i++)
		if (audit_rule_unknown(report, &rules[i])) {
			fprintf(out, "%s%s", separator, rules[i].id);
			separator = ", ";
		}
	if (*separator == ',')
		fputc('\n', out);
}

int audit_write_table(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
{
	const struct findings *findings = &report->audit->findings;
	struct findings_report list = {.command = "audit", .at = findings->at, .n = findings->n};
	bool people = form->format == FORMAT_TABLE || form->format == FORMAT_WIDE;

	list.rules = audit_rules(&list.n_rules);
	if (people)
		write_head(report->audit, out);
	if (form->format != FORMAT_CSV) {
		write_namespaces(report, form, out);
		fputc('\n', out);
	}
	if (findings_write(&list, form, out, err))
		return -1;
	if (form->format == FORMAT_MD)
		write_unknown(report, out);
	if (!people)
		return 0;
	findings_summary(findings->at, findings->n, out);
	if (report->ignored.n)
		fprintf(out, "; %zu ignored by annotation", report->ignored.n);
	if (report->known)
		fprintf(out, "; %zu in the baseline", report->known);
	fputc('\n', out);
	write_unknown(report, out);
	return 0;
}
