/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where in a matrix that is larger than its box are we? A picture of all of it, one pixel for each cell. */

const STATES = ["all", "some", "none", "unknown", "void"];

/* The colours of the legend as [red, green, blue, alpha]: of the theme that is on. */
function stateColours() {
	const brush = node("canvas").getContext("2d", {willReadFrequently: true});

	return Object.fromEntries(STATES.map((state) => {
		brush.clearRect(0, 0, 1, 1);
		brush.fillStyle = getComputedStyle(document.querySelector(`#legend .${state}`)).color;
		brush.fillRect(0, 0, 1, 1);
		return [state, brush.getImageData(0, 0, 1, 1).data];
	}));
}

class Overview {
	constructor(box, frame, grid) {
		Object.assign(this, {box, frame, grid});
		this.canvas = box.querySelector("canvas");
		box.addEventListener("pointerdown", (event) => {
			box.setPointerCapture(event.pointerId);
			this.leap(event);
		});
		box.addEventListener("pointermove", (event) => event.buttons && this.leap(event));
	}

	draw(view) {
		const {rows, columns, state} = view, width = columns.length, height = rows.length;

		this.view = view;
		this.canvas.width = Math.max(1, width);
		this.canvas.height = Math.max(1, height);
		if (width && height) {
			const colours = stateColours(), brush = this.canvas.getContext("2d");
			const image = brush.createImageData(width, height);

			for (let y = 0; y < height; y++)
				for (let x = 0; x < width; x++)
					image.data.set(colours[state(rows[y], columns[x])], 4 * (y * width + x));
			brush.putImageData(image, 0, 0);
		}
		this.follow();
	}

	/* Puts the frame around what the grid shows; hides all if that is everything. */
	follow() {
		const grid = this.grid.box, {head} = this.grid;
		const field = {width: grid.scrollWidth - head.width, height: grid.scrollHeight - head.height};
		const sight = {width: grid.clientWidth - head.width, height: grid.clientHeight - head.height};
		const percent = (part, of) => `${Math.min(100, (100 * part) / of)}%`;

		this.box.classList.toggle("idle", field.width <= sight.width && field.height <= sight.height);
		this.frame.style.left = percent(grid.scrollLeft, field.width);
		this.frame.style.top = percent(grid.scrollTop, field.height);
		this.frame.style.width = percent(sight.width, field.width);
		this.frame.style.height = percent(sight.height, field.height);
	}

	leap(event) {
		const box = this.canvas.getBoundingClientRect(), grid = this.grid.box, {head} = this.grid;
		const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;

		grid.scrollTo(x * (grid.scrollWidth - head.width) - (grid.clientWidth - head.width) / 2,
			y * (grid.scrollHeight - head.height) - (grid.clientHeight - head.height) / 2);
	}
}
