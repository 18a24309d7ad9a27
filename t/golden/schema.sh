#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is all JSON as its schema in examples/schema says, and does what is wrong with a document show?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
schema=$(readlink -f "$here/../../examples/schema/explain.json")
python3 -c 'import jsonschema' 2>/dev/null || tap_skip_all "there is no python3-jsonschema"
cd "$here/explain" || exit 2

says() {
	"$selvage" explain --from in.yaml -n shop -o json "$@" | python3 "$here/schema.py" "$schema"
}

# The document with a change made by jq breaks the schema.
breaks() {
	change=$1
	shift
	"$selvage" explain --from in.yaml -n shop -o json "$@" | jq "$change" | not python3 "$here/schema.py" "$schema"
}

tap_ok "pods" says web-7c9-a db-0:5432
tap_ok "a denied question" says ops/probe db-0:5433/UDP
tap_ok "an ICMP question" says ops/probe db-0
tap_ok "a workload and a Service" says deploy/web svc/db:3306
tap_ok "the world" says world deploy/web:8080
tap_ok "a range" says web-7c9-a 10.0.0.0/8:80
tap_ok "what is unknown" says waiting db-0:1
tap_ok "what is not there" says nobody db-0:1
tap_ok "a pod" says pod web-7c9-a
tap_ok "a policy" says policy web-from-world
tap_ok "assertions" says --assert asserts.yaml
tap_ok "a member too many shows" breaks '.answers[0].extra = 1' web-7c9-a db-0:5432
tap_ok "a member too few shows" breaks 'del(.answers[0].egress)' web-7c9-a db-0:5432
tap_ok "another type shows" breaks '.answers[0].ingress.isolated = "yes"' web-7c9-a db-0:5432
tap_ok "another version shows" breaks '.schemaVersion = 2' pod web-7c9-a
tap_done
