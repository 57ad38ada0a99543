// SPDX-License-Identifier: Apache-2.0
/** Exports that cannot finish: a full disk, a user who interrupts. No incomplete file stays. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../../base/paths.js";
import { csv } from "../../export/csv.js";
import { exportRecording } from "../../export/export.js";
import { everything } from "../../export/export-selection.js";
import { countersink, start, startProgram, startThrough } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { makeRecording } from "../support/made.js";
import { until } from "../support/processes.js";
import { SmallDisk } from "../support/tmpfs.js";

const file = scratch();
const recording = file("run.duckdb");
const ROWS = 400_000;
/** Ten times as long as an export may take to end, since tests share the machine. */
const PATIENCE_MS = 20_000;
/** The command line without its supervisor, which would end it in any case. */
const unsupervised = packageFile("dist/cli/run.js");
const noise = (n: number): string => `hash(t + ${n}) AS noise_0_c${n}`;

before(() =>
	makeRecording(recording, [
		{
			period_ns: 1000,
			counters: [0, 1, 2, 3].map((n) => ({ id: `noise:0/c${n}`, semantics: "gauge" as const })),
			rows: `SELECT t AS tick, ${[0, 1, 2, 3].map(noise).join(", ")} FROM range(${ROWS}) r(t)`,
		},
	]),
);

for (const format of ["parquet", "arrow", "csv"])
	test(`a disk that fills up: ${format}`, async (t) => {
		const folder = file(`disk-${format}`);
		mkdirSync(folder);
		const disk = await SmallDisk.mount(folder, "size=5m");
		if (typeof disk === "string") return t.skip(disk);
		try {
			const words = ["export", recording, "-f", format, "-o", `${folder}/x`];
			const { code, stderr } = await startThrough(disk.inside, words).outcome;
			assert.equal(code, 1, stderr);
			assert.match(
				stderr,
				/^countersink: \S+\/x cannot be written \(.*[Nn]o space left on device.*\); its files were removed; make room, or name another with -o\n$/,
			);
			assert.deepEqual(readdirSync(disk.outside("")), []);
		} finally {
			await disk.unmount();
		}
	});

for (const format of ["parquet", "csv", "openmetrics", "perfetto"])
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		test(`${signal} while ${format} is written`, async () => {
			const folder = file(`${signal}-${format}`);
			mkdirSync(folder);
			const words = [unsupervised, "export", recording, "-f", format, "-o", `${folder}/x`];
			const { child, outcome } = startProgram(process.execPath, words);
			await until("the export has begun", () => readdirSync(folder).length > 0 || child.exitCode !== null);
			const asked = performance.now();
			child.kill(signal);
			const { code, stderr } = await outcome;
			assert.ok(performance.now() - asked < PATIENCE_MS);
			/* The signal may have come too late. */
			if (code === 0) return assert.deepEqual(readdirSync(folder), ["x"]);
			assert.equal(code, 1);
			assert.equal(stderr, "countersink: the export was interrupted, and its files were removed\n");
			assert.deepEqual(readdirSync(folder), []);
		});

test("a signal to the command as a user runs it leaves no file, however busy the machine is", async () => {
	const folder = file("supervised");
	mkdirSync(folder);
	const { child, outcome } = start(["export", recording, "-f", "openmetrics", "-o", `${folder}/x`]);
	await until("the export has begun", () => readdirSync(folder).length > 0 || child.exitCode !== null);
	const asked = performance.now();
	child.kill("SIGTERM");
	const { code, signal, stderr } = await outcome;
	assert.ok(performance.now() - asked < PATIENCE_MS);
	if (code === 0) return assert.deepEqual(readdirSync(folder), ["x"]);
	assert.ok(code === 1 || signal === "SIGTERM", stderr);
	assert.match(
		stderr,
		/^countersink: export did not end .*; its files were removed|^countersink: the export was interrupted, /,
	);
	assert.deepEqual(readdirSync(folder), []);
});

test("the next export removes the files of a killed one", async () => {
	const folder = file("killed");
	mkdirSync(folder);
	const words = ["export", recording, "-f", "openmetrics", "-o", `${folder}/x`];
	const killed = startProgram(process.execPath, [unsupervised, ...words]);
	await until("the export has begun", () => readdirSync(folder).some((name) => existsSync(`${folder}/${name}/0`)));
	killed.child.kill("SIGKILL");
	assert.equal((await killed.outcome).signal, "SIGKILL");
	const [left, ...more] = readdirSync(folder);
	assert.match(left!, /^\.countersink-export-/);
	assert.deepEqual(more, []);
	const { code, stderr } = await countersink(words);
	assert.equal(code, 0, stderr);
	assert.deepEqual(readdirSync(folder), ["x"]);
});

test("a signal that came while the recording was opened ends the export before it starts", async () => {
	const folder = file("early");
	mkdirSync(folder);
	const wish = {
		path: recording,
		format: csv,
		out: `${folder}/x.csv`,
		stdout: process.stdout,
		overwrite: false,
		partition: null,
		select: () => everything,
		signal: AbortSignal.abort(),
		begin: () => assert.fail("it began"),
	};
	await assert.rejects(
		exportRecording(wish),
		/^CountersinkError: the export was interrupted, and its files were removed$/,
	);
	assert.deepEqual(readdirSync(folder), []);
});

test("an export that nobody reads ends when asked to", async () => {
	const child = spawn(process.execPath, [unsupervised, "export", recording, "-f", "csv", "-o", "-"]);
	const { stdout } = child;
	stdout.on("readable", () => {});
	await until("its reader has enough", () => stdout.readableLength >= stdout.readableHighWaterMark);
	await sleep(500);
	const asked = performance.now();
	child.kill("SIGINT");
	const [[code], said] = await Promise.all([once(child, "exit"), text(child.stderr)]);
	assert.ok(performance.now() - asked < PATIENCE_MS);
	assert.equal(said, "countersink: the export was interrupted, and its files were removed\n");
	assert.equal(code, 1);
});

test("a recording that was never finalised is exported, and says so", async () => {
	const path = file("open.duckdb");
	await makeRecording(
		path,
		[{ period_ns: 1_000_000, counters: [{ id: "few:0/a" }], rows: [{ tick: 0, values: [1n] }] }],
		{ ended: null },
	);
	const { code, stderr } = await countersink(["export", path, "-o", file("open.csv")]);
	assert.equal(code, 0, stderr);
	assert.match(stderr, /^countersink: note on .*: it was not finalised: .*\n.*open\.csv: few, 1 row, /);
});

test("a recording that is being written is not exported", async () => {
	const path = file("busy.duckdb");
	const { child, outcome } = start(["record", "-e", "synthetic:0/ramp@1kHz", "-o", path, "-d", "60s"]);
	await until("it is recorded", () => readdirSync(file("")).includes("busy.duckdb.wal"));
	const refused = await countersink(["export", path, "-o", file("busy.csv")]);
	child.kill("SIGINT");
	await outcome;
	assert.equal(refused.code, 4, refused.stderr);
	assert.equal(existsSync(file("busy.csv")), false);
	assert.match(
		refused.stderr,
		/is still being written by process \d+; wait until the recording has ended, or take what there is with countersink sql /,
	);
});

test("a recording without a row has nothing to export", async () => {
	const path = file("empty.duckdb");
	await makeRecording(path, [{ period_ns: 1_000_000, counters: [{ id: "few:0/a" }], rows: [] }]);
	const { code, stderr } = await countersink(["export", path, "-o", file("empty.csv")]);
	assert.equal(code, 2);
	assert.match(stderr, /empty\.duckdb has no rows, so there is nothing to export; 'countersink info /);
});

test("two exports into one folder do not disturb each other", async () => {
	const folder = file("both");
	mkdirSync(folder);
	copyFileSync(recording, file("copy.duckdb"));
	const outcomes = await Promise.all([
		countersink(["export", recording, "-o", `${folder}/a.parquet`]),
		countersink(["export", file("copy.duckdb"), "-o", `${folder}/b.parquet`]),
	]);
	for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
	assert.deepEqual(readdirSync(folder).sort(), ["a.parquet", "b.parquet"]);
});
