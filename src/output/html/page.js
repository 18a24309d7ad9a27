/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What does the reader do, and what does the page do then? */

const WHOLE_MAX = 60; /* namespaces, of which a matrix fits on paper as a grid */
const THEME_KEY = "selvage-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const paper = matchMedia("print");
const grid = new Grid(byId("grid"), {open: openCell, hint: (text) => (byId("grid-hint").textContent = text),
	moved: () => overview?.follow()});
let overview = null;
let filter = readFilter();
let view = null;

function openCell(from, to) {
	byId("live").textContent = showDetails(byId("details"), from, to, filter.ports);
}

/* Draws all anew for what the form asks for. */
function apply() {
	filter = readFilter();
	view = visibleOf(filter);
	byId("filter-error").textContent = filter.error;
	byId("filter-status").textContent = `${view.rows.length} of ${count(spaces.length, "row")}, ` +
		`${view.columns.length} of ${count(spaces.length, "column")}`;
	grid.show(view);
	overview.draw(view);
	showFindings(byId("findings-list"), filter);
	showNamespaces(byId("namespaces-list"), filter);
}

function fillSummary() {
	const {pods, hostNetworkPods, namespaces, networkPolicies, findings} = data.summary;
	const outside = hostNetworkPods ? ` ${count(hostNetworkPods, "pod")} on the host network, outside policy.` : "";

	const missing = data.unknown.length ? ` Unknown, for want of what they hang on: ${data.unknown.join(", ")}.` : "";

	byId("summary").textContent = `${pods === null ? "? pods" : count(pods, "pod")}, ${count(namespaces, "namespace")}, ` +
		`${networkPolicies === null ? "? NetworkPolicies" : count(networkPolicies, "NetworkPolicy", "NetworkPolicies")}, ` +
		`${count(findings, "finding")}.${outside}${missing}`;
}

function fillFindingFilter() {
	const found = new Set(data.findings.map((finding) => finding.id));

	byId("filter-finding").append(...data.rules.filter((rule) => found.has(rule.id)).map((rule) =>
		node("option", {value: rule.id}, `${rule.id} ${rule.name}`)));
}

/* A page that was not served may have no storage. */
function stored(change) {
	try {
		return change(localStorage);
	} catch {
		return null;
	}
}

function isDark() {
	return (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
}

function themeChanged() {
	byId("theme").setAttribute("aria-pressed", isDark());
	if (view)
		overview.draw(view);
}

function setTheme(theme) {
	if (theme === "dark" || theme === "light")
		document.documentElement.dataset.theme = theme;
	themeChanged();
}

function toggleTheme() {
	const theme = isDark() ? "light" : "dark";

	setTheme(theme);
	stored((storage) => storage.setItem(THEME_KEY, theme));
}

/* On paper a small matrix is there as a whole, a large one as its picture. */
function paperChanged() {
	const small = Math.max(view.rows.length, view.columns.length) <= WHOLE_MAX;

	document.documentElement.classList.toggle("large", !small);
	grid.setWhole(paper.matches && small);
	overview.draw(view);
}

function listen() {
	const form = byId("filters");

	form.addEventListener("input", atNextFrame(apply));
	form.addEventListener("reset", () => setTimeout(apply));
	form.addEventListener("submit", (event) => event.preventDefault());
	byId("theme").addEventListener("click", toggleTheme);
	byId("details").addEventListener("keydown", (event) => event.key === "Escape" && grid.go(grid.active));
	dark.addEventListener("change", themeChanged);
	paper.addEventListener("change", paperChanged);
}

function start() {
	fillSummary();
	fillFindingFilter();
	overview = new Overview(byId("overview"), byId("overview-frame"), grid);
	setTheme(stored((storage) => storage.getItem(THEME_KEY)));
	listen();
	apply();
}

start();
