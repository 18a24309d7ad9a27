/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which ports are in a set? A set is a list of {proto, from, to} as the audit writes it: sorted, disjoint; "any" stands for
 * all protocols that have no entry of their own, and has no ports.
 */

const LAST_PORT = 65535;
const PROTOS = ["any", "TCP", "UDP", "SCTP"];
const ALL_PORTS = PROTOS.map((proto) => (proto === "any" ? {proto} : {proto, from: 0, to: LAST_PORT}));

function low(part) {
	return part.from ?? 0;
}

function high(part) {
	return part.to ?? LAST_PORT;
}

function isWhole(part) {
	return low(part) === 0 && high(part) === LAST_PORT;
}

function isAllPorts(set) {
	return set.length === PROTOS.length && set.every(isWhole);
}

function intersectPorts(a, b) {
	const both = [];

	for (const x of a)
		for (const y of b) {
			const from = Math.max(low(x), low(y)), to = Math.min(high(x), high(y));

			if (x.proto === y.proto && from <= to)
				both.push(x.proto === "any" ? {proto: "any"} : {proto: x.proto, from, to});
		}
	return both;
}

function comparePorts(x, y) {
	return PROTOS.indexOf(x.proto) - PROTOS.indexOf(y.proto) || low(x) - low(y);
}

function unitePorts(a, b) {
	const sum = [];

	for (const part of [...a, ...b].sort(comparePorts)) {
		const last = sum[sum.length - 1];

		if (!last || last.proto !== part.proto || low(part) > high(last) + 1)
			sum.push({...part});
		else if (part.proto !== "any")
			last.to = Math.max(last.to, part.to);
	}
	return sum;
}

function rangeText(part) {
	return part.from === part.to ? `${part.from}` : `${part.from}-${part.to}`;
}

/* "TCP 80,443; UDP 53", "all", "none" */
function portsText(set) {
	if (!set.length || isAllPorts(set))
		return set.length ? "all" : "none";
	return [...PROTOS.slice(1), "any"].flatMap((proto) => {
		const parts = set.filter((part) => part.proto === proto);

		if (!parts.length)
			return [];
		if (proto === "any")
			return ["other protocols"];
		return [isWhole(parts[0]) ? proto : `${proto} ${parts.map(rangeText).join(",")}`];
	}).join("; ");
}

/* What was asked for, "5432", "udp 53", "TCP 80-90", "sctp", as sets of which one suffices; null: nothing, or no sense. */
function parsePorts(text) {
	const words = /^\s*(tcp|udp|sctp)?\s*(?:(\d{1,5})(?:\s*-\s*(\d{1,5}))?)?\s*$/i.exec(text);

	if (!words || (!words[1] && !words[2]))
		return null;
	const from = Number(words[2] ?? 0), to = Number(words[3] ?? words[2] ?? LAST_PORT);
	const protos = words[1] ? [words[1].toUpperCase()] : PROTOS.slice(1);

	return from <= to && to <= LAST_PORT ? protos.map((proto) => [{proto, from, to}]) : null;
}

function overlapsPorts(set, asked) {
	return asked.some((one) => intersectPorts(set, one).length > 0);
}

/* Is all of one of what was asked for in the set? */
function holdsPorts(set, asked) {
	return asked.some((one) => {
		const both = intersectPorts(set, one);

		return both.length === 1 && both[0].from === one[0].from && both[0].to === one[0].to;
	});
}
