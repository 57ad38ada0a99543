// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import {
	closeSync,
	fsyncSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { clockAnchor } from "../../base/clock.js";
import { nanoseconds } from "../../base/units.js";
import { diskCounters } from "../../kernel/disk/catalogue.js";
import { disk } from "../../kernel/disk/index.js";
import { counterId } from "../../kernel/source.js";
import { assertBetween } from "../support/bracket.js";
import { sample } from "../support/sample.js";
import { fixture, textValues } from "../support/textValue.js";

/** The columns of /proc/diskstats after the name are those of the stat file (Documentation/admin-guide/iostats.rst). */
const names = [
	...["reads_completed", "reads_merged", "sectors_read", "read_ms"],
	...["writes_completed", "writes_merged", "sectors_written", "write_ms"],
	...["in_flight", "io_ms", "queue_ms"],
	...["discards_completed", "discards_merged", "sectors_discarded", "discard_ms"],
	...["flushes_completed", "flush_ms"],
];

const diskstats = (): Map<string, bigint[]> =>
	new Map(
		readFileSync("/proc/diskstats", "utf8")
			.trim()
			.split("\n")
			.map((line) => line.trim().split(/\s+/))
			.map((words) => [words[2]!, words.slice(3, 3 + names.length).map(BigInt)]),
	);

test("a stat file has 17 fields, or 11 on kernels before 4.18", () => {
	const text = fixture("disk/fixtures/vda.stat");
	const counters = diskCounters("vda", "/x", text);
	assert.deepEqual(
		textValues(counters, text),
		Object.fromEntries(names.map((name, i) => [`disk:vda/${name}`, text.trim().split(/\s+/)[i]])),
	);
	const old = fixture("disk/fixtures/before-4.18.stat");
	assert.deepEqual(
		diskCounters("sda", "/x", old).map((c) => c.name),
		names.slice(0, 11),
	);
});

test("milliseconds wrap at 32 bits, the rest at 64; only in_flight goes down", () => {
	for (const counter of diskCounters("vda", "/x", fixture("disk/fixtures/vda.stat"))) {
		assert.equal(counter.width, counter.unit === "ms" ? 32 : 64, counter.name);
		assert.equal(counter.semantics, counter.name === "in_flight" ? "gauge" : "counter");
		assert.doesNotMatch(counter.help, /no I\/O since/);
	}
	for (const counter of diskCounters("loop0", "/x", fixture("disk/fixtures/unused.stat")))
		assert.match(counter.help, /; this device has done no I\/O since it appeared\.$/);
});

test("sampled disk counters lie between two readings of /proc/diskstats", async (t) => {
	if (disk.absence() !== null) return t.skip(disk.absence()!);
	const counters = disk.list();
	assert.equal(new Set(counters.map(counterId)).size, counters.length);
	const folder = mkdtempSync(join(tmpdir(), "countersink-disk-"));
	const fd = openSync(join(folder, "written"), "w");
	try {
		const before = diskstats();
		const meanwhile = () => {
			writeSync(fd, Buffer.alloc(65536, 1));
			fsyncSync(fd);
		};
		const { columns } = await sample(disk, counters, { duration: nanoseconds(150e6), meanwhile });
		const after = diskstats();
		counters.forEach((counter, i) => {
			const column = names.indexOf(counter.name);
			const [first, last] = [before.get(counter.instance)?.[column], after.get(counter.instance)?.[column]];
			if (counter.semantics === "gauge" || first === undefined || last === undefined) return;
			assertBetween(counterId(counter), first, columns[i]!, last);
		});
	} finally {
		closeSync(fd);
		rmSync(folder, { recursive: true });
	}
});

test("a device that is removed has null values from then on, and leaves the others alone", async () => {
	const folder = mkdtempSync(join(tmpdir(), "countersink-disk-"));
	try {
		const [gone, stays] = [join(folder, "sda"), join(folder, "sdb")];
		const text = fixture("disk/fixtures/vda.stat");
		for (const path of [gone, stays]) writeFileSync(path, text);
		const counters = [...diskCounters("sda", gone, text), ...diskCounters("sdb", stays, text)];
		let [looks, removed] = [0, 0n];
		const meanwhile = () => {
			if (++looks !== 3) return;
			truncateSync(gone);
			removed = clockAnchor().realtime_ns;
		};
		const { ts, columns } = await sample(disk, counters, { duration: nanoseconds(300e6), meanwhile });
		const later = ts.map((_, row) => row).filter((row) => ts[row]! > removed + 5_000_000n);
		assert.ok(removed > 0n && later.length > 0);
		counters.forEach((counter, i) => {
			const truth = BigInt(text.trim().split(/\s+/)[counter.at.field]!);
			for (const value of columns[i]!)
				assert.ok(value === truth || (value === null && counter.instance === "sda"), `${counterId(counter)}: ${value}`);
			if (counter.instance === "sda") for (const row of later) assert.equal(columns[i]![row], null);
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
});
