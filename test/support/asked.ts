// SPDX-License-Identifier: Apache-2.0
/** Asks a recording SQL as a reader of the file would: read-only, with external access off. */
import { Recording } from "../../storage/recording.js";
import { type MadeCounter, type MadeStream, STARTED_NS } from "./made.js";

export type Answer = Record<string, unknown>;

/** An answer with numbers as numbers, and times as nanoseconds after the start of a made recording. */
function plain(value: unknown): unknown {
	if (typeof value === "bigint") return Number(value);
	if (typeof value === "object" && value !== null && "nanos" in value)
		return Number((value.nanos as bigint) - STARTED_NS);
	return value;
}

export async function ask(path: string, sql: string): Promise<Answer[]> {
	const recording = await Recording.open(path);
	try {
		const rows = (await recording.connection.runAndReadAll(sql)).getRowObjects();
		return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
	} finally {
		recording.close();
	}
}

/** A value by tick. Null could not be read; undefined is a tick that was not stored. */
export type Values = readonly (number | null | undefined)[];

/** A stream of one counter that is read without delay once a millisecond: made, made:c. */
export const oneCounter = (values: Values, counter: Partial<MadeCounter> = {}, period_ns = 1e6): MadeStream => ({
	period_ns,
	counters: [{ id: "made:c", ...counter }],
	rows: values.flatMap((value, tick) => (value === undefined ? [] : [{ tick, values: [value] }])),
	ticks: values.length,
});

/** Values of a counter that moves by these steps. Null and undefined are as in Values, and do not move it. */
export function climb(steps: Values, start = 0): (number | null | undefined)[] {
	let at = start;
	const move = (step: number) => {
		at += step;
		return at;
	};
	return [start, ...steps.map((step) => (typeof step === "number" ? move(step) : step))];
}
