#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzes every target t/fuzz/fuzz_*.c for $FUZZ_SECONDS (60) seconds, from its corpus; says what it found in TAP.  New
# inputs and crashes go to $FUZZ_OUT/TARGET.
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
tree=$here/../..
out=${FUZZ_OUT:-fuzz}
libraries='libnftnl libnetfilter_log libmnl jansson yaml-0.1 libsodium libcurl libevent_core expat'

command -v clang >/dev/null || tap_skip_all "no clang"

# The sources as they are, of the rooms that read what others wrote, and what prints drops.
build() {
	# shellcheck disable=SC2046 # words
	clang -g -O1 -std=gnu17 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-I"$tree/include" -o "$out/$1/$1" "$here/$1.c" \
		$(find "$tree/src" -name '*.c' ! -path '*/cli/*' ! -path '*/agent/*' ! -path '*/compile/*' \
			\( ! -path '*/output/*' -o -name 'drop_print.c' -o -name 'json_print.c' -o -name 'miss_print.c' \
			-o -name 'yaml_print.c' \)) \
		$(pkg-config --cflags --libs $libraries)
}

fuzz() {
	corpus=$here/corpus/${1#fuzz_}
	mkdir -p "$out/$1/new"
	build "$1" && "$out/$1/$1" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$out/$1/" "$out/$1/new" "$corpus"
}

for target in "$here"/fuzz_*.c; do
	name=$(basename "$target" .c)
	tap_ok "$name survives ${FUZZ_SECONDS:-60} seconds" fuzz "$name"
done
tap_done
