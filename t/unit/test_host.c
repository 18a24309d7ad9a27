/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what the machine tells read right, and nothing made of what is not there? */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <selvage/host.h>

#include "unit.h"

/* Reads a file of this text. */
static bool read_text(const char *text, struct cidrs *out)
{
	char path[] = "/tmp/selvage-host-XXXXXX";
	int fd = mkstemp(path);
	bool found;

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	found = host_cidrs(path, out);
	unlink(path);
	return found;
}

UNIT(host, flannel_names_the_subnets_of_the_node_by_the_bridges_addresses)
{
	struct cidrs found = {0}, want = {0};
	struct err err;

	cr_assert(read_text("FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\n"
			    "FLANNEL_IPV6_NETWORK=fd00:10:244::/56\nFLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64\r\n"
			    "FLANNEL_MTU=1450\nFLANNEL_IPMASQ=true",
			    &found));
	cr_assert_eq(cidrs_parse("10.244.1.0/24,fd00:10:244:1::/64", &want, &err), 0);
	cr_assert(cidrs_eq(&found, &want));
}

UNIT(host, a_file_that_tells_no_subnet_leaves_what_is_known)
{
	static const char *const silent[] = {"", "FLANNEL_NETWORK=10.244.0.0/16\n", "FLANNEL_SUBNET=\n",
					     "XFLANNEL_SUBNET=10.0.0.0/8\n",
					     "FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_IPV6_SUBNET=nonsense\n"};
	struct cidrs known = {0}, before;
	struct err err;

	cr_assert_eq(cidrs_parse("10.244.9.0/24", &known, &err), 0);
	before = known;
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		cr_assert(!read_text(silent[i], &known) && cidrs_eq(&known, &before), "%zu", i);
	cr_assert(!host_cidrs("/nonexistent/subnet.env", &known) && cidrs_eq(&known, &before));
}

UNIT(host, ipvs_is_there_if_its_file_is)
{
	cr_assert(host_ipvs("/proc/self/status"));
	cr_assert(!host_ipvs("/proc/self/ip_vs"));
}
