/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From which addresses may the pods of this node send? */
#include <selvage/veths.h>

#include "make.h"

#define NODE "n1"
#define BRIDGE 2

struct fixture {
	struct store *store;
	struct veths seen, before, chosen;
};

static struct fixture begin(void)
{
	return (struct fixture){.store = store_new()};
}

static void end(struct fixture *f)
{
	vec_free(&f->seen);
	vec_free(&f->before);
	vec_free(&f->chosen);
	store_free(f->store);
}

static void pod(struct fixture *f, const char *name, const char *node, const char *ip)
{
	struct pod *pod = make_pod("shop", name);

	pod->node = atom(node);
	make_pod_ip(pod, ip);
	store_put(f->store, &pod->object);
	store_settle(f->store);
}

/* An interface of the bridge that was seen, with these addresses at its other end, or the same one with others. */
static void seen(struct fixture *f, uint32_t index, const char *ip, const char *other)
{
	struct veth *veth = NULL;

	for (size_t i = 0; i < f->seen.n; i++)
		if (f->seen.at[i].index == index)
			veth = &f->seen.at[i];
	if (!veth)
		veth = vec_add(&f->seen);
	*veth = (struct veth){.index = index, .bridge = BRIDGE, .netns = index, .name = "veth"};
	if (ip)
		veth->ips[veth->n++] = make_ip(ip);
	if (other)
		veth->ips[veth->n++] = make_ip(other);
}

static void choose(struct fixture *f)
{
	veths_choose(&f->seen, &f->before, f->store, NODE, &f->chosen);
	vec_free(&f->before);
	f->before = f->chosen;
	f->chosen = (struct veths){0};
}

static bool may(const struct fixture *f, uint32_t index, const char *ip)
{
	struct ip address = make_ip(ip);

	for (size_t i = 0; i < f->before.n; i++)
		for (size_t j = 0; f->before.at[i].index == index && j < f->before.at[i].n; j++)
			if (!ip_cmp(&f->before.at[i].ips[j], &address))
				return true;
	return false;
}

static bool checked(const struct fixture *f, uint32_t index)
{
	for (size_t i = 0; i < f->before.n; i++)
		if (f->before.at[i].index == index)
			return true;
	return false;
}

/* db behind 10, evil behind 11. */
static struct fixture two_pods(void)
{
	struct fixture f = begin();

	pod(&f, "db", NODE, "10.0.0.1");
	pod(&f, "evil", NODE, "10.0.0.2");
	seen(&f, 10, "10.0.0.1", "fe80::1");
	seen(&f, 11, "10.0.0.2", "fe80::2");
	return f;
}

UNIT(veths, a_pod_sends_from_what_it_has)
{
	struct fixture f = two_pods();

	choose(&f);
	cr_expect(may(&f, 10, "10.0.0.1") && may(&f, 10, "fe80::1"));
	cr_expect(may(&f, 11, "10.0.0.2") && may(&f, 11, "fe80::2"));
	cr_expect(!may(&f, 11, "10.0.0.1"));
	end(&f);
}

UNIT(veths, a_pod_that_the_api_does_not_know_is_checked_on_the_bridge_of_one_that_it_does)
{
	struct fixture f = two_pods();

	seen(&f, 12, "10.0.0.3", "fd00::3");
	choose(&f);
	cr_expect(may(&f, 12, "10.0.0.3") && may(&f, 12, "fd00::3"));
	end(&f);
}

UNIT(veths, what_is_no_pods_is_left_alone)
{
	struct fixture f = two_pods();

	seen(&f, 12, "172.17.0.2", NULL);
	f.seen.at[2].bridge = BRIDGE + 1;
	seen(&f, 13, "172.17.0.3", NULL);
	f.seen.at[3].bridge = 0;
	choose(&f);
	cr_expect(checked(&f, 10) && checked(&f, 11));
	cr_expect(!checked(&f, 12) && !checked(&f, 13));
	end(&f);
}

UNIT(veths, what_has_no_address_yet_is_left_alone)
{
	struct fixture f = two_pods();

	seen(&f, 12, NULL, NULL);
	seen(&f, 13, "fe80::3", NULL);
	choose(&f);
	cr_expect(!checked(&f, 12) && !checked(&f, 13));
	end(&f);
}

UNIT(veths, what_has_too_many_addresses_is_left_alone)
{
	struct fixture f = two_pods();

	f.seen.at[1].more = true;
	choose(&f);
	cr_expect(checked(&f, 10) && !checked(&f, 11));
	end(&f);
}

UNIT(veths, addresses_of_others_are_not_given)
{
	struct fixture f = two_pods();

	pod(&f, "far", "n2", "10.0.1.1");
	seen(&f, 11, "10.0.0.2", "10.0.1.1");
	choose(&f);
	cr_expect(may(&f, 11, "10.0.0.2") && !may(&f, 11, "10.0.1.1"));
	end(&f);
}

UNIT(veths, addresses_of_nodes_are_not_given)
{
	struct fixture f = two_pods();
	struct pod *host = make_pod("kube-system", "proxy");

	host->host_network = true;
	make_pod_host(host, "n2", "192.0.2.2");
	make_pod_ip(host, "192.0.2.2");
	store_put(f.store, &host->object);
	seen(&f, 11, "10.0.0.2", "192.0.2.2");
	choose(&f);
	cr_expect(may(&f, 11, "10.0.0.2") && !may(&f, 11, "192.0.2.2"));
	end(&f);
}

UNIT(veths, who_had_an_address_keeps_it)
{
	struct fixture f = two_pods();

	choose(&f);
	seen(&f, 11, "10.0.0.1", NULL);
	choose(&f);
	cr_expect(may(&f, 10, "10.0.0.1") && !may(&f, 11, "10.0.0.1"));
	end(&f);
}

UNIT(veths, who_has_but_one_pods_addresses_has_the_better_claim)
{
	struct fixture f = two_pods();

	seen(&f, 11, "10.0.0.1", "10.0.0.2");
	choose(&f);
	cr_expect(may(&f, 10, "10.0.0.1") && !may(&f, 11, "10.0.0.1"));
	cr_expect(may(&f, 11, "10.0.0.2"));
	end(&f);
}

UNIT(veths, two_interfaces_of_one_pod_send_from_the_addresses_of_both)
{
	struct fixture f = two_pods();

	seen(&f, 10, "10.0.0.1", "10.0.0.9");
	seen(&f, 12, "10.0.0.1", "10.0.0.9");
	f.seen.at[2].netns = 10;
	choose(&f);
	cr_expect(may(&f, 10, "10.0.0.1") && may(&f, 10, "10.0.0.9"));
	cr_expect(may(&f, 12, "10.0.0.1") && may(&f, 12, "10.0.0.9"));
	end(&f);
}

UNIT(veths, of_equal_claims_nobody_has_it)
{
	struct fixture f = two_pods();

	seen(&f, 11, "10.0.0.1", NULL);
	choose(&f);
	cr_expect(checked(&f, 10) && !may(&f, 10, "10.0.0.1"));
	cr_expect(checked(&f, 11) && !may(&f, 11, "10.0.0.1"));
	end(&f);
}

/* The pod whose address it is has not come up yet. */
UNIT(veths, an_interface_leads_to_one_pod)
{
	struct fixture f = begin();

	pod(&f, "evil", NODE, "10.0.0.2");
	seen(&f, 11, "10.0.0.2", NULL);
	choose(&f);
	pod(&f, "db", NODE, "10.0.0.1");
	seen(&f, 11, "10.0.0.1", "10.0.0.2");
	choose(&f);
	cr_expect(may(&f, 11, "10.0.0.2") && !may(&f, 11, "10.0.0.1"));
	end(&f);
}

/* The address was nobody's when it was taken. */
UNIT(veths, who_took_an_address_before_its_pod_came_has_no_claim)
{
	struct fixture f = begin();

	pod(&f, "evil", NODE, "10.0.0.2");
	seen(&f, 11, "10.0.0.1", "10.0.0.2");
	choose(&f);
	pod(&f, "db", NODE, "10.0.0.1");
	seen(&f, 10, "10.0.0.1", NULL);
	choose(&f);
	cr_expect(may(&f, 10, "10.0.0.1") && !may(&f, 11, "10.0.0.1"));
	cr_expect(may(&f, 11, "10.0.0.2"));
	end(&f);
}

UNIT(veths, what_a_pod_hands_on_it_may_still_send_from)
{
	struct fixture f = two_pods();

	choose(&f);
	seen(&f, 11, NULL, NULL);
	choose(&f);
	cr_expect(may(&f, 11, "10.0.0.2") && !may(&f, 11, "10.0.0.1"));
	end(&f);
}

UNIT(veths, an_address_moves_with_its_pod)
{
	struct fixture f = two_pods();

	choose(&f);
	vec_drop(&f.seen, 0);
	seen(&f, 12, "10.0.0.1", NULL);
	choose(&f);
	cr_expect(!checked(&f, 10) && may(&f, 12, "10.0.0.1"));
	end(&f);
}

UNIT(veths, the_same_choice_is_no_news)
{
	struct fixture f = two_pods();
	struct veths first;

	veths_choose(&f.seen, &f.before, f.store, NODE, &first);
	choose(&f);
	cr_expect(veths_eq(&first, &f.before));
	seen(&f, 11, "10.0.0.2", "10.0.0.9");
	choose(&f);
	cr_expect(!veths_eq(&first, &f.before));
	vec_free(&first);
	end(&f);
}
