/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a name one that Kubernetes allows?  (k8s.io/apimachinery, util/validation) */
#include <string.h>

#include "names.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

/* n bytes of `alphabet`, 1 to `most`, neither first nor last one of `inner`. */
static bool is_word(const char *s, size_t n, size_t most, const char *alphabet, const char *inner)
{
	if (!n || n > most || strspn(s, alphabet) < n)
		return false;
	return !strchr(inner, s[0]) && !strchr(inner, s[n - 1]);
}

static bool is_dns_label(const char *s, size_t n)
{
	return is_word(s, n, 63, LOWER DIGIT "-", "-");
}

static bool is_qualified(const char *s)
{
	return is_word(s, strlen(s), 63, LOWER UPPER DIGIT "-_.", "-_.");
}

/* Labels joined by dots, n bytes in all. */
static bool is_subdomain(const char *s, size_t n)
{
	const char *end = s + n;

	if (!n || n > 253)
		return false;
	for (;;) {
		const char *dot = memchr(s, '.', (size_t)(end - s));

		if (!is_word(s, (size_t)((dot ? dot : end) - s), 253, LOWER DIGIT "-", "-"))
			return false;
		if (!dot)
			return true;
		s = dot + 1;
	}
}

bool name_is_label(const char *name)
{
	return is_dns_label(name, strlen(name));
}

bool name_is_subdomain(const char *name)
{
	return is_subdomain(name, strlen(name));
}

bool name_is_port(const char *name)
{
	return is_word(name, strlen(name), 15, LOWER DIGIT "-", "-") && strpbrk(name, LOWER) && !strstr(name, "--");
}

bool name_is_label_key(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash ? is_subdomain(key, (size_t)(slash - key)) && is_qualified(slash + 1) : is_qualified(key);
}

bool name_is_label_value(const char *value)
{
	return !*value || is_qualified(value);
}
