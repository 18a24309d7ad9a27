/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates to trust, as files that are replaced, emptied and half-written. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/input/trust.h"

#include "unit.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
/* SEQUENCE of 131 zeros: as short as one with a long length can be */
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BODY "MIGD" ZEROS ZEROS ZEROS ZEROS ZEROS "=\n"
#define ONE BEGIN BODY END

static bool whole(const char *text)
{
	return trust_whole(text, strlen(text));
}

UNIT(trust, takes_whole_certificates_only)
{
	cr_expect(whole(ONE));
	cr_expect(whole("# a comment\n" ONE ONE "\n"));
	cr_expect(!whole(""));
	cr_expect(!whole("hello"));
	cr_expect(!whole(BEGIN BODY));
	cr_expect(!whole(ONE BEGIN));
	cr_expect(!whole(BEGIN "MIGDAAAA\n" END));
	cr_expect(!whole(BEGIN "not base64\n" END));
	cr_expect(!whole(ONE "-----BEGIN CERT"));
}

UNIT(trust, a_file_cut_off_anywhere_is_not_whole)
{
	static const char two[] = ONE ONE;

	for (size_t n = 0; n < sizeof two - 2; n++)
		if (n < sizeof(ONE) - 2 || n > sizeof(ONE))
			cr_expect(!trust_whole(two, n), "%zu of %zu bytes", n, sizeof two - 1);
}

struct scene {
	char path[64];
	struct kubeconf_pem ca;
	struct trust trust;
};

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

static void begin(struct scene *s, const char *text)
{
	*s = (struct scene){.path = "/tmp/selvage-trust-XXXXXX"};
	close(mkstemp(s->path));
	write_file(s->path, text);
	s->ca.file = s->path;
	s->trust.ca = &s->ca;
}

static void end(struct scene *s)
{
	trust_fini(&s->trust);
	unlink(s->path);
}

/* What is trusted after so many seconds; "" if nothing can be. */
static const char *trusted(struct scene *s, double seconds)
{
	const char *text;
	size_t size;
	struct err err;

	if (trust_get(&s->trust, (struct mono){(int64_t)(seconds * 1e9)}, &text, &size, &err))
		return "";
	return text;
}

UNIT(trust, reads_the_file_again_after_five_minutes)
{
	struct scene s;

	begin(&s, ONE);
	cr_assert_eq(strncmp(trusted(&s, 1), ONE, strlen(ONE)), 0);
	write_file(s.path, "# new\n" ONE);
	cr_expect_eq(trusted(&s, 200)[0], '-');
	cr_expect_eq(trusted(&s, 302)[0], '#');
	end(&s);
}

UNIT(trust, keeps_the_old_ones_while_the_file_is_no_good)
{
	struct scene s;

	begin(&s, ONE);
	cr_assert_str_not_empty(trusted(&s, 1));
	write_file(s.path, "");
	cr_expect_eq(strncmp(trusted(&s, 400), ONE, strlen(ONE)), 0);
	write_file(s.path, BEGIN BODY);
	cr_expect_eq(strncmp(trusted(&s, 800), ONE, strlen(ONE)), 0);
	unlink(s.path);
	cr_expect_eq(strncmp(trusted(&s, 1200), ONE, strlen(ONE)), 0);
	write_file(s.path, "# new\n" ONE);
	cr_expect_eq(trusted(&s, 1600)[0], '#');
	end(&s);
}

UNIT(trust, reads_at_once_when_the_server_does_not_fit)
{
	struct scene s;

	begin(&s, ONE);
	cr_assert_str_not_empty(trusted(&s, 1));
	write_file(s.path, "# new\n" ONE);
	s.trust.doubted = true;
	cr_expect_eq(trusted(&s, 2.5)[0], '#');
	end(&s);
}

UNIT(trust, has_nothing_to_begin_with_if_the_file_is_no_good)
{
	struct scene s;

	begin(&s, "");
	cr_expect_str_empty(trusted(&s, 1));
	write_file(s.path, ONE);
	cr_expect_str_not_empty(trusted(&s, 1.1));
	end(&s);
}

UNIT(trust, is_the_systems_own_without_a_file)
{
	struct kubeconf_pem none = {NULL, NULL};
	struct trust trust = {.ca = &none};
	const char *text = "x";
	size_t size;
	struct err err;

	cr_expect_eq(trust_get(&trust, (struct mono){1}, &text, &size, &err), 0);
	cr_expect_null(text);
}
