// SPDX-License-Identifier: Apache-2.0
/**
 * Writes Chrome's trace event format, JSON: {"traceEvents": [...]}, one event per line. A stream is a process, the
 * counters of an instance in one row are one event, gaps and the command are slices, other marks are instants. Times
 * are CLOCK_MONOTONIC in microseconds with three decimals, since a reader's doubles would lose the nanoseconds of wall
 * time. Add otherData.wall_offset_ns to get wall time.
 */

import { toJson } from "../base/clean.js";
import { groupBy } from "../base/group-by.js";
import { cellsOf, rowBytes, TextBuffer, wordsOf } from "../encode/number-text.js";
import { isValid, partsOf } from "../sampler/batch.js";
import type { Sink } from "./byte-sink.js";
import type { Format } from "./format.js";
import type { ExportBlock, ExportGap, ExportInput, ExportMark, ExportStream } from "./input.js";
import { commandOf, momentsOf, seriesName, wallOffset } from "./timeline.js";

const TWO_32 = 2 ** 32;
const COMMA = ",".charCodeAt(0);
const POINT = ".".charCodeAt(0);
const END = Buffer.from("}}");
/** The thread of each process that carries its slices. */
const SLICES = 1;

/** A time in nanoseconds, written as microseconds. */
function micros(ns: bigint): string {
	const digits = ns.toString().padStart(4, "0");
	return `${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/** Writes a time, given as a number of nanoseconds, as microseconds. */
function putMicros(out: TextBuffer, ns: number): void {
	const seconds = Math.floor(ns / 1e9);
	const rest = ns - seconds * 1e9;
	const us = Math.floor(rest / 1e3);
	if (seconds === 0) out.u32(us);
	else {
		out.u32(seconds);
		out.u32(us, 6);
	}
	out.byte(POINT);
	out.u32(rest - us * 1e3, 3);
}

/** @param times members with more digits than JSON.stringify would keep */
function eventText(event: Readonly<Record<string, unknown>>, times: Readonly<Record<string, bigint>> = {}): string {
	const numbers = Object.entries(times).map(([key, ns]) => `,"${key}":${micros(ns)}`);
	return `${toJson(event).slice(0, -1)}${numbers.join("")}}`;
}

const nameText = (what: string, pid: number, name: string, tid = 0): string =>
	eventText({ ph: "M", pid, tid, name: what, args: { name } });

function gapText(
	{ reason, ticks, first_tick, begin_ns, end_ns }: ExportGap,
	pid: number,
	wall_offset_ns: bigint,
): string {
	/* Numbers of ticks stay below 2^53 for longer than a machine lasts. */
	const args = { ticks: Number(ticks), first_tick: Number(first_tick) };
	const times = { ts: begin_ns - wall_offset_ns, dur: end_ns - begin_ns };
	return eventText({ ph: "X", pid, tid: SLICES, name: reason, args }, times);
}

function markTexts(marks: readonly ExportMark[], pid: number, wall_offset_ns: bigint): string[] {
	const at = { pid, tid: SLICES };
	const texts = momentsOf(marks).map(({ ts, name, detail }) =>
		eventText({ ph: "i", s: "g", ...at, name, args: detail === null ? {} : { detail } }, { ts: ts - wall_offset_ns }),
	);
	const command = commandOf(marks);
	if (!command) return texts;
	const { line: name, begin, end, detail } = command;
	const ts = begin - wall_offset_ns;
	if (end === null) return [...texts, eventText({ ph: "B", ...at, name }, { ts })];
	const args = detail === null ? {} : { detail };
	return [...texts, eventText({ ph: "X", ...at, name, args }, { ts, dur: end - begin })];
}

/** The counters of one instance, as the parts of an event that stay the same from row to row. */
interface Instance {
	readonly before: Uint8Array;
	readonly after: Uint8Array;
	/** Indices into stream.columns. */
	readonly columns: readonly number[];
	readonly keys: readonly Uint8Array[];
}

function instancesOf(stream: ExportStream, pid: number): Instance[] {
	const groups = groupBy(stream.columns.keys(), (i) => stream.columns[i]!.instance);
	return [...groups].map(([instance, columns]) => ({
		before: Buffer.from(`,\n{"ph":"C","pid":${pid},"ts":`),
		after: Buffer.from(`,"name":${toJson(instance === "" ? stream.source : instance)},"args":{`),
		columns,
		keys: columns.map((i) => Buffer.from(`${toJson(seriesName(stream.columns[i]!))}:`)),
	}));
}

const lengthOf = ({ before, after, keys }: Instance): number =>
	keys.reduce((sum, key) => sum + key.length + 1, before.length + after.length + END.length);

async function writeRows(
	out: TextBuffer,
	block: ExportBlock,
	instances: readonly Instance[],
	wall_offset_ns: bigint,
): Promise<void> {
	const { ts, counters } = partsOf(block);
	const words = wordsOf(ts);
	const [low, high] = wordsOf(BigInt64Array.of(wall_offset_ns));
	const cells = counters.map((column, i) => cellsOf(block.stream.columns[i]!.type, column, String));
	/* JSON has no null in a counter and no infinite numbers, so such values are left out. */
	const isThere = counters.map((cell) => {
		const doubles = cell.values instanceof Float64Array ? cell.values : null;
		return (row: number) => isValid(cell, row) && (doubles === null || Number.isFinite(doubles[row]));
	});
	for (let row = 0; row < block.rows; row++) {
		if (out.full) await out.flush();
		const ns = (words[2 * row + 1]! - high!) * TWO_32 + (words[2 * row]! - low!);
		for (const { before, after, columns, keys } of instances) {
			if (!columns.some((column) => isThere[column]!(row))) continue;
			out.bytes(before);
			putMicros(out, ns);
			out.bytes(after);
			let first = true;
			for (let i = 0; i < columns.length; i++) {
				const column = columns[i]!;
				if (!isThere[column]!(row)) continue;
				if (!first) out.byte(COMMA);
				first = false;
				out.bytes(keys[i]!);
				cells[column]!(out, row);
			}
			out.bytes(END);
		}
	}
}

/** The file up to the counters. The first event is always present, so each other event starts with a comma. */
function* opening(input: ExportInput, streams: readonly ExportStream[], wall_offset_ns: bigint): Generator<string> {
	const last = streams.length + 1;
	yield `{"displayTimeUnit":"ns","otherData":${toJson(Object.fromEntries(input.recording))},"traceEvents":[\n`;
	yield nameText("process_name", last, "recording");
	yield* [
		nameText("thread_name", last, "command and marks", SLICES),
		...markTexts(input.marks, last, wall_offset_ns),
	].map((text) => `,\n${text}`);
	for (const [i, { name }] of streams.entries()) {
		const pid = i + 1;
		yield `,\n${nameText("process_name", pid, name)}`;
		yield `,\n${nameText("thread_name", pid, "data loss", SLICES)}`;
		for (const gap of input.gaps) if (gap.stream === name) yield `,\n${gapText(gap, pid, wall_offset_ns)}`;
	}
}

async function write(input: ExportInput, streams: readonly ExportStream[], sink: Sink): Promise<void> {
	const wall_offset_ns = wallOffset(input);
	const instances = streams.map((stream, i) => instancesOf(stream, i + 1));
	const longest = streams.map(({ columns }, i) =>
		instances[i]!.reduce((sum, instance) => sum + lengthOf(instance) + rowBytes(1), rowBytes(columns.length)),
	);
	const out = new TextBuffer(sink, Math.max(...longest));
	for (const text of opening(input, streams, wall_offset_ns)) await out.text(text);
	for (const [i, stream] of streams.entries())
		for await (const rows of input.rows(stream)) await writeRows(out, rows, instances[i]!, wall_offset_ns);
	await out.text("\n]}\n");
}

export const chrome: Format = {
	name: "chrome",
	extensions: ["json"],
	about: "Chrome trace events, JSON",
	binary: false,
	perStream: false,
	pipes: true,
	write,
};
