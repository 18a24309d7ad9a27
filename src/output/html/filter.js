/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which rows, columns, findings and namespaces are wanted? */

const findingsOf = groupFindings();

/* The ids of the findings of each namespace. */
function groupFindings() {
	const groups = new Map();

	for (const finding of data.findings) {
		if (!groups.has(finding.namespace))
			groups.set(finding.namespace, new Set());
		groups.get(finding.namespace).add(finding.id);
	}
	return groups;
}

/* What the form asks for. `ports` is null if it asks for none. */
function readFilter() {
	const port = byId("filter-port").value.trim();
	const ports = port ? parsePorts(port) : null;

	return {
		terms: byId("filter-namespace").value.toLowerCase().split(/[\s,]+/).filter(Boolean),
		side: byId("filter-side").value,
		ports,
		error: port && !ports ? "A port is a number, a range or a protocol: 5432, TCP 80-90, UDP." : "",
		finding: byId("filter-finding").value,
	};
}

/* Is this a namespace that the filter is about? `null` is what lies outside. */
function matches(filter, space) {
	const name = (space ?? OUTSIDE).toLowerCase();

	return (!filter.terms.length || filter.terms.some((term) => name.includes(term))) &&
		(!filter.finding || Boolean(findingsOf.get(space)?.has(filter.finding)));
}

/* The state of each of the cells that differ, by its number. */
function statesOf(filter) {
	const states = cells.map((cell) => cellState(cell, filter.ports));

	return (from, to) => {
		const number = data.matrix.rows[from][to];

		return number === NO_PAIR ? "void" : states[number];
	};
}

function isOpen(state) {
	return state !== "void" && state !== "none";
}

/* What of the matrix to show: {rows, columns, state(from, to)}; with ports, without rows and columns that have none. */
function visibleOf(filter) {
	const everything = spaces.map((_, i) => i), matching = everything.filter((i) => matches(filter, spaces[i]));
	const state = statesOf(filter);
	let rows = filter.side === "to" ? everything : matching, columns = filter.side === "from" ? everything : matching;

	if (filter.ports) {
		const all = columns;

		columns = all.filter((to) => rows.some((from) => isOpen(state(from, to))));
		rows = rows.filter((from) => all.some((to) => isOpen(state(from, to))));
	}
	return {rows, columns, state};
}
