#!/bin/sh
# Runs facts_roundtrip in a network namespace of its own, so that no ruleset but a scratch one is touched.
set -eu

prog="${top_builddir:-.}/t/netns/facts_roundtrip"

if ! unshare -n true 2>/dev/null; then
	echo "1..0 # SKIP a network namespace of its own takes CAP_SYS_ADMIN"
	exit 77
fi
exec unshare -n "$prog"
