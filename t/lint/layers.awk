# SPDX-License-Identifier: GPL-2.0-or-later
# Reads `room STEM ROOM` for every source and `include FILE:LINE:#include ...`, prints what breaks the layers.

BEGIN {
	n = split("base|model:base|input:model base|compile:model base|dataplane:model base|output:model base|" \
		"agent:output input compile dataplane model base|cli:agent output input compile dataplane model base", rooms, "|")
	for (i = 1; i <= n; i++) {
		split(rooms[i], pair, ":")
		may[pair[1], pair[1]] = 1
		m = split(pair[2], below, " ")
		for (j = 1; j <= m; j++)
			may[pair[1], below[j]] = 1
	}
	middle["input"] = middle["compile"] = middle["dataplane"] = 1

	# Headers that have no source of their own name.
	room["vec"] = "base"
	room["flow"] = room["object"] = room["packet"] = room["problem"] = "model"
	room["sink"] = "input"
	room["nl"] = "dataplane"
	room["cli"] = room["main"] = "cli"

	# Libraries, and the only files that may name them.
	library("libmnl/", "^src/dataplane/(conntrack|drops|links|nl|nl_.*|monitor)[.][ch]$")
	library("libnftnl/", "^src/dataplane/(nl|nl_.*|monitor)[.][ch]$")
	library("libnetfilter_log/", "^src/dataplane/drops[.]c$")
	library("curl/", "^src/input/http(_.*)?[.][ch]$")
	library("expat[.]h", "^src/input/flows_xml[.]c$")
	library("yaml[.]h", "^src/input/manifest.*[.][ch]$|^src/output/yaml_print[.]c$|^t/bench/bench_load[.]c$")
	library("jansson[.]h", "^src/(input|output)/|^src/cli/(agent_ask|audit_(filter|json.*|matrix|node|write)|cmd_snapshot|explain.*|assertions|links|plan_.*|question_line)[.][ch]$|" \
		"^include/selvage/(decode|drop_print|findings_json|html|json_print|manifest|miss_print|object_json|reconcile|status|verdict_print|yaml_print)[.]h$|^t/unit/|^t/bench/bench_load[.]c$")
	library("event2/", "^src/agent/(health|local|loop)[.]c$|^src/input/(http|watch|cluster|nodeget).*[.]c$|^src/input/plugin[.]c$|" \
		"^include/selvage/health[.]h$|^t/(unit|watch)/")
	library("systemd/", "^src/agent/")
	library("sodium", "^src/base/(digest|hmap)[.]c$|^src/input/(execcred|kubeconf_parts|trust)[.]c$|^src/output/html[.]c$|^include/selvage/digest[.]h$")
	library("roaring/", "^src/compile/(everywhere|labelindex)[.][ch]$")
	library("libsmartcols/", "^src/output/table_text[.]c$")
	library("nftables/", "^t/")
	library("criterion/", "^t/")
}

function library(header, files)
{
	libraries[header] = files
}

function stem_of(path)
{
	sub(/^.*\//, "", path)
	sub(/[.][ch]$/, "", path)
	return path
}

# The room a file belongs to; "" for one that belongs to none.
function room_of(path, stem)
{
	if (path ~ /^src\//) {
		split(path, part, "/")
		return part[2]
	}
	stem = stem_of(path)
	if (path ~ /^t\//)
		sub(/^test_/, "", stem)
	return room[stem]
}

function bad(what)
{
	print where ": " what
}

function check_library(header, file, l)
{
	for (l in libraries)
		if (header ~ "^" l && file !~ libraries[l])
			bad("<" header "> belongs to other files")
}

function check_room(stem, file, from, to)
{
	from = room_of(file)
	to = room[stem]
	if (from == "" && file ~ /^t\//)
		return
	if (from == "" || to == "")
		bad("no room is known for " (to == "" ? "<selvage/" stem ".h>" : "this file"))
	else if (!may[from, to])
		bad(from " may not know " to " (<selvage/" stem ".h>)")
	else if (to in middle)
		check_middle(file, to)
}

function check_middle(file, to)
{
	if (stem_of(file) ~ /^reconcile(_.*)?$|^cmd_/ || file ~ /^t\//)
		return
	if (file in names && names[file] != to)
		bad("names two middle rooms, " names[file] " and " to)
	names[file] = to
}

function check_private(header, file)
{
	if (header == "config.h" || file ~ /^t\//)
		return
	if (header ~ /\// || !((room_of(file), stem_of(header)) in private))
		bad("\"" header "\" is not of this room")
}

$1 == "room" {
	room[$2] = $3
	private[$3, $2] = 1
}

$1 == "include" {
	split($2, at, ":")
	where = at[1] ":" at[2]
	header = $0
	sub(/^.*include[ \t]*[<"]/, "", header)
	sub(/[>"].*$/, "", header)
	if (header ~ /^selvage\//)
		check_room(stem_of(header), at[1])
	else if ($0 ~ /include[ \t]*"/)
		check_private(header, at[1])
	else
		check_library(header, at[1])
}
