// SPDX-License-Identifier: Apache-2.0
/** record -o -: what a reader of the pipe gets, whether it is quick, slow, gone or stalled. Flechette, which is not
 *  ours, reads it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RecordBatchReader } from "apache-arrow";
import { commandLine, countersink, shell, startProgram } from "../support/countersink.js";
import { type ArrowTable, readArrow } from "../support/flechette.js";
import { scratch } from "../support/folder.js";
import { syntheticCounters, valueAt } from "../support/synthetic.js";

const file = scratch();

/** The rows, and everything in the metadata of the batches. */
function read(path: string) {
	const bytes = readFileSync(path);
	const batches = [...RecordBatchReader.from(bytes)];
	const told = (key: string): unknown[] =>
		batches.flatMap(({ metadata }) => (metadata.has(key) ? [JSON.parse(metadata.get(key)!)] : []));
	return {
		table: readArrow(bytes),
		gaps: told("gaps").flat() as [first_tick: number, ticks: number, reason: string, at_ns: string][],
		marks: told("marks").flat() as [ts_ns: string, name: string, detail: string][],
		stream: told("stream_end")[0] as Record<string, number>,
		ended: told("recording")[0] as Record<string, unknown>,
	};
}

/** Checks that every scheduled tick is a row or in a listed gap, in order and once. */
function judgeTicks({ table, gaps, stream }: ReturnType<typeof read>): void {
	const ticks = [...(table.getChild("tick").toArray() as BigUint64Array)].map(Number);
	const runs = [...ticks.map((tick) => [tick, 1]), ...gaps].sort((a, b) => Number(a[0]) - Number(b[0]));
	let next = 0;
	for (const [first, count] of runs) {
		assert.equal(first, next);
		next += Number(count);
	}
	assert.equal(next, stream.ticks_scheduled);
	assert.equal(ticks.length, stream.rows_stored);
}

const fieldOf = (table: ArrowTable, id: string) =>
	table.schema.fields.find(({ metadata }) => metadata?.get("id") === id)!;

function judgeValues(table: ArrowTable, names: readonly string[]): void {
	const ticks = [...(table.getChild("tick").toArray() as BigUint64Array)].map(Number);
	for (const counter of syntheticCounters(...names)) {
		const column = table.getChild(fieldOf(table, `synthetic:${counter.instance}/${counter.name}`).name);
		assert.deepEqual(
			[...column],
			ticks.map((tick) => valueAt(counter, tick)),
			counter.name,
		);
	}
}

test("an independent reader gets every value, the description of the columns, and the end", async () => {
	const { stderr } = await shell(`$CS record -e 'synthetic:0/{ramp,drop,walk}@2kHz' -d 1s -o - > ${file("a.arrows")}`);
	assert.match(stderr, /^standard output: .*complete/m);
	const stream = read(file("a.arrows"));
	judgeTicks(stream);
	assert.equal(stream.stream.ticks_scheduled, 2000);
	assert.equal(stream.ended.ended, "complete");
	const { schema } = stream.table;
	const about = Object.fromEntries(schema.metadata!);
	assert.deepEqual([about.stream, about.source, about.period_ns], ["synthetic", "synthetic", "500000"]);
	assert.deepEqual(JSON.parse(about.recording!).events, ["synthetic:0/{ramp,drop,walk}@2kHz"]);
	const [ramp] = syntheticCounters("0/ramp");
	assert.deepEqual(Object.fromEntries(fieldOf(stream.table, "synthetic:0/ramp").metadata!), {
		id: "synthetic:0/ramp",
		source: "synthetic",
		instance: "0",
		counter: "ramp",
		unit: ramp!.unit,
		semantics: ramp!.semantics,
		width: String(ramp!.width),
		help: ramp!.help,
	});
	judgeValues(stream.table, ["0/ramp", "0/drop", "0/walk"]);
});

test("a slow reader gets a gap ring_full for what the ring could not hold", async () => {
	const path = file("slow.arrows");
	const words = "-e 'synthetic:0/*@20kHz' -d 5s --depth 100ms --max-loss 1%";
	const { stderr, stdout } = await shell(`$CS record ${words} -o - | (sleep 4; cat > ${path}); echo \${PIPESTATUS[0]}`);
	const stream = read(path);
	judgeTicks(stream);
	assert.ok(stream.gaps.some(([, , reason]) => reason === "ring_full"));
	assert.ok(Number(stream.stream.rows_stored) > 0);
	assert.match(stderr, /ring_full/);
	assert.match(stderr, /more than the 1 % of --max-loss; the metadata of the batches tells why/);
	assert.equal(stdout, "3\n");
});

test("gaps are written for a source that gives no rows at all", async () => {
	const path = file("dead.arrows");
	await shell(`$CS record -e 'synthetic:0/*?error=1:1@1kHz' -d 600ms --force -o - > ${path}`);
	const stream = read(path);
	judgeTicks(stream);
	assert.equal(stream.table.numRows, 0);
	assert.equal(stream.stream.gap_ticks, 600);
});

test("a reader that stops reading ends the recording quietly", async () => {
	const { stdout, stderr } = await shell(
		"$CS record -e 'synthetic:0/*@10kHz' -o - | head -c 100000 | wc -c; echo $PIPESTATUS",
	);
	assert.equal(stdout, "100000\n0\n");
	assert.match(stderr, /^standard output: .*interrupted/);
});

test("the wrapped command does not write into the stream; its marks and status are in the metadata", async () => {
	const path = file("command.arrows");
	const { stdout, stderr } = await shell(
		`$CS record -e 'synthetic:0/*@1kHz' -o - -- sh -c 'echo hello; exit 7' > ${path}; echo $?`,
	);
	assert.equal(stdout, "7\n");
	assert.match(stderr, /^hello$/m);
	const stream = read(path);
	judgeTicks(stream);
	assert.deepEqual(
		stream.marks.map(([, name, detail]) => [name, detail]),
		[
			["command_start", "sh -c echo hello; exit 7"],
			["command_end", "status 7"],
		],
	);
	assert.deepEqual([stream.ended.ended, stream.ended.command_status], ["command", 7]);
});

test("a stalled reader does not delay the end of a recording", async () => {
	const words = [commandLine, "record", "-e", "synthetic:0/*@20kHz", "-o", "-"];
	const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
	const stderr = text(child.stderr);
	const exited = once(child, "exit");
	/* The pipe holds a tenth of a second; then the recorder waits. */
	await once(child.stdout, "readable");
	await sleep(1500);
	child.kill("SIGINT");
	const [code] = await exited;
	child.stdout.destroy();
	assert.match(await stderr, /^countersink: the reader of standard output takes nothing/m);
	assert.equal(code, 1);
});

test("a recording that standard output cannot carry is refused", async () => {
	const two = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-e", "synthetic:1/*@2kHz", "-o", "-"]);
	assert.deepEqual([two.code, two.stdout], [2, ""]);
	assert.match(
		two.stderr,
		/^countersink: an Arrow stream carries one stream of counters, and this would be synthetic, synthetic_2khz; .* -o FILE\n$/,
	);
	const json = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-o", "-", "--json", "-d", "1s"]);
	assert.deepEqual([json.code, json.stdout], [2, ""]);
	assert.match(json.stderr, /^countersink: standard output carries the recording.*leave out --json\n$/);
	const terminal = await startProgram("script", [
		"-qec",
		`${process.execPath} ${commandLine} record -e 'synthetic:*' -o -`,
		"/dev/null",
	]).outcome;
	assert.match(terminal.stdout, /countersink: standard output is a terminal; pipe the Arrow stream/);
	assert.equal(terminal.code, 2);
});
