// SPDX-License-Identifier: Apache-2.0
/** Options of the library: what is refused, with which words, before anything is done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type RecordOptions, record, sample } from "../../library/index.js";

const refused: readonly (readonly [options: object, message: RegExp])[] = [
	[{ overwrit: true }, /record has no option 'overwrit'; did you mean overwrite\?/],
	[{ nonesuch: 1 }, /record has no option 'nonesuch'; it takes path, overwrite, arrow, command, duration,/],
	[{ path: "" }, /path is ''; give a text that is not empty/],
	[{ path: 5 }, /path is 5; give a text/],
	[{ overwrite: "yes" }, /overwrite is 'yes'; give true or false/],
	[{ arrow: {} }, /arrow is .*; give a writable stream/],
	[{ command: "ls" }, /command is 'ls'; give an array of texts/],
	[{ command: [] }, /command is ; give an array of texts that is not empty/],
	[{ duration: "5 parsecs" }, /duration is '5 parsecs'; give a length of time/],
	[{ duration: -1 }, /duration is -1; give a length of time/],
	[{ duration: 1.5 }, /duration is 1.5/],
	[{ rate: "2MHz" }, /rate is '2MHz'; give a frequency or a period between 1MHz and 1h/],
	[{ wait: "lazy" }, /wait is 'lazy'; give one of sleep, hybrid, spin/],
	[{ cpu: 4096 }, /cpu is 4096; give the number of a CPU/],
	[{ depth: null }, /depth is null/],
	[{ realtime: 1 }, /realtime is 1; give true or false/],
	[{ onNote: "x" }, /onNote is 'x'; give a function/],
	[{ signal: {} }, /signal is .*; give an AbortSignal/],
	/* In the order of the table, whatever the order of the program. */
	[{ cpu: "x", path: 5 }, /path is 5/],
];

for (const [options, message] of refused)
	test(`record(..., ${JSON.stringify(options)}) is refused`, async () => {
		await assert.rejects(record("synthetic:0/*", options as RecordOptions), { code: "usage", message });
	});

test("what an option that is undefined says is nothing", () => {
	assert.doesNotThrow(() => sample("synthetic:0/*", { duration: undefined, borrow: undefined }));
});

test("sample() refuses at once", () => {
	assert.throws(() => sample("synthetic:0/*", { path: "x" } as never), { code: "usage", message: /no option 'path'/ });
	assert.throws(() => sample([]), { code: "usage", message: /there is nothing to sample/ });
	assert.throws(() => sample(5 as never), { code: "usage", message: /takes events as a text/ });
});

test("a recording needs a place", async () => {
	await assert.rejects(record("synthetic:0/*", {}), { code: "usage", message: /needs a path/ });
});
