// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { clip, lineWidth, type Output, onScreen, ProgressBar, painter, wrap } from "../../cli/terminal.js";

const output = (isTTY: boolean, columns?: number): Output & { written: string } => ({
	isTTY,
	...(columns === undefined ? {} : { columns }),
	written: "",
	write(text: string) {
		this.written += text;
	},
});

test("text is painted only on a terminal that allows it", () => {
	const table: [boolean, NodeJS.ProcessEnv, string][] = [
		[true, {}, "\x1b[1mx\x1b[0m"],
		[true, { TERM: "xterm" }, "\x1b[1mx\x1b[0m"],
		[true, { NO_COLOR: "" }, "\x1b[1mx\x1b[0m"],
		[true, { NO_COLOR: "1" }, "x"],
		[true, { TERM: "dumb" }, "x"],
		[false, { TERM: "xterm" }, "x"],
	];
	for (const [isTTY, env, painted] of table) assert.equal(onScreen(painter(output(isTTY), env)("bold", "x")), painted);
	assert.equal(painter(output(true), {})("dim", ""), "");
});

test("lines are cut and wrapped only for a screen", () => {
	assert.equal(lineWidth(output(false)), Number.POSITIVE_INFINITY);
	assert.equal(lineWidth(output(true, 120)), 120);
	assert.equal(lineWidth(output(true)), 80);
	assert.equal(clip("0123456789", 10), "0123456789");
	assert.equal(clip("0123456789a", 10), "0123456...");
	assert.equal(clip("any length", Number.POSITIVE_INFINITY), "any length");
	assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
	assert.deepEqual(wrap("a /very/long/path b", 6), ["a", "/very/long/path", "b"]);
	assert.deepEqual(wrap("one two three", Number.POSITIVE_INFINITY), ["one two three"]);
});

test("a progress bar is drawn after a second on a terminal, and cleared", (t) => {
	let now = 0;
	t.mock.method(performance, "now", () => now);
	const [screen, pipe] = [output(true, 60), output(false)];
	const bars = [new ProgressBar(4, screen), new ProgressBar(4, pipe)];
	for (const bar of bars) bar.show(0, "net");
	now = 1500;
	for (const bar of bars) bar.show(1, "perf");
	for (const bar of bars) bar.clear();
	assert.equal(screen.written, `\r\x1b[K[${"#".repeat(6)}${".".repeat(18)}] 1/4 perf\r\x1b[K`);
	assert.equal(pipe.written, "");
});
