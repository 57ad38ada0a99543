// SPDX-License-Identifier: Apache-2.0
/** The first lines of the prompt: which recording this is, what it holds and how much was missed. */

import { formatCount, formatDuration, formatRate, formatShare } from "../../base/units.js";
import type { OpenRecording } from "../../library/open-recording.js";
import type { Value } from "../../storage/recording.js";
import { sql } from "../../storage/sql.js";
import { clip, wrap } from "../terminal.js";
import type { Shell } from "./shell.js";

/* For a recording that is not finalised, numbers are from the last commit. */
const streamsSql = sql`SELECT s.name, s.period_ns, s.counters,
	coalesce(s.ticks_scheduled, (SELECT max(ticks_accounted) FROM sampler_stats WHERE stream = s.name), 0) AS ticks,
	coalesce((SELECT sum(ticks) FROM gaps WHERE stream = s.name), 0) AS missed FROM streams s`;

const headSql = sql`SELECT host, started_at, CASE WHEN ended_at IS NULL THEN (SELECT max(epoch_ns(ts)) FROM sampler_stats) ELSE epoch_ns(ended_at) END
	- epoch_ns(started_at) AS elapsed_ns FROM recording`;

function streamWords(row: Record<string, Value>): string {
	const [period, ticks, missed] = [row.period_ns!, row.ticks!, row.missed!].map(Number) as [number, number, number];
	const loss = missed === 0 ? "complete" : `missed ${formatShare(missed, ticks)}`;
	const words = `${row.name} ${formatRate(period)}, ${formatCount(Number(row.counters), "counter")}, ${loss}`;
	return words.replaceAll(" ", HARD_BLANK);
}

/** Keeps the words about a stream on one line. */
const HARD_BLANK = "\u00a0";
const INDENT = "  ";

async function about(recording: OpenRecording, width: number): Promise<string[]> {
	const [head] = await recording.rowsOf(headSql);
	const streams = await recording.rowsOf(streamsSql);
	const length = head!.elapsed_ns === null ? "nothing" : formatDuration(Number(head!.elapsed_ns));
	const begin = head!.started_at === null ? "" : ` from ${String(head!.started_at).slice(0, 19)} UTC`;
	const lines = wrap(streams.map(streamWords).join("; "), width - INDENT.length);
	return [
		clip(`${recording.paths.join(", ")}: ${length} of ${head!.host}${begin}`, width),
		...lines.map((line) => INDENT + line.replaceAll(HARD_BLANK, " ")),
	];
}

export async function greet(shell: Shell): Promise<void> {
	for (const line of await about(shell.recording, shell.width())) shell.say(line);
	for (const note of shell.recording.notes)
		for (const line of wrap(note, shell.width())) shell.say(shell.paint("yellow", line));
	shell.say(shell.paint("dim", ".help for help, Tab completes, Ctrl-D leaves"));
}
