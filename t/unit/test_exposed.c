/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the table know every number that the pods expose under a name? */
#include "../../src/compile/exposed.h"
#include "make.h"

/* How many numbers go by the name; *sum is their sum. */
static unsigned numbers(const struct exposed *exposed, const char *name, uint8_t proto, unsigned *sum)
{
	const struct exposure *e = NULL;
	const char *a = atom(name);
	unsigned n = 0;

	*sum = 0;
	for (; (e = exposed_walk(exposed, a, proto, e)); n++)
		*sum += e->port.number;
	atom_put(a);
	return n;
}

static void assert_numbers(const struct exposed *exposed, const char *name, uint8_t proto, unsigned n, unsigned sum)
{
	unsigned got;

	cr_assert_eq(numbers(exposed, name, proto, &got), n);
	cr_assert_eq(got, sum);
}

static bool changed(const struct exposed *exposed, const char *name, uint8_t proto)
{
	const char *a = atom(name);
	bool yes = exposed_changed(exposed, a, proto);

	atom_put(a);
	return yes;
}

static struct pod *web_pod(uint16_t number)
{
	struct pod *pod = make_pod("shop", "web");

	make_pod_port(pod, "web", PROTO_TCP, number);
	return pod;
}

UNIT(exposed, a_name_has_the_numbers_of_all_pods)
{
	struct exposed exposed = {0};
	struct pod *a = web_pod(80), *b = web_pod(8080), *c = web_pod(80);

	make_pod_port(c, "dns", PROTO_UDP, 53);
	exposed_add(&exposed, a);
	exposed_add(&exposed, b);
	exposed_add(&exposed, c);
	assert_numbers(&exposed, "web", PROTO_TCP, 2, 8160);
	assert_numbers(&exposed, "dns", PROTO_UDP, 1, 53);
	assert_numbers(&exposed, "ssh", PROTO_TCP, 0, 0);
	object_free(&a->object);
	object_free(&b->object);
	object_free(&c->object);
	exposed_fini(&exposed);
}

UNIT(exposed, protocols_keep_equal_names_apart)
{
	struct exposed exposed = {0};
	struct pod *pod = make_pod("shop", "dns");

	make_pod_port(pod, "dns", PROTO_UDP, 53);
	make_pod_port(pod, "dns", PROTO_TCP, 5353);
	exposed_add(&exposed, pod);
	assert_numbers(&exposed, "dns", PROTO_UDP, 1, 53);
	assert_numbers(&exposed, "dns", PROTO_TCP, 1, 5353);
	assert_numbers(&exposed, "dns", PROTO_SCTP, 0, 0);
	object_free(&pod->object);
	exposed_fini(&exposed);
}

UNIT(exposed, a_number_stays_until_the_last_pod_that_exposes_it_is_gone)
{
	struct exposed exposed = {0};
	struct pod *a = web_pod(80), *b = web_pod(80);

	make_pod_port(b, "web", PROTO_TCP, 80); /* twice in one pod */
	exposed_add(&exposed, a);
	exposed_add(&exposed, b);
	exposed_del(&exposed, a);
	assert_numbers(&exposed, "web", PROTO_TCP, 1, 80);
	exposed_del(&exposed, b);
	assert_numbers(&exposed, "web", PROTO_TCP, 0, 0);
	object_free(&a->object);
	object_free(&b->object);
	exposed_fini(&exposed);
}

UNIT(exposed, only_first_and_last_exposure_change_a_name)
{
	struct exposed exposed = {0};
	struct pod *a = web_pod(80), *b = web_pod(80);

	exposed_add(&exposed, a);
	cr_assert(changed(&exposed, "web", PROTO_TCP));
	cr_assert(!changed(&exposed, "web", PROTO_UDP));
	cr_assert(!changed(&exposed, "dns", PROTO_TCP));
	exposed_settle(&exposed);
	cr_assert(!changed(&exposed, "web", PROTO_TCP));
	exposed_add(&exposed, b);
	exposed_del(&exposed, a);
	cr_assert(!changed(&exposed, "web", PROTO_TCP));
	exposed_del(&exposed, b);
	cr_assert(changed(&exposed, "web", PROTO_TCP));
	object_free(&a->object);
	object_free(&b->object);
	exposed_fini(&exposed);
}

UNIT(exposed, what_is_left_at_the_end_is_freed)
{
	struct exposed exposed = {0};
	struct pod *pod = web_pod(80);

	exposed_add(&exposed, pod);
	object_free(&pod->object);
	exposed_fini(&exposed);
}
