/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How is a matrix of any size shown and walked through? As a grid (WAI-ARIA Authoring Practices, "Grid") of which only what
 * is in sight is in the document, and the cell that has the focus.
 */

const OVERSCAN = 4;

/* A length in pixels that the style gives. */
function length(element, name) {
	return parseFloat(getComputedStyle(element).getPropertyValue(name));
}

class Grid {
	/* open(from, to): a cell was chosen; hint(text): the pointer or the focus is on one. */
	constructor(box, {open, hint, moved}) {
		Object.assign(this, {box, open, hint, moved});
		this.view = {rows: [], columns: [], state: () => "void"};
		this.active = {row: 0, column: 0};
		this.chosen = null;
		this.whole = false;
		this.field = node("div", {class: "field", role: "presentation"});
		box.append(this.field);
		this.listen();
	}

	listen() {
		const draw = atNextFrame(() => this.draw());

		this.box.addEventListener("scroll", draw, {passive: true});
		new ResizeObserver(atNextFrame(() => this.refresh())).observe(this.box);
		this.box.addEventListener("keydown", (event) => this.key(event));
		this.box.addEventListener("click", (event) => this.choose(this.placeOf(event.target)));
		this.box.addEventListener("focusin", (event) => this.point(this.placeOf(event.target)));
		this.box.addEventListener("pointerover", (event) => this.point(this.placeOf(event.target)));
		this.box.addEventListener("pointerleave", () => this.point(null));
	}

	/* Shows another view from its beginning. */
	show(view) {
		this.view = view;
		this.active = {row: 0, column: 0};
		this.box.scrollTo(0, 0);
		this.refresh();
	}

	/* Draws all of it at once, for paper, or what is in sight. */
	setWhole(whole) {
		this.whole = whole;
		this.refresh();
	}

	refresh() {
		this.drawn = "";
		this.measure();
		this.draw();
	}

	measure() {
		const {rows, columns} = this.view;

		this.cell = length(this.box, "--cell");
		this.head = {width: length(this.box, "--head-width"), height: length(this.box, "--head-height")};
		this.field.style.width = `${this.head.width + columns.length * this.cell}px`;
		this.field.style.height = `${this.head.height + rows.length * this.cell}px`;
		this.box.setAttribute("aria-rowcount", rows.length + 1);
		this.box.setAttribute("aria-colcount", columns.length + 1);
	}

	/* Which of n rows or columns are in sight, in steps, so that a little scrolling draws nothing. */
	range(n, scrolled, size, active) {
		const first = Math.max(0, Math.floor(scrolled / this.cell / OVERSCAN) * OVERSCAN - OVERSCAN);
		const last = Math.min(n, first + Math.ceil(size / this.cell) + 3 * OVERSCAN);
		const places = [];

		if (this.whole)
			return Array.from({length: n}, (_, i) => i);
		for (let i = first; i < last; i++)
			places.push(i);
		if (active < first)
			places.unshift(active);
		else if (active >= last && active < n)
			places.push(active);
		return places;
	}

	draw() {
		const {box, view, active} = this;
		const rows = this.range(view.rows.length, box.scrollTop, box.clientHeight, active.row);
		const columns = this.range(view.columns.length, box.scrollLeft, box.clientWidth, active.column);
		const key = [rows[0], rows.length, columns[0], columns.length, active.row, active.column].join();

		this.moved();
		if (key === this.drawn)
			return;
		const focused = this.field.contains(document.activeElement);

		this.drawn = key;
		this.field.replaceChildren(this.header(columns), ...rows.map((row) => this.row(row, columns)));
		if (!view.rows.length || !view.columns.length)
			this.field.append(node("p", {class: "note"}, "Nothing matches the filter."));
		if (focused)
			this.activeCell()?.focus({preventScroll: true});
	}

	header(columns) {
		const row = node("div", {class: "head row", role: "row", "aria-rowindex": 1});

		row.append(node("div", {class: "corner", role: "columnheader", "aria-colindex": 1}, "from \u2193 to \u2192"));
		for (const column of columns) {
			const name = spaceName(this.view.columns[column]);
			const head = node("div", {class: "column", role: "columnheader", "aria-colindex": column + 2,
				"data-column": column, title: name}, node("span", {}, name));

			head.style.left = `${this.head.width + column * this.cell}px`;
			row.append(head);
		}
		return row;
	}

	row(place, columns) {
		const name = spaceName(this.view.rows[place]);
		const row = node("div", {class: "row", role: "row", "aria-rowindex": place + 2},
			node("div", {class: "name", role: "rowheader", "aria-colindex": 1, "data-row": place, title: name},
				node("span", {}, name)));

		row.style.top = `${this.head.height + place * this.cell}px`;
		row.append(...columns.map((column) => this.cellNode(place, column)));
		return row;
	}

	cellNode(row, column) {
		const from = this.view.rows[row], to = this.view.columns[column];
		const active = row === this.active.row && column === this.active.column;
		const chosen = this.chosen && this.chosen.from === from && this.chosen.to === to;
		const cell = node("div", {class: `cell ${this.view.state(from, to)}`, role: "gridcell", "data-row": row,
			"data-column": column, "aria-colindex": column + 2, tabindex: active ? 0 : -1,
			"aria-selected": chosen ? "true" : null, "aria-label": this.label(row, column)});

		cell.style.left = `${this.head.width + column * this.cell}px`;
		return cell;
	}

	/* "shop to db: some, TCP 5432" */
	label(row, column) {
		const from = this.view.rows[row], to = this.view.columns[column];

		return `${spaceName(from)} to ${spaceName(to)}: ${cellText(cellAt(from, to), this.view.state(from, to))}`;
	}

	placeOf(element) {
		const cell = element.closest?.(".cell[data-row]");

		return cell && {row: Number(cell.dataset.row), column: Number(cell.dataset.column)};
	}

	/* Marks the names of what the pointer or the focus is on. */
	point(place) {
		this.field.querySelectorAll(".near").forEach((head) => head.classList.remove("near"));
		this.hint(place ? this.label(place.row, place.column) : "");
		if (!place)
			return;
		this.field.querySelector(`.name[data-row="${place.row}"]`)?.classList.add("near");
		this.field.querySelector(`.column[data-column="${place.column}"]`)?.classList.add("near");
	}

	choose(place) {
		if (!place)
			return;
		this.chosen = {from: this.view.rows[place.row], to: this.view.columns[place.column]};
		this.drawn = "";
		this.go(place);
		this.open(this.chosen.from, this.chosen.to);
	}

	activeCell() {
		return this.field.querySelector('[role="gridcell"][tabindex="0"]');
	}

	/* Moves the focus to a place, or as near to it as there is. */
	go({row, column}) {
		const clamp = (value, n) => Math.max(0, Math.min(n - 1, value));

		this.active = {row: clamp(row, this.view.rows.length), column: clamp(column, this.view.columns.length)};
		this.reveal();
		this.draw();
		this.activeCell()?.focus({preventScroll: true});
	}

	/* Scrolls just as far as the active cell needs to come out from below the names. */
	reveal() {
		const {box, cell, head} = this;
		const near = (scrolled, at, size) => Math.min(at, Math.max(scrolled, at + cell - size));

		box.scrollTop = near(box.scrollTop, this.active.row * cell, box.clientHeight - head.height);
		box.scrollLeft = near(box.scrollLeft, this.active.column * cell, box.clientWidth - head.width);
	}

	/* Where a key leads; undefined: nowhere. */
	target(event) {
		const {row, column} = this.active, whole = event.ctrlKey || event.metaKey;
		const page = Math.max(1, Math.floor((this.box.clientHeight - this.head.height) / this.cell) - 1);

		switch (event.key) {
		case "ArrowUp":
			return {row: row - 1, column};
		case "ArrowDown":
			return {row: row + 1, column};
		case "ArrowLeft":
			return {row, column: column - 1};
		case "ArrowRight":
			return {row, column: column + 1};
		case "PageUp":
			return {row: row - page, column};
		case "PageDown":
			return {row: row + page, column};
		case "Home":
			return {row: whole ? 0 : row, column: 0};
		case "End":
			return {row: whole ? Infinity : row, column: Infinity};
		}
		return undefined;
	}

	key(event) {
		const target = this.target(event);

		if (target)
			this.go(target);
		else if (event.key === "Enter" || event.key === " ")
			this.choose(this.placeOf(event.target));
		else
			return;
		event.preventDefault();
	}
}
