/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where in a matrix that is larger than its box are we? A picture of all of it, one pixel for each cell. */

/* The colours of the legend as pixels, of the theme that is on; most of a picture is nothing, which is to be pale. */
function statePixels() {
	const brush = node("canvas").getContext("2d", {willReadFrequently: true});
	const pixel = (state) => {
		brush.fillStyle = getComputedStyle(document.querySelector(`#legend .${state}`)).color;
		brush.fillRect(0, 0, 1, 1);
		return new Uint32Array(brush.getImageData(0, 0, 1, 1).data.buffer)[0];
	};

	return {all: pixel("all"), some: pixel("some"), unknown: pixel("unknown"), none: pixel("void"), void: 0};
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
			const colours = statePixels(), pixels = new Uint32Array(width * height);
			let at = 0;

			for (const row of rows)
				for (const column of columns)
					pixels[at++] = colours[state(row, column)];
			this.canvas.getContext("2d").putImageData(
				new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
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
