/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What was found and how is it put right, and how is each namespace isolated? */

const FINDINGS_SHOWN = 50;
const NAMESPACES_SHOWN = 100;
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const rules = new Map(data.rules.map((rule) => [rule.id, rule]));

function badge(severity) {
	return node("span", {class: `badge ${severity}`}, severity);
}

/* The ready policies of a rule, as they would be applied in the namespace of a finding. */
function fixNodes(finding) {
	const names = finding.namespace ? rules.get(finding.id)?.policies ?? [] : [];

	return names.map((name) => {
		const text = data.fixes[name].replace("\n  namespace: NAMESPACE",
			() => `\n  namespace: ${JSON.stringify(finding.namespace)}`);
		const copy = node("button", {type: "button", "aria-label": `Copy ${name}`, onclick: () => {
			navigator.clipboard?.writeText(text).then(() => (copy.textContent = "Copied"), () => {});
		}}, "Copy");

		return node("figure", {}, node("figcaption", {}, node("code", {}, `${name}.yaml`), copy),
			node("pre", {tabindex: 0}, text));
	});
}

function placeText(finding) {
	return finding.file ? [node("p", {class: "muted"}, finding.line ? `${finding.file}:${finding.line}` : finding.file)] : [];
}

function findingBody(finding) {
	const rule = rules.get(finding.id);

	return node("div", {class: "body"}, ...placeText(finding), node("p", {}, `${rule.what} ${rule.why}`),
		node("p", {}, node("strong", {}, "Fix: "), finding.fix ?? rule.fix), ...fixNodes(finding));
}

/* One finding, whose body is made when it is wanted. */
function findingNode(finding) {
	const made = node("details", {class: "finding", "data-id": finding.id, ontoggle: fill}, node("summary", {},
		badge(finding.severity), node("span", {class: "id"}, `${finding.id} ${finding.name}`),
		node("span", {class: "where"}, finding.where ?? ""), node("span", {class: "message"}, finding.message)));

	function fill() {
		if (made.open && made.children.length === 1)
			made.append(findingBody(finding));
	}
	return made;
}

function showFindings(box, filter) {
	const all = data.findings.filter((finding) => (!filter.finding || finding.id === filter.finding) &&
		(!filter.terms.length || matches({...filter, finding: ""}, finding.namespace ?? finding.where ?? "")));
	const list = node("div");

	box.replaceChildren(list);
	byId("findings-title").textContent = `Findings (${all.length})`;
	if (!all.length)
		list.append(node("p", {class: "muted"}, data.findings.length ? "None match the filter." : "None."));
	else
		pieces(list, box, all, FINDINGS_SHOWN, (some) => some.map(findingNode));
}

/* What could be more than is known is null. */
function known(n) {
	return n === null ? "?" : `${n}`;
}

/* "3 of 5", with the share as a bar. */
function shareNode(part, all) {
	const bar = node("span", {class: "bar", "aria-hidden": "true"}), full = node("span");

	if (part === null || all === null)
		return "?";
	full.style.width = all ? `${(100 * part) / all}%` : "0";
	bar.append(full);
	return node("span", {class: "share"}, bar, all ? `${part} of ${all}` : "-");
}

function countsNode(counts) {
	const found = SEVERITIES.filter((severity) => counts[severity]);

	return found.length ? node("span", {class: "counts"}, ...found.map((severity) =>
		node("span", {class: `badge ${severity}`}, `${counts[severity]} ${severity}`))) : "-";
}

function spaceRow(space) {
	return [space.name, known(space.pods), known(space.networkPolicies), shareNode(space.isolated.ingress, space.pods),
		shareNode(space.isolated.egress, space.pods), `${space.newPod.ingress} / ${space.newPod.egress}`,
		space.reachableFrom, space.reaches, space.dns, countsNode(space.findings)];
}

function showNamespaces(box, filter) {
	const all = data.namespaces.filter((space) => matches(filter, space.name));
	const columns = ["Namespace", "Pods", "Policies", "Isolated in", "Isolated out", "New pod in / out", "Reachable from",
		"Reaches", "DNS", "Findings"];
	const made = table("Namespaces", columns, []);

	box.replaceChildren(made);
	byId("namespaces-title").textContent = `Namespaces (${all.length})`;
	pieces(made.tBodies[0], box, all, NAMESPACES_SHOWN,
		(some) => [...table("", [], some.map(spaceRow)).tBodies[0].rows]);
}
