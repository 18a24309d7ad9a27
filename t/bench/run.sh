#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the benchmarks in $BUILD (`make bench`): a table on standard output, and the figures in $BUILD/bench.json.
#
#	t/bench/run.sh [bench_packet ...]
BUILD=${BUILD:-.}
SELVAGE=${SELVAGE:-$BUILD/selvage}
export BUILD SELVAGE
[ $# != 0 ] || set -- bench_packet bench_established bench_event bench_live bench_cold bench_batch bench_cut bench_load \
	bench_plan bench_reach bench_shadow bench_sources bench_audit
missed=0
separator='{'

: >"$BUILD/bench.json"
for bench in "$@"; do
	status=0
	BENCH_JSON=$BUILD/bench.part.json "$BUILD/t/bench/$bench" || status=$?
	[ $status -lt 2 ] || exit $status
	missed=$((missed + status))
	{
		printf '%s\n"%s": ' "$separator" "$bench"
		cat "$BUILD/bench.part.json"
	} >>"$BUILD/bench.json"
	separator=,
	rm -f "$BUILD/bench.part.json"
done
echo '}' >>"$BUILD/bench.json"
[ $missed = 0 ]
