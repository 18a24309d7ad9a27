/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the overlay's ports those that are named, and is a packet to one of them found? */
#include <selvage/overlay.h>

#include "unit.h"

static bool has(const struct overlay *overlay, uint8_t proto, uint16_t port)
{
	return overlay_has(overlay, &(struct packet){.proto = proto, .port = port});
}

UNIT(overlay, the_usual_ports_are_those_of_vxlan_and_of_linux)
{
	struct overlay overlay = overlay_usual();

	cr_assert(has(&overlay, PROTO_UDP, 4789) && has(&overlay, PROTO_UDP, 8472));
	cr_assert(!has(&overlay, PROTO_UDP, 8471) && !has(&overlay, PROTO_TCP, 8472) && !has(&overlay, 47, 4789));
}

UNIT(overlay, a_list_is_sorted_and_names_each_port_once)
{
	struct overlay overlay;
	struct err err;

	cr_assert_eq(overlay_parse("8472,1,65535,8472", &overlay, &err), 0);
	cr_assert_eq(overlay.n, 3);
	cr_assert(overlay.ports[0] == 1 && overlay.ports[1] == 8472 && overlay.ports[2] == 65535);
}

UNIT(overlay, what_is_no_list_of_ports_is_refused)
{
	static const char *const bad[] = {"",
					  "0",
					  "65536",
					  "x",
					  "8472,",
					  ",8472",
					  "84 72",
					  "8472;1",
					  "-1",
					  "+1",
					  "0x10",
					  "184467440737095516160",
					  "1,2,3,4,5,6,7,8,9"};
	struct overlay overlay;
	struct err err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_eq(overlay_parse(bad[i], &overlay, &err), -1, "%s", bad[i]);
	cr_assert_eq(overlay_parse("1,2,3,4,5,6,7,8,8", &overlay, &err), 0);
}
