/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is behind a cell? Its pairs of workloads, their ports, and the policies that decide. */

const PAIRS_SHOWN = 50;

function workloadNode(workload) {
	const pods = workload.pods > 1 ? ` (${workload.pods})` : "";

	return node("span", {title: workload.kind}, node("span", {class: "muted"}, `${workload.kind} `), workload.name, pods);
}

function policyNodes(policies) {
	return [...policies].sort((a, b) => a - b).map((policy) => node("li", {}, node("code", {}, policyName(policy))));
}

/* Who decides at one end: what no policy isolates admits all; what is isolated admits what a policy names. */
function endNode(end) {
	if (!POLICIES_KNOWN)
		return node("span", {class: "muted"}, "not known");
	const words = !end.isolating.size ? "open: no policy isolates it"
		: end.admitting.size ? "admitted by"
		: end.ports.length ? "open: not all pods are isolated"
		: "denied: no rule admits it; isolated by";
	const policies = end.admitting.size ? end.admitting : end.ports.length ? [] : end.isolating;

	return node("div", {}, node("span", {class: "muted"}, words), node("ul", {class: "policies"}, ...policyNodes(policies)));
}

function verdictNode(tag, state, ...words) {
	return node(tag, {class: "verdict"}, node("span", {class: `cell ${state}`, "aria-hidden": "true"}), ...words);
}

function portsNode(pair) {
	if (!POLICIES_KNOWN)
		return verdictNode("span", "unknown", "not known");
	const state = isAllPorts(pair.open) ? "all" : pair.open.length ? "some" : "none";
	const both = pair.egress.ports.length && pair.ingress.ports.length;
	const words = pair.open.length || !both ? portsText(pair.open)
		: `none: out ${portsText(pair.egress.ports)}, in ${portsText(pair.ingress.ports)}`;

	return verdictNode("span", state, words,
		pair.uniform ? "" : node("span", {class: "muted"}, " not between all of their pods"));
}

function pairRow(pair) {
	return node("tr", {},
		node("th", {scope: "row"}, workloadNode(pair.from), node("span", {class: "muted"}, " to "), workloadNode(pair.to)),
		node("td", {}, portsNode(pair)), node("td", {}, endNode(pair.egress)), node("td", {}, endNode(pair.ingress)));
}

function pairsNode(pairs, caption) {
	const made = table(caption, ["Workloads", "Open", "Leaving", "Arriving"], []);
	const box = node("div", {class: "wide", tabindex: 0, role: "region", "aria-label": caption}, made);

	pieces(made.tBodies[0], box, pairs, PAIRS_SHOWN, (some) => some.map(pairRow));
	return box;
}

function unknownNodes(cell) {
	if (!cell || !POLICIES_KNOWN || portsText(cell.maybe) === portsText(cell.some))
		return [];
	return [node("p", {class: "note"}, `Some pods have no address yet; may be open too: ${portsText(cell.maybe)}.`)];
}

/* How many pairs are open; where nobody knows, why. */
function pairsSentence(pairs) {
	const open = pairs.filter((pair) => pair.open.length).length;

	if (POLICIES_KNOWN || !pairs.length)
		return `${count(open, "pair")} of workloads open, ${pairs.length - open} closed`;
	return `What is open between ${count(pairs.length, "pair")} of workloads is not known: ` +
		"the audit was not allowed to list NetworkPolicies";
}

/* Fills the box with the details of a cell and gives a sentence about them. */
function showDetails(box, from, to, asked) {
	const cell = cellAt(from, to), state = cellState(cell, null), name = `${spaceName(from)} to ${spaceName(to)}`;
	const pairs = pairsOf(from, to).filter((pair) => !asked || !pair.open.length || overlapsPorts(pair.open, asked));
	const sentence = pairsSentence(pairs);

	box.replaceChildren(
		node("h3", {}, spaceName(from), node("span", {class: "arrow", "aria-label": "to"}, " \u2192 "), spaceName(to)),
		verdictNode("p", state, cellText(cell, state)),
		node("p", {class: "muted"}, `${sentence}.`), ...unknownNodes(cell));
	if (pairs.length)
		box.append(pairsNode(pairs, `Workloads of ${name}`));
	return `${name}: ${cellText(cell, state)}. ${sentence}.`;
}
