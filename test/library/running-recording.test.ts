// SPDX-License-Identifier: Apache-2.0
/** record(): recordings made by a program are what those of the command line are. */
import assert from "node:assert/strict";
import { copyFileSync, createWriteStream, existsSync, readFileSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RecordBatchReader } from "apache-arrow";
import { CommandRefused, CountersinkError, open, type Progress, record } from "../../library/index.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile, withFile } from "../support/judge.js";

const file = scratch();
const quick = { realtime: false } as const;

test("a recording ends after its duration, and is right in every cell", async () => {
	const path = file("whole.duckdb");
	const reports: Progress[] = [];
	const recording = await record(["synthetic:0/*@2kHz", "synthetic:1/*@100Hz"], { ...quick, path, duration: "1s" });
	let completed = false;
	recording.progress.subscribe({
		next: (progress) => reports.push(progress),
		complete: () => {
			completed = true;
		},
	});
	assert.equal(recording.path, path);
	const { streams, ending, path: place } = await recording.summary;
	assert.deepEqual([ending, place], ["complete", path]);
	assert.deepEqual(
		streams.map(({ scheduled, rows, gapTicks }) => [scheduled, rows + gapTicks]),
		[
			[2000, 2000],
			[100, 100],
		],
	);
	assert.ok(reports.length > 0 && completed);
	const judged = await judgeFile(path);
	assert.equal(judged.ended, "complete");
	assert.deepEqual(
		Object.values(judged.streams).map(({ ticks }) => ticks),
		[2000, 100],
	);
});

test("marks, and an end that the program asks for", async () => {
	const path = file("marks.duckdb");
	const recording = await record("synthetic:0/ramp@1kHz", { ...quick, path });
	recording.mark("warm up");
	await sleep(30);
	recording.mark("run", "with 4 threads; it's fine");
	const { ending } = await recording.stop();
	assert.equal(ending, "interrupted");
	assert.equal((await recording.stop()).ending, "interrupted", "once more has no effect");
	recording.mark("too late");
	await judgeFile(path);
	const marks = await withFile(path, (judged) => judged.rows("SELECT name, detail FROM marks ORDER BY ts"));
	assert.deepEqual(marks, [
		{ name: "warm up", detail: null },
		{ name: "run", detail: "with 4 threads; it's fine" },
	]);
});

test("several at once, each with its own file", async () => {
	const paths = [file("one.duckdb"), file("two.duckdb"), file("three.duckdb")];
	const recordings = await Promise.all(
		paths.map((path, i) => record(`synthetic:${i}/*@500Hz`, { ...quick, path, duration: "600ms", cpu: "any" })),
	);
	const summaries = await Promise.all(recordings.map(({ summary }) => summary));
	assert.deepEqual(
		summaries.map(({ path, streams }) => [path, streams[0]!.scheduled]),
		paths.map((path) => [path, 300]),
	);
	for (const path of paths) await judgeFile(path);
});

test("a file that this process writes is asked over its recorder, and written by nobody else", async () => {
	const path = file("own.duckdb");
	const other = file("other-name.duckdb");
	const recording = await record("synthetic:0/*@1kHz", { ...quick, path, duration: "1m" });
	symlinkSync(path, other);
	for (const name of [path, other])
		await assert.rejects(record("synthetic:0/*", { ...quick, path: name, overwrite: true }), {
			code: "unavailable",
			message: new RegExp(`still being written by this process \\(${process.pid}\\)`),
		});
	for (const name of [path, other]) {
		const asked = await open(name);
		assert.match(asked.notes[0]!, /still being written/);
		const { rows, age_ns } = await asked.sql("SELECT count(*) > 0 AS some FROM synthetic");
		assert.deepEqual(rows, [{ some: true }]);
		assert.ok(age_ns !== null);
		const [coverage] = await asked.coverage();
		assert.equal(coverage!.scheduled, coverage!.seen + coverage!.in_gaps!);
		await asked.close();
	}
	await recording.stop();
	await judgeFile(path);
	const replaced = await record("synthetic:0/*@1kHz", { ...quick, path, overwrite: true, duration: "200ms" });
	await replaced.summary;
	assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 200);
});

test("whatever this process does meanwhile, other processes are kept from the file", async () => {
	const [path, other] = [file("locked.duckdb"), file("locked-other.duckdb")];
	await (await record("synthetic:0/*@1kHz", { ...quick, path: other, duration: "50ms" })).summary;
	const recording = await record("synthetic:0/*@1kHz", { ...quick, path, duration: "1m" });
	/* A run that was killed has left this; the next recording in the folder looks at what became of it. */
	copyFileSync(other, `${path}.replaced-4194305-1`);
	await (await record("synthetic:0/*@1kHz", { ...quick, path: other, overwrite: true, duration: "50ms" })).summary;
	const asked = await open(path);
	await asked.sql("SELECT 1");
	await asked.close();
	await assert.rejects(open([other, path]), { code: "unavailable", message: /still being written/ });
	const words = ["record", "-e", "synthetic:0/*", "-d", "50ms", "--overwrite", "-o", path];
	const { code, stderr } = await countersink(words);
	assert.match(stderr, new RegExp(`still being written by process ${process.pid}`));
	assert.notEqual(code, 0);
	await recording.stop();
	await judgeFile(path);
});

test("two that are started into one file at once: one of them is refused", async () => {
	const path = file("same.duckdb");
	const start = () => record("synthetic:0/*@1kHz", { ...quick, path, duration: "200ms" });
	const both = await Promise.allSettled([start(), start()]);
	assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
	for (const one of both) if (one.status === "fulfilled") await one.value.summary;
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("a signal ends it, and is let go of", async () => {
	const path = file("signal.duckdb");
	const asked = new AbortController();
	const recording = await record("synthetic:0/*@1kHz", { ...quick, path, signal: asked.signal });
	setTimeout(() => asked.abort(), 100);
	assert.equal((await recording.summary).ending, "interrupted");
	await judgeFile(path);
});

test("a command is run while it is recorded, and its status is in the summary", async () => {
	const path = file("command.duckdb");
	const recording = await record("synthetic:0/*@1kHz", { ...quick, path, command: ["sh", "-c", "sleep 0.1; exit 7"] });
	const { ending, command_status } = await recording.summary;
	assert.deepEqual([ending, command_status], ["command", 7]);
	await judgeFile(path);
});

test("a command that cannot be run is found before anything is made", async () => {
	const path = file("no-command.duckdb");
	await assert.rejects(record("synthetic:0/*", { ...quick, path, command: ["nonesuch-command"] }), (error) => {
		assert.ok(error instanceof CommandRefused && error instanceof CountersinkError);
		assert.deepEqual([error.code, error.status], ["unavailable", 127]);
		return true;
	});
	assert.ok(!existsSync(path));
});

test("an Arrow stream beside the file has the same rows", async () => {
	const [path, stream] = [file("beside.duckdb"), file("beside.arrows")];
	const out = createWriteStream(stream);
	const recording = await record("synthetic:0/ramp@1kHz", { ...quick, path, arrow: out, duration: "500ms" });
	const { streams } = await recording.summary;
	await new Promise((resolve) => out.end(resolve));
	const rows = [...RecordBatchReader.from(readFileSync(stream))].reduce((sum, { numRows }) => sum + numRows, 0);
	assert.equal(rows, streams[0]!.rows);
	await judgeFile(path);
});

test("what cannot be written is said at once, and nothing is left", async () => {
	const path = file("no/folder.duckdb");
	await assert.rejects(record("synthetic:0/*", { ...quick, path }), { code: "usage", message: /there is no folder/ });
	assert.ok(!existsSync(path));
	await assert.rejects(record("vm:*@1MHz", { ...quick, path: file("fast.duckdb") }), {
		code: "usage",
		message: /at most/,
	});
	assert.ok(!existsSync(file("fast.duckdb")));
});
