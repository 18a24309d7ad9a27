/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses are meant?  Text to addresses and back, and the arithmetic of single addresses and prefixes. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include <selvage/ip.h>

#define MAPPED_BITS 96 /* ::ffff:0:0/96 holds the IPv4 addresses */

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* As written: an IPv4-mapped address stays IPv6.  glibc refuses leading zeros, missing octets and spaces. */
static bool ip_read(const char *text, struct ip *out)
{
	*out = (struct ip){.family = FAMILY_4};
	if (inet_pton(AF_INET, text, out->b) == 1)
		return true;
	*out = (struct ip){.family = FAMILY_6};
	return inet_pton(AF_INET6, text, out->b) == 1;
}

static bool ip_mapped(const struct ip *ip)
{
	return ip->family == FAMILY_6 && !memcmp(ip->b, mapped_prefix, sizeof mapped_prefix);
}

static void ip_unmap(struct ip *ip)
{
	struct ip plain = {.family = FAMILY_4};

	memcpy(plain.b, ip->b + sizeof mapped_prefix, 4);
	*ip = plain;
}

/* Sets every bit of the address after the first `bits` to `value`. */
static void ip_fill(struct ip *ip, unsigned bits, bool value)
{
	unsigned size = ip_size((enum family)ip->family);

	for (unsigned i = bits; i < size * 8; i++) {
		uint8_t bit = (uint8_t)(0x80u >> (i % 8));

		ip->b[i / 8] = (uint8_t)(value ? ip->b[i / 8] | bit : ip->b[i / 8] & ~bit);
	}
}

/* "0" to "128", digits only and no leading zero; -1 for anything else. */
static int bits_read(const char *text)
{
	int bits = 0;

	if (!isdigit((unsigned char)text[0]) || (text[0] == '0' && text[1]) || strlen(text) > 3)
		return -1;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -1;
		bits = bits * 10 + (*text - '0');
	}
	return bits;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole))
		return false;
	return !rest || !((a[whole] ^ b[whole]) >> (8 - rest));
}

/* Splits "ADDRESS/BITS"; the address as written. */
static bool cidr_read(const char *text, struct ip *addr, int *bits)
{
	const char *slash = strchr(text, '/');
	char part[IP_TEXT];
	size_t n;

	if (!slash || (size_t)(slash - text) >= sizeof part)
		return false;
	n = (size_t)(slash - text);
	memcpy(part, text, n);
	part[n] = '\0';
	*bits = bits_read(slash + 1);
	return ip_read(part, addr) && *bits >= 0 && *bits <= (int)ip_size((enum family)addr->family) * 8;
}

unsigned ip_size(enum family family)
{
	return family == FAMILY_4 ? 4 : 16;
}

int ip_parse(const char *text, struct ip *out, struct err *err)
{
	if (!ip_read(text, out))
		return err_set(err, ERR_INPUT, "not an IP address: \"%s\"", text);
	if (ip_mapped(out))
		ip_unmap(out);
	return 0;
}

const char *ip_print(const struct ip *ip, char buf[static IP_TEXT])
{
	if (!inet_ntop(ip->family == FAMILY_4 ? AF_INET : AF_INET6, ip->b, buf, IP_TEXT))
		buf[0] = '\0';
	return buf;
}

bool ip_is_many(const struct ip *ip)
{
	static const uint8_t limited[4] = {255, 255, 255, 255};

	if (ip->family == FAMILY_6)
		return ip->b[0] == 0xff;
	return ip->b[0] == 0 || ip->b[0] >> 4 == 0xe || !memcmp(ip->b, limited, sizeof limited);
}

int ip_cmp(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof a->b);
}

int cidr_parse(const char *text, struct cidr *out, struct err *err)
{
	struct ip addr;
	int bits;

	if (!cidr_read(text, &addr, &bits))
		return err_set(err, ERR_INPUT, "not a CIDR such as 10.0.0.0/8: \"%s\"", text);
	if (ip_mapped(&addr) && bits >= MAPPED_BITS) {
		ip_unmap(&addr);
		bits -= MAPPED_BITS;
	}
	*out = (struct cidr){addr, (uint8_t)bits};
	ip_fill(&out->addr, out->bits, false);
	return 0;
}

bool cidr_has(const struct cidr *cidr, const struct ip *ip)
{
	return cidr->addr.family == ip->family && bits_equal(cidr->addr.b, ip->b, cidr->bits);
}

bool cidr_covers(const struct cidr *outer, const struct cidr *inner)
{
	return outer->bits <= inner->bits && cidr_has(outer, &inner->addr);
}

struct ip_range cidr_range(const struct cidr *cidr)
{
	struct ip_range range = {cidr->addr, cidr->addr};

	ip_fill(&range.lo, cidr->bits, false);
	ip_fill(&range.hi, cidr->bits, true);
	return range;
}

bool ip_next(struct ip *ip)
{
	struct ip next = *ip;

	for (unsigned i = ip_size((enum family)ip->family); i-- > 0;) {
		if (++next.b[i]) {
			*ip = next;
			return true;
		}
	}
	return false;
}

bool ip_prev(struct ip *ip)
{
	struct ip prev = *ip;

	for (unsigned i = ip_size((enum family)ip->family); i-- > 0;) {
		if (prev.b[i]--) {
			*ip = prev;
			return true;
		}
	}
	return false;
}
