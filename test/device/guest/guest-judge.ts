// SPDX-License-Identifier: Apache-2.0
/** A recording held against the card's own log: no sample lost without a gap, none invented, none altered. */
import assert from "node:assert/strict";
import { File } from "../../support/judge.js";
import { samples } from "./guest-card.js";

export interface Judged {
	readonly rows: number;
	readonly gaps: ReadonlyMap<string, bigint>;
}

type Row = Record<string, unknown>;

/** Ticks in gaps, by reason. */
async function gapsOf(file: File): Promise<Map<string, bigint>> {
	const rows = await file.rows("SELECT reason, sum(ticks)::BIGINT n FROM gaps WHERE stream = 'mlx5' GROUP BY reason");
	return new Map(rows.map(({ reason, n }) => [String(reason), n as bigint]));
}

/** The first row is found by its values; every other one must then be the sample that its tick says. */
function compare(rows: readonly Row[], ids: readonly string[], model: Map<string, bigint[]>): void {
	const numbers = model.get("number")!;
	const at = new Map(numbers.map((number, index) => [number, index]));
	const same = (row: Row, index: number): boolean => ids.every((id) => row[id] === model.get(id)![index]);
	const first = numbers.findIndex((_, index) => same(rows[0]!, index));
	assert.ok(first >= 0, "the first row is not a sample of the card");
	const offset = numbers[first]! - (rows[0]!.tick as bigint);
	const wrong = rows.find((row) => !same(row, at.get((row.tick as bigint) + offset) ?? -1));
	assert.equal(wrong, undefined, "a row that the card did not sample");
	assert.equal(new Set(rows.map(({ tick }) => tick)).size, rows.length, "a sample was stored twice");
}

export async function judge(recording: string, session: number): Promise<Judged> {
	const file = await File.open(recording);
	try {
		const counters = await file.rows("SELECT column_name c, name FROM counters WHERE stream = 'mlx5' ORDER BY rowid");
		const named = counters.map(({ c, name }) => `"${c}" AS "${name}"`).join(", ");
		const rows = await file.rows(`SELECT tick, ${named} FROM mlx5 ORDER BY tick`);
		const gaps = await gapsOf(file);
		const scheduled = await file.number("SELECT ticks_scheduled FROM streams WHERE name = 'mlx5'");
		const missed = [...gaps.values()].reduce((sum, ticks) => sum + ticks, 0n);
		assert.equal(BigInt(rows.length) + missed, BigInt(scheduled), "scheduled = stored + in gaps");
		assert.ok(rows.length > 0, "nothing was recorded");
		compare(
			rows,
			counters.map(({ name }) => String(name)),
			samples(session),
		);
		return { rows: rows.length, gaps };
	} finally {
		file.close();
	}
}
