// SPDX-License-Identifier: Apache-2.0
/**
 * Writes OpenMetrics text 1.0 with timestamps, for backfill. All samples of a metric family must be together, and those
 * of a series in order of time, so the recording is read once per counter.
 */

import { groupBy } from "../base/group-by.js";
import { distinct } from "../base/text.js";
import { cellsOf, rowBytes, Seconds, TextBuffer, wordsOf } from "../encode/number-text.js";
import { isValid, partsOf } from "../sampler/batch.js";
import type { Sink } from "./byte-sink.js";
import type { Format } from "./format.js";
import type { ExportBlock, ExportColumn, ExportStream } from "./input.js";
import type { RecordingInput } from "./read-selection.js";

/** One series: a column of a stream. */
interface Series {
	readonly stream: ExportStream;
	readonly column: ExportColumn;
}

interface Family {
	readonly name: string;
	readonly type: "counter" | "gauge";
	readonly unit: string;
	readonly help: string;
	readonly series: readonly Series[];
}

const plain = (text: string): string => text.replace(/[^a-zA-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");

/** Words for units of ours that are not words. The name of a family ends with its unit, as the specification asks. */
const words: Readonly<Record<string, string>> = {
	ns: "nanoseconds",
	us: "microseconds",
	ms: "milliseconds",
	s: "seconds",
	kB: "kilobytes",
	none: "",
};

function unitOf(unit: string): string {
	const [what = "", per] = unit.split("/");
	const name = words[what] ?? plain(what);
	if (per === undefined) return name;
	return what === "1" ? "per_second" : `${name}_per_second`;
}

/** The name of a family. Where a counter's own name ends with "total", the word is not added again. */
function nameOf({ source, counter, part, unit }: ExportColumn): string {
	const base = [
		"countersink",
		plain(source),
		plain(counter).replace(/_total$/, ""),
		...(part === "min" || part === "max" ? [part] : []),
	].join("_");
	const suffix = unitOf(unit);
	return suffix === "" || base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`;
}

const typeOf = ({ semantics }: ExportColumn): Family["type"] => (semantics === "counter" ? "counter" : "gauge");

/** Groups the counters into families: those with the same name, type and unit. */
function familiesOf(streams: readonly ExportStream[]): Family[] {
	const all = streams.flatMap((stream) => stream.columns.map((column) => ({ stream, column })));
	const groups = [...groupBy(all, ({ column }) => [nameOf(column), typeOf(column), column.unit].join(" ")).values()];
	const names = distinct(groups.map((group) => nameOf(group[0]!.column)));
	return groups.map((series, i) => {
		const { column } = series[0]!;
		return { name: names[i]!, type: typeOf(column), unit: unitOf(column.unit), help: column.help, series };
	});
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

/** The header of a family. A name that had to be numbered no longer ends with its unit, and must not claim it. */
const header = ({ name, type, unit, help }: Family): string =>
	[
		`# TYPE ${name} ${type}`,
		...(unit !== "" && name.endsWith(`_${unit}`) ? [`# UNIT ${name} ${unit}`] : []),
		`# HELP ${name} ${escaped(help)}`,
		"",
	].join("\n");

/** The start of a sample. It names the stream, too, since a counter may be present at two rates. */
function prefix({ name, type }: Family, { stream, column }: Series, host: string): Uint8Array {
	const labels: [string, string][] = [
		["host", host],
		["source", column.source],
		["instance", column.instance],
		["stream", stream.name],
	];
	const text = labels.filter(([, value]) => value !== "").map(([label, value]) => `${label}="${escaped(value)}"`);
	return Buffer.from(`${name}${type === "counter" ? "_total" : ""}{${text.join(",")}} `);
}

const odd = (n: number): string => (Number.isNaN(n) ? "NaN" : n > 0 ? "+Inf" : "-Inf");
const SPACE = 32;
const POINT = 46;
const NEWLINE = 10;

async function writeSamples(out: TextBuffer, block: ExportBlock, before: Uint8Array, time: Seconds): Promise<void> {
	const { ts, counters } = partsOf(block);
	const [column] = counters;
	const words = wordsOf(ts);
	const cell = cellsOf(block.stream.columns[0]!.type, column!, odd);
	for (let row = 0; row < block.rows; row++) {
		if (!isValid(column!, row)) continue;
		if (out.full) await out.flush();
		out.bytes(before);
		cell(out, row);
		out.byte(SPACE);
		time.set(words, ts, row);
		out.u32(time.second);
		out.byte(POINT);
		out.u32(time.nanosecond, 9);
		out.byte(NEWLINE);
	}
}

async function write(input: RecordingInput, streams: readonly ExportStream[], sink: Sink): Promise<void> {
	const host = input.recording.get("host") ?? "";
	const families = familiesOf(streams).map((family) => ({
		head: header(family),
		all: family.series.map((series) => ({ ...series, before: prefix(family, series, host) })),
	}));
	const longest = families.flatMap(({ all }) => all).reduce((max, { before }) => Math.max(max, before.length), 0);
	const out = new TextBuffer(sink, rowBytes(2) + longest);
	for (const { head, all } of families) {
		await out.text(head);
		for (const { stream, column, before } of all) {
			const time = new Seconds();
			for await (const rows of input.column(stream, column)) await writeSamples(out, rows, before, time);
		}
	}
	await out.text("# EOF\n");
}

export const openmetrics: Format = {
	name: "openmetrics",
	extensions: ["om", "prom"],
	about: "OpenMetrics text with timestamps, for backfill",
	binary: false,
	perStream: false,
	pipes: true,
	write,
};
