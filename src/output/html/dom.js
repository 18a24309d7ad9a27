/* SPDX-License-Identifier: GPL-2.0-or-later */
"use strict";

/* How do texts become elements? Names are not ours: they are put in as text, never as markup. */

/* An element with attributes (on...: listeners) and children, which are nodes or texts. */
function node(tag, attributes, ...children) {
	const made = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on"))
			made.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined)
			made.setAttribute(name, value);
	}
	made.append(...children);
	return made;
}

function byId(id) {
	return document.getElementById(id);
}

/* "1 pod", "2 pods" */
function count(n, one, many) {
	return `${n.toLocaleString("en")} ${n === 1 ? one : many || one + "s"}`;
}

/* A table with a header: columns are texts, rows are lists of texts or nodes, the first of which names its row. */
function table(caption, columns, rows) {
	const head = node("thead", {}, node("tr", {}, ...columns.map((text) => node("th", {scope: "col"}, text))));
	const cells = (row) => row.map((cell, i) => (i ? node("td", {}, cell) : node("th", {scope: "row"}, cell)));
	const body = node("tbody", {}, ...rows.map((row) => node("tr", {}, ...cells(row))));

	return node("table", {}, node("caption", {class: "hidden"}, caption), head, body);
}

/* Shows a long list piece by piece: make(slice of items) gives nodes that go into `into`. */
function pieces(into, after, items, size, make) {
	let shown = 0;
	const more = node("button", {type: "button", class: "more", onclick: show});

	function show() {
		into.append(...make(items.slice(shown, shown + size)));
		shown = Math.min(items.length, shown + size);
		more.textContent = `Show more (${count(items.length - shown, "is", "are")} left)`;
		if (shown < items.length)
			after.append(more);
		else
			more.remove();
	}
	show();
}

/* Calls back once at the next frame, however often it is asked to until then. */
function atNextFrame(callback) {
	let asked = false;

	return () => {
		if (asked)
			return;
		asked = true;
		requestAnimationFrame(() => {
			asked = false;
			callback();
		});
	};
}
