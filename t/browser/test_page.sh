#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the page of `selvage audit -o html` show what the audit says, to every reader, and nothing else?
here=$(dirname "$(readlink -f "$0")")
. "$here/../tap.sh"
BUILD=${BUILD:-$here/../../build}
selvage=${SELVAGE:-$BUILD/selvage}
unset KUBECONFIG
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

for program in chromium chromedriver python3; do
	command -v $program >/dev/null || tap_skip_all "no $program"
done
scratch=$(mktemp -d)
driver=
end() {
	[ -z "$SESSION" ] || curl -s -X DELETE "$SESSION" >/dev/null
	[ -z "$driver" ] || kill "$driver"
	wait
	rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' INT TERM

# Starts the driver and a session of a browser that has never been used.
begin() {
	mkdir "$scratch/profile"
	TMPDIR=$scratch chromedriver --port=0 >"$scratch/driver.log" 2>&1 &
	driver=$!
	for _ in $(seq 150); do
		port=$(sed -n 's/.* successfully on port \([0-9]*\).*/\1/p' "$scratch/driver.log")
		[ -z "$port" ] || break
		sleep 0.2
	done
	SESSION=$(cd "$here" && python3 -c 'import sys, webdriver; print(webdriver.new_session(*sys.argv[1:]))' \
		"http://127.0.0.1:$port" "$(command -v chromium)" "$scratch/profile")
	export SESSION
}

# page NAME INPUT [OPTION...]: audits, as a page and as JSON; findings and bad names are no failure.
page() {
	name=$1 from=$2
	shift 2
	for format in html json; do
		status=0
		"$selvage" audit --from "$from" -o $format "$@" >"$scratch/$name.$format" 2>"$scratch/err" || status=$?
		case $status in
		2) cat "$scratch/err" && return 1 ;;
		esac
	done
	[ -s "$scratch/$name.html" ]
}

check() {
	name=$1 page=$2
	shift 2
	python3 "$here/checks.py" "$name" "$scratch/$page.html" "$@"
}

# fails WORDS COMMAND...: it fails, and for this reason.
fails() {
	words=$1
	shift
	if output=$("$@" 2>&1); then
		echo "did not fail: $*"
		return 1
	fi
	echo "$output" | grep -qF -- "$words" || { echo "$output" && false; }
}

# The page as it would be if what is in it were not made harmless, with and without its Content-Security-Policy.
make_bad() {
	sed -e 's/\\u003c/</g' -e 's/\\u003e/>/g' "$scratch/hostile.html" >"$scratch/unescaped.html"
	sed '/Content-Security-Policy/d' "$scratch/unescaped.html" >"$scratch/naked.html"
	sed -e '/Content-Security-Policy/d' -e 's/made.append(...children)/made.innerHTML += children.map((c) => c.outerHTML ?? c).join("")/' \
		"$scratch/hostile.html" >"$scratch/markup.html"
	not cmp -s "$scratch/hostile.html" "$scratch/unescaped.html" && grep -q 'innerHTML' "$scratch/markup.html"
}

# The page of an audit that may not list NetworkPolicies, and one whose details take those for none.
make_forbidden() {
	for format in html json; do
		status=0
		python3 "$here/forbidden.py" "$selvage" $format >"$scratch/forbidden.$format" 2>"$scratch/err" || status=$?
		[ $status = 3 ] || { cat "$scratch/err" && return 1; }
	done
	sed -e 's/if (!POLICIES_KNOWN)/if (false)/' -e 's/if (POLICIES_KNOWN ||/if (true ||/' -e '/Content-Security-Policy/d' \
		"$scratch/forbidden.html" >"$scratch/guessing.html"
	grep -q 'if (true ||' "$scratch/guessing.html"
}

make_many() {
	make -s -C "$BUILD" t/bench/write_cluster && mkdir "$scratch/many" &&
		"$BUILD/t/bench/write_cluster" 2000 1500 500 "$scratch/many" && page many "$scratch/many" &&
		[ "$(wc -c <"$scratch/many.html")" -lt 10000000 ]
}

is_alone() {
	sed 's/<script type="application.json".*//' "$scratch/shop.html" | not grep -nE 'https?:|src=|@import|url\(|innerHTML|eval\('
}

begin || tap_skip_all "no browser starts here: $(tail -n 1 "$scratch/driver.log")"
tap_ok "an audit is a page" page shop "$here/shop.yaml"
tap_ok "it asks for nothing from anywhere" is_alone
tap_ok "it loads and the console has nothing to say" check loads shop
tap_ok "it holds what -o json says" check same_data shop "$scratch/shop.json"
tap_ok "a cell says who reaches whom, and not by colour alone" check says_states shop
tap_ok "a cell leads to pairs of workloads, ports and policies" check shows_details shop
tap_ok "what pairs have open is what their cell says" check pairs_agree shop
tap_ok "pairs, their ends and who decides are those of explain" check agrees_with_explain shop "$selvage" "$here/shop.yaml"
tap_ok "namespaces are filtered" check filters_namespace shop
tap_ok "ports are filtered" check filters_port shop
tap_ok "findings are filtered" check filters_finding shop
tap_ok "a finding comes with the policy that puts it right" check shows_fixes shop
tap_ok "keys lead through the matrix, to the details and back" check walks_by_keys shop
tap_ok "roles and names say what is what" check tells_roles shop
tap_ok "there is light and dark, the system's or one's own" check has_themes shop
tap_ok "it fits paper" check prints shop
tap_ok "it fits a phone" check fits_a_phone shop

tap_ok "names that are markup make a page" page hostile "$here/hostile.yaml"
tap_ok "they stay text" check is_harmless hostile
tap_ok "there are known-bad pages" make_bad
tap_ok "in data that is not escaped they do not" fails "found  'second'" check is_harmless naked
tap_ok "in a page that takes them for markup they do not" fails "found  " check is_harmless markup
tap_ok "the Content-Security-Policy stops them even there" check runs_nothing unescaped
tap_ok "without it a script runs" fails "found  'second'" check runs_nothing naked

tap_ok "without leave to list policies there is a page" make_forbidden
tap_ok "it holds what -o json says" check same_data forbidden "$scratch/forbidden.json"
tap_ok "its cells and their details say that it is not known, and why" check says_unknown forbidden
tap_ok "details that take policies that are not known for none do not" fails "no policy isolates it" check says_unknown guessing

tap_ok "500 namespaces make a page below 10 MB" make_many
tap_ok "it holds what -o json says" check same_data many "$scratch/many.json"
tap_ok "it loads, is walked through and filtered" check bears_many many
tap_ok "what pairs have open is what their cell says, in each part of it" check pairs_agree many
tap_ok "a part is printed whole, all of it as a picture" check prints_whole many
check times many
tap_done
