// SPDX-License-Identifier: Apache-2.0
/** Compares rows of a recording of mlx5trace with the events that the firmware model made. */
import assert from "node:assert/strict";
import { withFile } from "./judge.js";

/** Number of events in a block. */
export const BLOCK_EVENTS = 31;

/** An event of the firmware tracer, as the model made it. */
export interface TraceEvent {
	readonly clock: bigint;
	readonly id: number;
	readonly tmsn: number;
	readonly tdsn: number;
	readonly parameter: number;
}

export interface TracedRow {
	readonly tick: number;
	readonly lost: number;
	readonly event: TraceEvent;
	readonly monotonic_ns: number;
}

/** What `fwdump ... trace` prints. */
export function traceEvents(csv: string): TraceEvent[] {
	const [, ...rows] = csv.trim().split("\n");
	return rows.map((row) => {
		const [, , clock, , id, tmsn, tdsn, parameter] = row.split(",");
		return {
			clock: BigInt(clock!),
			id: Number(id),
			tmsn: Number(tmsn),
			tdsn: Number(tdsn),
			parameter: Number(parameter),
		};
	});
}

/** All rows, after checking that rows and ticks in gaps add up to the ticks due. */
export const tracedRows = (recording: string): Promise<TracedRow[]> =>
	withFile(recording, async (file) => {
		const { wall_offset_ns } = await file.row("SELECT wall_offset_ns FROM recording");
		const rows = await file.rows("SELECT *, epoch_ns(ts) AS ns FROM mlx5trace ORDER BY tick");
		const missing = await file.number("SELECT coalesce(sum(ticks), 0)::BIGINT FROM gaps WHERE stream = 'mlx5trace'");
		const due = await file.number("SELECT ticks_scheduled FROM streams WHERE name = 'mlx5trace'");
		assert.equal(rows.length + missing, due, "rows + ticks in gaps = ticks scheduled");
		return rows.map((row) => ({
			tick: Number(row.tick),
			lost: Number(row.lost),
			monotonic_ns: Number((row.ns as bigint) - (wall_offset_ns as bigint)),
			event: {
				clock: row.device_clock as bigint,
				id: Number(row.event_id),
				tmsn: Number(row.tmsn),
				tdsn: Number(row.tdsn),
				parameter: Number(row.parameter),
			},
		}));
	});

/** Called with the ticks and the model's events from one row to the next where the two differ in number, or `lost` is
 *  set. */
export type JudgeStep = (ticks: number, events: number, lost: number) => void;

/** Checks that every row is an event of the model, in order and unchanged. `judgeStep` checks what is between two
 *  rows. */
export function judgeTraced(model: readonly TraceEvent[], rows: readonly TracedRow[], judgeStep: JudgeStep): void {
	const places = new Map(model.map(({ clock }, i) => [clock, i]));
	let before: { tick: number; place: number } | undefined;
	for (const { tick, lost, event } of rows) {
		const place = places.get(event.clock);
		assert.notEqual(place, undefined, `tick ${tick}: no event of the model`);
		assert.deepEqual(event, model[place!], `tick ${tick}`);
		const [ticks, events] = [tick - (before?.tick ?? 0), place! - (before?.place ?? 0)];
		if (before && (lost || ticks !== 1 || events !== 1)) judgeStep(ticks, events, lost);
		before = { tick, place: place! };
	}
}
