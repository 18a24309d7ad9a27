/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what others did to the table seen and undone, and are refusals told well and without effect?  TAP, in a network
 * namespace of its own (facts_repair.sh). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>
#include <selvage/diff.h>

#include "../lib/facts_world.h"
#include "facts_kernel.h"

/* A patch of the element 11.0.0.`last`. */
static void one_element(struct patch *patch, bool add, uint8_t last)
{
	struct fact e = {.kind = FACT_ELEMENT, .name = atom("peers"), .comment = atom("production/frontend-1")};

	e.element.size = 4;
	memcpy(e.element.lo, (uint8_t[]){11, 0, 0, last}, 4);
	memcpy(e.element.hi, e.element.lo, 4);
	*patch = (struct patch){0};
	*vec_add(add ? &patch->add : &patch->del) = e;
}

static void test_a_second_handle_adopts(struct tally *tally, struct nl *nl)
{
	uint64_t state = 21;
	struct world world;
	struct facts want, next;
	struct nl_stats stats;
	struct err err;
	struct nl *other = nl_open(&err);

	world_new(&world, &state);
	world_facts(&world, &want);
	bool good = kernel_fresh(nl, &want, &stats);
	ok(tally, good && other && kernel_is(other, &want), "a second handle reads what the first has written");

	/* Without having read: what the writer does not know it must find out. */
	struct nl *blind = nl_open(&err);
	world_change(&world, 1, &state);
	world_facts(&world, &next);
	ok(tally, blind && kernel_bring(blind, &want, &next, &stats) && kernel_is(blind, &next),
	   "a handle that has read nothing can write");
	nl_close(blind);
	nl_close(other);
	facts_free(&want);
	facts_free(&next);
}

static void test_foreign_things_go(struct tally *tally, struct nl *nl)
{
	static const char *const intrusions[] = {
		"add rule inet selvage allow tcp dport 22 accept",
		"insert rule inet selvage allow ip saddr 1.2.3.4 return",
		"add rule inet selvage allow ip saddr != 1.2.3.4 accept",
		"add rule inet selvage allow jump { counter; accept; }",
		"add rule inet selvage allow ip saddr { 1.2.3.4, 5.6.7.8 } accept",
		"add set inet selvage theirs { type ipv4_addr; timeout 1h; elements = { 1.2.3.4 } }",
		"add set inet selvage theirs { type ether_addr . ipv4_addr; elements = { 00:11:22:33:44:55 . 1.2.3.4 } "
		"}",
		"add map inet selvage theirs { type ipv4_addr : ipv4_addr; elements = { 1.2.3.4 : 5.6.7.8 } }",
		"add map inet selvage theirs { type ifname : verdict; elements = { eth0 : jump allow } }",
		"add chain inet selvage theirs; add rule inet selvage theirs jump allow",
		"add chain inet selvage theirs { type filter hook forward priority -5; policy drop; }",
		"add chain inet selvage theirs { type filter hook input priority 0; }; add rule inet selvage theirs "
		"jump allow",
		"add counter inet selvage theirs { comment \"mine\"; }",
		"add element inet selvage peers { 99.0.0.1 }",
		"delete element inet selvage peers { 10.0.0.3 }",
		"flush chain inet selvage allow",
		"flush ruleset",
		"add table inet selvage { flags dormant; }",
		"flush chain inet selvage forward; delete chain inet selvage forward;"
		"add chain inet selvage forward { type filter hook forward priority 0; policy drop; }",
		"add chain inet selvage forward { policy drop; }",
		"flush set inet selvage peers",
		"flush chain inet selvage allow; delete set inet selvage peers; add set inet selvage peers { type "
		"ipv6_addr; }",
		"flush chain inet selvage allow; delete set inet selvage peers;"
		"add set inet selvage peers { type ipv4_addr; flags interval; elements = { 1.0.0.0/8 } };"
		"add rule inet selvage allow ip saddr @peers drop",
	};
	size_t n = sizeof intrusions / sizeof *intrusions;
	struct facts want, have = {0};
	struct nl_stats stats;
	struct err err;
	bool exists;

	facts_large(10, &want);
	for (size_t i = 0; i < n; i++) {
		bool good =
			kernel_fresh(nl, &want, &stats) && nft_do(intrusions[i]) && !nl_read(nl, &have, &exists, &err);
		struct patch patch;
		diff_run(&have, &want, &patch);
		bool seen = !patch_empty(&patch) || nl_astray(nl);
		patch_free(&patch);
		good = good && kernel_bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
		ok(tally, good && seen, "seen and undone: %.60s", intrusions[i]);
		facts_free(&have);
	}
	facts_free(&want);
}

/* Starts a range in `peers` and does not end it, as nobody does who goes through nft. */
static bool start_range(const uint8_t lo[4])
{
	char buf[4096];
	struct mnl_socket *sock = mnl_socket_open(NETLINK_NETFILTER);
	struct nftnl_set *set = nftnl_set_alloc();
	struct nftnl_set_elem *elem = nftnl_set_elem_alloc();
	struct nlmsghdr *nlh = nftnl_batch_begin(buf, 1);
	size_t n = nlh->nlmsg_len;

	nlh = nftnl_nlmsg_build_hdr(buf + n, NFT_MSG_NEWSETELEM, NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK, 2);
	nftnl_set_set_str(set, NFTNL_SET_TABLE, FACT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, "peers");
	nftnl_set_elem_set(elem, NFTNL_SET_ELEM_KEY, lo, 4);
	nftnl_set_elem_add(set, elem);
	nftnl_set_elems_nlmsg_build_payload(nlh, set);
	nftnl_set_free(set);
	n += nlh->nlmsg_len;
	n += nftnl_batch_end(buf + n, 3)->nlmsg_len;
	bool good = !mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) && mnl_socket_sendto(sock, buf, n) > 0;
	ssize_t got = mnl_socket_recvfrom(sock, buf, sizeof buf);
	good = good && got > 0 && !mnl_cb_run(buf, (size_t)got, 2, mnl_socket_get_portid(sock), NULL, NULL);
	mnl_socket_close(sock);
	return good;
}

static void test_a_range_without_end_is_not_ours(struct tally *tally, struct nl *nl)
{
	struct facts want, have = {0};
	struct nl_stats stats;
	struct err err;
	bool exists;

	facts_large(0, &want);
	for (size_t i = 0; i < want.n; i++)
		want.at[i].set.interval |= want.at[i].kind == FACT_SET;
	bool good = kernel_fresh(nl, &want, &stats) && start_range((const uint8_t[]){2, 0, 0, 0}) &&
		    start_range((const uint8_t[]){1, 0, 0, 0}) && !nl_read(nl, &have, &exists, &err);
	const struct fact *set = good ? facts_find(&have, FACT_SET, "peers") : NULL;
	ok(tally, set && set->set.key == KEY_OTHER && !facts_find(&have, FACT_ELEMENT, "peers"),
	   "a set with a range that nothing ends is none of ours");
	ok(tally, good && kernel_bring(nl, &have, &want, &stats) && kernel_is(nl, &want), "and is made anew");
	facts_free(&have);
	facts_free(&want);
}

static void test_a_refused_flip_changes_nothing(struct tally *tally, struct nl *nl)
{
	struct facts want;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};

	facts_large(10, &want);
	bool good = kernel_fresh(nl, &want, &stats);
	one_element(&patch, false, 7);
	struct patch more;
	one_element(&more, true, 8);
	*vec_add(&patch.add) = more.add.at[0];
	vec_free(&more.add);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	ok(tally,
	   good && err.code == ERR_KERNEL && err.sys == ENOENT &&
		   strstr(err.msg, "removing element 11.0.0.7 from peers"),
	   "the error names the element that was not there");
	printf("# %s\n", err.msg);
	ok(tally, kernel_is(nl, &want), "nothing of the refused transaction is in force");
	patch_free(&patch);
	facts_free(&want);
}

/* Of many elements in one message, one is there already. */
static void test_the_culprit_among_many_is_named(struct tally *tally, struct nl *nl)
{
	struct facts want, some;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};

	facts_large(10, &some);
	facts_large(300, &want);
	bool good = kernel_fresh(nl, &some, &stats) &&
		    nft_do("add element inet selvage peers { 10.0.0.123 comment \"theirs\" }");
	diff_run(&some, &want, &patch);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	printf("# %s\n", err.msg);
	ok(tally, good && err.sys == EEXIST && strstr(err.msg, "adding element 10.0.0.123 to peers"),
	   "the error names one element of many");
	patch_free(&patch);
	facts_free(&some);
	facts_free(&want);
}

static void test_a_rule_without_its_set_is_explained(struct tally *tally, struct nl *nl)
{
	struct facts want;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};
	static const struct facts nothing;

	facts_large(0, &want);
	bool good = kernel_fresh(nl, &nothing, &stats);
	diff_run(&nothing, &want, &patch);
	fact_fini(&patch.add.at[0]);
	memmove(patch.add.at, patch.add.at + 1, --patch.add.n * sizeof *patch.add.at);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	printf("# %s\n", err.msg);
	ok(tally, good && strstr(err.msg, "adding rule 1 of chain allow") && strstr(err.msg, "rule names"),
	   "a rule that names a missing set is told as such");
	patch_free(&patch);
	facts_free(&want);
}

static void test_a_chain_that_changes_keeps_its_counts(struct tally *tally, struct nl *nl)
{
	struct facts have = {0}, want;
	struct nl_stats stats;
	struct err err;
	bool exists, existed;

	bool good = !nl_remove(nl, &existed, &err) &&
		    nft_do("add table inet selvage; add counter inet selvage in-db { packets 5 bytes 700; };"
			   "add chain inet selvage in-db; add rule inet selvage in-db counter name in-db drop");
	good = good && !nl_read(nl, &have, &exists, &err);
	want = (struct facts){0};
	for (size_t i = 0; i < have.n; i++)
		facts_add(&want, &have.at[i]);
	for (size_t i = 0; i < want.n; i++) {
		if (want.at[i].kind == FACT_CHAIN)
			want.at[i].chain.rules[0].comment = atom("production/db-0");
	}
	good = good && kernel_bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
	char *list = nft_run("list table inet selvage");
	ok(tally, good && list && strstr(list, "packets 5 bytes 700"),
	   "a chain that is filled again keeps its counter's count");
	free(list);
	facts_free(&have);
	facts_free(&want);
}

static void test_removal(struct tally *tally, struct nl *nl)
{
	struct facts want;
	struct nl_stats stats;
	struct err err;
	bool existed = false, again = true;

	facts_large(10, &want);
	bool good = kernel_fresh(nl, &want, &stats) && nft_do("add table inet other") && !nl_remove(nl, &existed, &err);
	char *list = nft_run("list tables");
	good = good && !nl_remove(nl, &again, &err);
	ok(tally, good && existed && !again, "removal says whether there was a table");
	ok(tally, list && strstr(list, "other") && !strstr(list, "selvage"), "other tables stay");
	free(list);
	facts_free(&want);
}

static void test_without_permission(struct tally *tally)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		struct err err = {.code = ERR_NONE};
		if (setuid(65534) || nl_open(&err))
			_exit(1);
		printf("# %s\n", err.msg);
		fflush(stdout);
		_exit(err.code == ERR_PERM && strstr(err.msg, "CAP_NET_ADMIN") ? 0 : 2);
	}
	waitpid(child, &status, 0);
	ok(tally, !status, "without CAP_NET_ADMIN opening fails and says so");
}

int main(void)
{
	struct tally tally = {0};
	struct err err;
	struct nl *nl = nl_open(&err);

	if (!nl) {
		printf("1..0 # SKIP %s\n", err.msg);
		return 77;
	}
	test_a_second_handle_adopts(&tally, nl);
	test_foreign_things_go(&tally, nl);
	test_a_range_without_end_is_not_ours(&tally, nl);
	test_a_refused_flip_changes_nothing(&tally, nl);
	test_the_culprit_among_many_is_named(&tally, nl);
	test_a_rule_without_its_set_is_explained(&tally, nl);
	test_a_chain_that_changes_keeps_its_counts(&tally, nl);
	test_removal(&tally, nl);
	test_without_permission(&tally);
	nl_close(nl);
	ok(&tally, atom_count() == 0, "every atom was given back (%zu were not)", atom_count());
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
