// SPDX-License-Identifier: Apache-2.0
/** The metadata of exported Parquet and Arrow files about their recording: keys and texts, JSON where a value has
 *  parts. */
import { columnKeys } from "../sampler/batch.js";
import type { ExportGap, ExportInput, ExportStream } from "./input.js";

/** The most gaps that are listed. A reader holds all metadata in memory before it sees the first row; more gaps are
 *  only summed. */
const MAX_GAPS = 10_000;

const gapJson = ({ first_tick, ticks, reason, noticed_at_ns }: ExportGap): string =>
	`[${first_tick},${ticks},${JSON.stringify(reason)},"${noticed_at_ns}"]`;

/** Number of missing ticks by reason. */
function sums(gaps: readonly ExportGap[]): string {
	const ticks = new Map<string, bigint>();
	for (const gap of gaps) ticks.set(gap.reason, (ticks.get(gap.reason) ?? 0n) + gap.ticks);
	return `{${[...ticks].map(([reason, n]) => `${JSON.stringify(reason)}:${n}`).join(",")}}`;
}

/**
 *   recording  the row of that table, an object; integers that JSON would round are strings, here and below
 *   gap_ticks  ticks missing, an object by reason
 *   gaps       [first_tick, ticks, reason, noticed_at_ns]...; absent where they are more than 10,000
 *   marks      [ts_ns, name, detail]...
 */
export function aboutRecording(input: ExportInput, stream: ExportStream): [string, string][] {
	const gaps = input.gaps.filter((gap) => gap.stream === stream.name);
	const marks = input.marks.map(
		({ ts, name, detail }) => `["${ts}",${JSON.stringify(name)},${JSON.stringify(detail)}]`,
	);
	return [
		["recording", input.recordingJson],
		["gap_ticks", sums(gaps)],
		...(gaps.length <= MAX_GAPS ? [["gaps", `[${gaps.map(gapJson).join(",")}]`] as [string, string]] : []),
		["marks", `[${marks.join(",")}]`],
	];
}

/** The columns and their counters as JSON, for formats that have no metadata of single columns. */
export const aboutColumns = ({ columns }: ExportStream): string =>
	JSON.stringify(
		columns.map((column) => ({
			name: column.name,
			...Object.fromEntries(columnKeys.map((key) => [key, String(column[key])])),
			type: column.type,
			as: column.as,
			part: column.part,
		})),
	);
