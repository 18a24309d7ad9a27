/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do build servers want test results? */
#include <selvage/junit.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>
#include <selvage/vec.h>

struct test {
	char *classname, *name, *file, *type, *message, *text; /* the last four may be NULL */
	unsigned line;
	enum junit_outcome outcome;
};

struct suite {
	char *name;
	VEC(struct test) tests;
};

struct junit {
	char *name;
	VEC(struct suite) suites;
};

static char *copy(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

struct junit *junit_new(const char *name)
{
	struct junit *junit = mem_new(1, sizeof *junit);

	junit->name = copy(name);
	return junit;
}

static void suite_fini(struct suite *suite)
{
	for (size_t i = 0; i < suite->tests.n; i++) {
		struct test *test = &suite->tests.at[i];

		free(test->classname);
		free(test->name);
		free(test->file);
		free(test->type);
		free(test->message);
		free(test->text);
	}
	vec_free(&suite->tests);
	free(suite->name);
}

void junit_free(struct junit *junit)
{
	if (!junit)
		return;
	for (size_t i = 0; i < junit->suites.n; i++)
		suite_fini(&junit->suites.at[i]);
	vec_free(&junit->suites);
	free(junit->name);
	free(junit);
}

void junit_suite(struct junit *junit, const char *name)
{
	*vec_add(&junit->suites) = (struct suite){.name = copy(name)};
}

static struct suite *last_suite(struct junit *junit)
{
	if (!junit->suites.n)
		abort(); /* a case needs a suite */
	return &junit->suites.at[junit->suites.n - 1];
}

void junit_case(struct junit *junit, const char *classname, const char *name, const char *file, unsigned line)
{
	struct suite *suite = last_suite(junit);

	*vec_add(&suite->tests) =
		(struct test){.classname = copy(classname), .name = copy(name), .file = copy(file), .line = line};
}

void junit_outcome(struct junit *junit, enum junit_outcome outcome, const char *type, const char *message,
		   const char *text)
{
	struct suite *suite = last_suite(junit);
	struct test *test;

	if (!suite->tests.n)
		abort(); /* nor an outcome without a case */
	test = &suite->tests.at[suite->tests.n - 1];
	free(test->type);
	free(test->message);
	free(test->text);
	test->type = copy(type);
	test->outcome = outcome;
	test->message = copy(message);
	test->text = copy(text);
}

/* What stands for a character in XML; NULL: itself. */
static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	}
	return NULL;
}

/* "Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]" (XML 1.0, 2.2): of what text_char() lets
 * through, only U+FFFE and U+FFFF are none. */
static size_t xml_char(const char *text)
{
	size_t n = text_char(text);

	return n == 3 && (!memcmp(text, "\xef\xbf\xbe", 3) || !memcmp(text, "\xef\xbf\xbf", 3)) ? 0 : n;
}

static void print_text(const char *text, bool lines, FILE *out)
{
	while (*text) {
		const char *as = entity(*text);
		size_t n = xml_char(text);

		if (as)
			fputs(as, out);
		else if (n)
			fwrite(text, 1, n, out);
		else if (lines && *text == '\n')
			fputc('\n', out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*text);
		text += n ? n : 1;
	}
}

static void print_attribute(const char *name, const char *value, FILE *out)
{
	if (!value)
		return;
	fprintf(out, " %s=\"", name);
	print_text(value, false, out);
	fputc('"', out);
}

static unsigned count(const struct suite *suite, enum junit_outcome outcome)
{
	unsigned n = 0;

	for (size_t i = 0; i < suite->tests.n; i++)
		n += suite->tests.at[i].outcome == outcome;
	return n;
}

/* Of one suite, or of all there are. */
static void print_counts(const struct suite *suites, size_t n, FILE *out)
{
	unsigned counts[JUNIT_OUTCOME_COUNT] = {0}, all = 0;

	for (size_t i = 0; i < n; i++) {
		all += (unsigned)suites[i].tests.n;
		for (int outcome = 0; outcome < JUNIT_OUTCOME_COUNT; outcome++)
			counts[outcome] += count(&suites[i], (enum junit_outcome)outcome);
	}
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"0\"", all,
		counts[JUNIT_FAILURE], counts[JUNIT_ERROR], counts[JUNIT_SKIPPED]);
}

static void print_outcome(const struct test *test, FILE *out)
{
	static const char *const names[JUNIT_OUTCOME_COUNT] = {
		[JUNIT_FAILURE] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
	const char *name = names[test->outcome];

	fprintf(out, "      <%s", name);
	print_attribute("message", test->message, out);
	if (test->outcome != JUNIT_SKIPPED)
		print_attribute("type", test->type ? test->type : name, out);
	if (!test->text) {
		fputs("/>\n", out);
		return;
	}
	fputc('>', out);
	print_text(test->text, true, out);
	fprintf(out, "</%s>\n", name);
}

static void print_test(const struct test *test, FILE *out)
{
	fputs("    <testcase", out);
	print_attribute("classname", test->classname, out);
	print_attribute("name", test->name, out);
	print_attribute("file", test->file, out);
	if (test->line)
		fprintf(out, " line=\"%u\"", test->line);
	fputs(" time=\"0\"", out);
	if (test->outcome == JUNIT_PASSED) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	print_outcome(test, out);
	fputs("    </testcase>\n", out);
}

void junit_print(const struct junit *junit, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	print_attribute("name", junit->name, out);
	print_counts(junit->suites.at, junit->suites.n, out);
	fputs(">\n", out);
	for (size_t i = 0; i < junit->suites.n; i++) {
		const struct suite *suite = &junit->suites.at[i];

		fputs("  <testsuite", out);
		print_attribute("name", suite->name, out);
		print_counts(suite, 1, out);
		fputs(">\n", out);
		for (size_t t = 0; t < suite->tests.n; t++)
			print_test(&suite->tests.at[t], out);
		fputs("  </testsuite>\n", out);
	}
	fputs("</testsuites>\n", out);
}
