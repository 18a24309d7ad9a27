/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spots of an end, in words. */
#ifndef SELVAGE_SPOT_PRINT_H
#define SELVAGE_SPOT_PRINT_H

#include "answers.h"

/* "shop/web-0 (10.244.1.3)"; "deployment shop/web (3 pods)"; "shop/web-0, shop/web-1 of deployment shop/web"; "world but
 * 10.0.0.0/8": some of the spots that an end has (in this family).  Yours to free. */
char *spots_name(const struct end *end, const struct spot_list *all, const struct spot_list *some);

/* The addresses of spots that are no pods, merged; yours to free as any vector. */
void spots_ranges(const struct spot_list *some, struct ip_ranges *out);

/* "10.0.0.0/8", or "10.0.0.1-10.0.0.5" where no prefix says it; buf has RANGE_TEXT bytes. */
#define RANGE_TEXT (2 * IP_TEXT + 2)
const char *range_print(const struct ip_range *range, char buf[static RANGE_TEXT]);

#endif
