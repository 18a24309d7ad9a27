/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What does the audit say of two namespaces, and of their workloads? */

const data = JSON.parse(byId("data").textContent);
const FAMILIES = ["ipv4", "ipv6"];
const NO_PAIR = -1;
const OUTSIDE = "outside the cluster";

/* Policies that the audit was not allowed to list may close anything that is open without them. */
const POLICIES_KNOWN = data.summary.networkPolicies !== null;

const spaces = data.matrix.namespaces;

function spaceName(i) {
	return spaces[i] ?? OUTSIDE;
}

const workloadsOf = groupBySpace();

/* The workloads of each namespace; outside, each class of addresses is one. */
function groupBySpace() {
	const groups = new Map(spaces.map((space) => [space, []]));

	for (const workload of data.workloads)
		groups.get(workload.namespace)?.push(workload);
	data.classes.forEach((one, i) => {
		if (one.namespace === null)
			groups.get(null)?.push({kind: "addresses", name: one.outside, pods: 0, classes: [i], classPods: [1]});
	});
	return groups;
}

/* The cells that differ, with their sets in place of numbers. */
const cells = data.matrix.cells.map((cell) => ({
	every: data.ports[cell.every],
	some: data.ports[cell.some],
	maybe: data.ports[cell.maybe],
	uniform: cell.every === cell.some,
}));

function cellAt(from, to) {
	const number = data.matrix.rows[from][to];

	return number === NO_PAIR ? null : cells[number];
}

/* "all", "some", "none", "unknown": of the ports that are asked for, or of all. */
function cellState(cell, asked) {
	if (!cell)
		return "void";
	if (asked ? holdsPorts(cell.every, asked) : isAllPorts(cell.every))
		return "all";
	if (asked ? overlapsPorts(cell.some, asked) : cell.some.length)
		return "some";
	return (asked ? overlapsPorts(cell.maybe, asked) : cell.maybe.length) ? "unknown" : "none";
}

/* What a state means in full: "some, TCP 5432". */
function cellText(cell, state) {
	switch (state) {
	case "void":
		return "no pair of pods";
	case "none":
		return cell.some.length ? `none; open: ${portsText(cell.some)}` : "none";
	case "unknown":
		return POLICIES_KNOWN ? `not known yet, ${portsText(cell.maybe)}` : "not known";
	case "some":
		return `some, ${portsText(cell.some)}${cell.uniform ? "" : ", not between every pair"}`;
	}
	return isAllPorts(cell.every) ? "all" : `all pairs, ${portsText(cell.every)}`;
}

function regimeOf(index, direction) {
	const number = data.classes[index][direction];

	return number === undefined ? null : data.regimes[number];
}

/* The first run that ends behind the class: [end, ports, policies ...] */
function runOf(runs, index) {
	let first = 0, last = runs.length - 1;

	while (first < last) {
		const middle = (first + last) >> 1;

		if (runs[middle][0] > index)
			last = middle;
		else
			first = middle + 1;
	}
	return runs[first];
}

/* What one end says: the ports, the policies that admit them, and those that isolate it (none: everything is open). */
function endOf(index, peer, direction, family) {
	const regime = regimeOf(index, direction);

	if (!regime || !regime.policies.length)
		return {ports: ALL_PORTS, admitting: [], isolating: []};
	const [, ports, ...admitting] = runOf(regime[family], peer);

	return {ports: data.ports[ports], admitting, isolating: regime.policies};
}

/* Adds up what the ends of several pairs of classes say. */
class End {
	constructor() {
		this.ports = [];
		this.admitting = new Set();
		this.isolating = new Set();
		this.isolated = true;
	}

	add(end) {
		this.ports = unitePorts(this.ports, end.ports);
		end.admitting.forEach((policy) => this.admitting.add(policy));
		end.isolating.forEach((policy) => this.isolating.add(policy));
		this.isolated &&= end.isolating.length > 0;
	}
}

/* Is there a pair of two pods, or of a pod and an address? */
function isPair(from, to, i, peer) {
	if (from === to && from.classes[i] === peer)
		return from.classPods[i] > 1;
	return data.classes[from.classes[i]].namespace !== null || data.classes[peer].namespace !== null;
}

/* [class of the one, class of the other, family]: between which there is a packet. */
function* classPairs(from, to) {
	for (let i = 0; i < from.classes.length; i++)
		for (const peer of to.classes) {
			const index = from.classes[i];
			const both = data.classes[index].families & data.classes[peer].families;

			if (!isPair(from, to, i, peer))
				continue;
			for (let f = 0; f < FAMILIES.length; f++)
				if (both & (1 << f))
					yield [index, peer, FAMILIES[f]];
		}
}

/* What is open from one workload to another, and who decides; null: they have no pair. */
function pairOf(from, to) {
	const pair = {from, to, open: [], uniform: true, egress: new End(), ingress: new End()};
	let first = null;

	for (const [index, peer, family] of classPairs(from, to)) {
		const egress = endOf(index, peer, "egress", family), ingress = endOf(peer, index, "ingress", family);
		const open = intersectPorts(egress.ports, ingress.ports), text = portsText(open);

		first ??= text;
		pair.uniform &&= first === text;
		pair.open = unitePorts(pair.open, open);
		pair.egress.add(egress);
		pair.ingress.add(ingress);
	}
	return first === null ? null : pair;
}

/* All pairs of workloads of two namespaces, what is open first. */
function pairsOf(from, to) {
	const pairs = [];

	for (const one of workloadsOf.get(spaces[from]))
		for (const other of workloadsOf.get(spaces[to])) {
			const pair = pairOf(one, other);

			if (pair)
				pairs.push(pair);
		}
	return pairs.sort((a, b) => (b.open.length > 0) - (a.open.length > 0));
}

function policyName(number) {
	const policy = data.policies[number];

	return `${policy.namespace}/${policy.name}`;
}
