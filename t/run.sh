#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds selvage and runs all its tests: `sudo t/run.sh` on a fresh Debian 12 machine needs nothing else.  The last line is
# `N passed, N failed, N skipped`.
#
#	t/run.sh [--quick]        --quick runs only what `make check` runs
#	CONFIGURE=--enable-werror SOAK_SECONDS=3600 t/run.sh
TREE=$(dirname "$(dirname "$(readlink -f "$0")")")
BUILD=$TREE/build
SELVAGE=$BUILD/selvage
export TREE BUILD SELVAGE
cd "$TREE" || exit 2

passed=0
failed=0
skipped=0

add() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
	exit
}

# step NAME COMMAND...: shows what the command printed only if it fails, and then ends.
step() {
	echo "$1"
	shift
	("$@") >"$BUILD/step.log" 2>&1 || {
		tail -n 40 "$BUILD/step.log"
		add 0 1 0
		finish
	}
}

configure() {
	[ ! -f config.status ] || make distclean
	[ -x configure ] || autoreconf -fi
	# shellcheck disable=SC2086 # options are words
	cd "$BUILD" && ../configure $CONFIGURE
}

# script NAME COMMAND...: runs a test that prints TAP.
script() {
	log=$BUILD/$1.log
	mkdir -p "${log%/*}"
	echo "$1"
	shift
	status=0
	timeout -k 10 1200 "$@" >"$log" 2>&1 </dev/null || status=$?
	counts=$(awk -v status=$status -f t/tally.awk "$log")
	# shellcheck disable=SC2086 # three numbers
	add $counts
	case $counts in
	*' 0 '*) ;;
	*) grep -v '^ok' "$log" | tail -n 60 | sed 's/^/    /' ;;
	esac
}

# A program that fails its tests also exits with a status, which is no failure of its own.
count_check() {
	find t -name '*.trs' -exec awk '
		FNR == 1 { total += failed ? failed : errors; failed = errors = 0 }
		/^:test-result: (PASS|XFAIL)/ { passed++ }
		/^:test-result: SKIP/ { skipped++; print "  skipped: " FILENAME ": " $0 >"/dev/stderr" }
		/^:test-result: (FAIL|XPASS)/ { failed++ }
		/^:test-result: ERROR/ { errors++ }
		/^:test-result: (FAIL|XPASS|ERROR)/ { print "  failed: " FILENAME ": " $0 >"/dev/stderr" }
		END { print passed + 0, total + (failed ? failed : errors), skipped + 0 }' {} +
}

failed_logs() {
	find t -name '*.trs' -exec grep -lE '^:test-result: (FAIL|XPASS|ERROR)' {} + | sed 's/trs$/log/'
}

check() {
	echo "make check"
	cd "$BUILD" || exit 2
	find t -name '*.trs' -delete 2>/dev/null
	status=0
	make -k -j"$(nproc)" check >check.log 2>&1 || status=$?
	counts=$(count_check)
	case $status.${counts:=0 0 0} in
	0.*' 0 '*) ;;
	*.*' 0 '*)
		counts="${counts%% *} 1 ${counts##* }"
		grep -A 5 -e 'error:' -e '[*][*][*]' check.log | head -n 60
		;;
	*) failed_logs | xargs grep -hvE '^(ok|PASS:)' | head -n 200 | sed 's/^/    /' ;;
	esac
	# shellcheck disable=SC2086 # three numbers
	add $counts
	cd "$TREE" || exit 2
}

mkdir -p "$BUILD"
step "packages" t/install.sh build test
step "configure" configure
step "make" make -C "$BUILD" -j"$(nproc)"
if [ "$1" != --quick ]; then
	script t/lint t/lint/run.sh
fi
check
if [ "$1" != --quick ]; then
	for f in t/netns/*.sh t/e2e/*.sh t/browser/*.sh; do
		[ ! -x "$f" ] || script "${f%.sh}" "$f"
	done
	script t/soak t/soak/run.sh "${SOAK_SECONDS:-300}"
fi
finish
