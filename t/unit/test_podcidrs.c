/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a Node object says that its pods get their addresses. */
#include "../../src/input/podcidrs.h"

#include "unit.h"

#define NODE(spec) "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n1\"},\"spec\":" spec "}"

static int read_node(const char *text, struct cidrs *out, struct err *err)
{
	*out = (struct cidrs){0};
	return podcidrs_read(text, strlen(text), "n1", out, err);
}

static void tells(const char *text, const char *want)
{
	struct cidrs cidrs, wanted = {0};
	struct err err = {0};

	cr_expect_eq(read_node(text, &cidrs, &err), 0, "%s: %s", text, err.msg);
	cr_assert_eq(cidrs_parse(want, &wanted, &err), 0);
	cr_expect(cidrs_eq(&cidrs, &wanted), "%s", text);
}

static void fails(const char *text, enum err_code code, const char *why)
{
	struct cidrs cidrs = {0}, before;
	struct err err = {0};

	cr_assert_eq(cidrs_parse("192.0.2.0/24", &cidrs, &err), 0);
	before = cidrs;
	cr_expect_eq(podcidrs_read(text, strlen(text), "n1", &cidrs, &err), -1, "%s", text);
	cr_expect_eq(err.code, code, "%s", text);
	cr_expect(strstr(err.msg, why), "%s: %s", text, err.msg);
	cr_expect(cidrs_eq(&cidrs, &before));
}

UNIT(podcidrs, both_families_count)
{
	tells(NODE("{\"podCIDR\":\"10.244.1.0/24\",\"podCIDRs\":[\"10.244.1.0/24\",\"fd00:10:244:1::/64\"]}"),
	      "10.244.1.0/24,fd00:10:244:1::/64");
}

UNIT(podcidrs, the_old_field_counts_alone)
{
	tells(NODE("{\"podCIDR\":\"10.244.1.0/24\"}"), "10.244.1.0/24");
	tells(NODE("{\"podCIDR\":\"10.244.1.0/24\",\"podCIDRs\":null}"), "10.244.1.0/24");
}

UNIT(podcidrs, a_new_node_has_none_yet)
{
	fails(NODE("{}"), ERR_ABSENT, "it has no podCIDR");
	fails(NODE("null"), ERR_ABSENT, "it has no podCIDR");
	fails(NODE("{\"podCIDR\":\"\",\"podCIDRs\":[]}"), ERR_ABSENT, "it has no podCIDR");
}

UNIT(podcidrs, what_is_no_prefix_is_told_and_nothing_of_it_counts)
{
	fails(NODE("{\"podCIDRs\":[\"10.244.1.0/24\",\"10.244.1.0/33\"]}"), ERR_INPUT, "spec.podCIDRs[1]");
	fails(NODE("{\"podCIDRs\":\"10.244.1.0/24\"}"), ERR_INPUT, "spec.podCIDRs");
	fails(NODE("7"), ERR_INPUT, "spec");
	fails(NODE("{\"podCIDRs\":[\"1.0.0.0/8\",\"2.0.0.0/8\",\"3.0.0.0/8\",\"4.0.0.0/8\",\"5.0.0.0/8\",\"6.0.0.0/8\","
		   "\"7.0.0.0/8\",\"8.0.0.0/8\",\"9.0.0.0/8\"]}"),
	      ERR_INPUT, "more than 8 prefixes");
}

UNIT(podcidrs, what_else_is_odd_about_the_node_is_no_matter)
{
	tells("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n1\"},\"status\":{\"addresses\":7},"
	      "\"spec\":{\"podCIDR\":\"10.244.1.0/24\"}}",
	      "10.244.1.0/24");
}

UNIT(podcidrs, what_is_not_that_node_is_not_believed)
{
	fails("", ERR_INPUT, "cannot be read");
	fails("[]", ERR_INPUT, "no Node of that name");
	fails("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n2\"},"
	      "\"spec\":{\"podCIDR\":\"10.244.1.0/24\"}}",
	      ERR_INPUT, "no Node of that name");
	fails("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n1\",\"namespace\":\"shop\"},\"spec\":{"
	      "}}",
	      ERR_INPUT, "no Node of that name");
}
