/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a benchmark says: one line per figure, the same as JSON, and whether all wanted figures were met. */
#ifndef SELVAGE_BENCH_H
#define SELVAGE_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <selvage/vec.h>

/* Measurements of one thing. */
struct series {
	VEC(double);
};

/* The value that a share of the series does not exceed: 0 the least, 0.5 the median.  Sorts it. */
double series_at(struct series *series, double share);

int64_t bench_now(void); /* ns, monotonic */

/* Says what follows, and remembers it for bench_end(). */
void bench_begin(const char *name, const char *what);

/* A heading above some figures. */
void bench_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One figure; with a base other than 0 also as its multiple. */
void bench_figure(double value, const char *unit, double base, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A figure that must not exceed `most`. */
void bench_want(double value, const char *unit, double most, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Something that must hold for the figures to mean anything; ends the program if it does not. */
void bench_must(bool holds, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes the figures to the file that $BENCH_JSON names, if any.  The exit code: 1 if a wanted figure was missed. */
int bench_end(void);

/* "VmHWM" or another number of /proc/PID/status, in MB (10^6 bytes); pid 0: this process. */
double bench_memory(int pid, const char *field);

#endif
