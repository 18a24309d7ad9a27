/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been measured, and is it what was wanted? */
#include "bench.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
	const char *name;
	json_t *figures;
	unsigned missed;
} bench;

static int double_cmp(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double series_at(struct series *series, double share)
{
	bench_must(series->n, "nothing was measured");
	vec_sort(series, double_cmp);
	return series->at[(size_t)(share * (double)(series->n - 1))];
}

int64_t bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void bench_begin(const char *name, const char *what)
{
	bench.name = name;
	bench.figures = json_array();
	printf("%s: %s\n", name, what);
	fflush(stdout);
}

void bench_part(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("  ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
}

static json_t *figure_put(double value, const char *unit, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static json_t *figure_put(double value, const char *unit, const char *fmt, va_list ap)
{
	char name[128];
	json_t *figure;

	vsnprintf(name, sizeof name, fmt, ap);
	figure = json_pack("{s:s, s:f, s:s}", "figure", name, "value", value, "unit", unit);
	json_array_append_new(bench.figures, figure);
	printf("    %-62s %12.*f %-6s", name, value < 100 ? 2 : 0, value, unit);
	return figure;
}

void bench_figure(double value, const char *unit, double base, const char *fmt, ...)
{
	json_t *figure;
	va_list ap;

	va_start(ap, fmt);
	figure = figure_put(value, unit, fmt, ap);
	va_end(ap);
	if (base > 0 || base < 0) {
		json_object_set_new(figure, "ratio", json_real(value / base));
		printf(" %8.2f x", value / base);
	}
	putchar('\n');
	fflush(stdout);
}

void bench_want(double value, const char *unit, double most, const char *fmt, ...)
{
	bool met = value <= most;
	json_t *figure;
	va_list ap;

	va_start(ap, fmt);
	figure = figure_put(value, unit, fmt, ap);
	va_end(ap);
	json_object_set_new(figure, "most", json_real(most));
	json_object_set_new(figure, "met", json_boolean(met));
	printf(" wanted <= %g: %s\n", most, met ? "met" : "MISSED");
	fflush(stdout);
	bench.missed += !met;
}

void bench_must(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (holds)
		return;
	va_start(ap, fmt);
	fprintf(stderr, "%s: ", bench.name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

int bench_end(void)
{
	const char *path = getenv("BENCH_JSON");

	if (path)
		bench_must(!json_dump_file(bench.figures, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6)),
			   "cannot write %s", path);
	json_decref(bench.figures);
	if (bench.missed)
		printf("  %u wanted figures missed\n", bench.missed);
	return bench.missed != 0;
}

double bench_memory(int pid, const char *field)
{
	char path[64], line[256];
	double kib = -1;
	FILE *file;

	snprintf(path, sizeof path, pid ? "/proc/%d/status" : "/proc/self/status", pid);
	file = fopen(path, "re");
	bench_must(file, "cannot read %s", path);
	while (kib < 0 && fgets(line, sizeof line, file))
		if (!strncmp(line, field, strlen(field)) && line[strlen(field)] == ':')
			kib = strtod(line + strlen(field) + 1, NULL);
	fclose(file);
	bench_must(kib >= 0, "%s has no %s", path, field);
	return kib * 1024 / 1e6;
}
