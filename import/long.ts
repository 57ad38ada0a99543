// SPDX-License-Identifier: Apache-2.0
/** Turns the long form, one row per value (time, name, value), into one column per name. */
import { usageError } from "../base/errors.js";
import { listed, nearest, shortened } from "../base/text.js";
import { MAX_COLUMNS } from "../sampler/selection.js";
import { join, name as quoted, sql, text } from "../storage/sql.js";
import type { Staging } from "./staging.js";
import { isNumber, type Time } from "./time.js";

/** The column of times in the pivoted rows. */
export const TIME = "countersink_ns";

async function checkColumns(staging: Staging, wanted: readonly string[], file: string): Promise<void> {
	const columns = (await staging.columns()).map(({ name }) => name);
	for (const name of wanted)
		if (!columns.includes(name)) {
			const near = nearest(name, columns);
			throw usageError(
				`${file} has no column '${name}'${near ? `; did you mean '${shortened(near)}'?` : `; its columns are ${listed(columns)}`}`,
			);
		}
}

/** Replaces the staged rows by one row per time. */
export async function pivot(staging: Staging, { ns }: Time, id: string, value: string, file: string): Promise<void> {
	await checkColumns(staging, [id, value], file);
	const type = (await staging.columns()).find(({ name }) => name === value)!.type;
	if (!isNumber(type))
		throw usageError(`column ${value} of ${file} is ${type}, not a number; name another column with --value`);
	const [key, cell, time] = [quoted(id), quoted(value), quoted(TIME)];
	const twice = await staging.row(sql`SELECT count(*) AS n, any_value(id) AS id FROM
		(SELECT ${ns} AS ns, ${key} AS id FROM staging.rows GROUP BY ALL HAVING count(*) > 1)`);
	if (twice.n !== 0n)
		throw usageError(
			`${file} has several values of '${twice.id}' at the same time; name a column with --id that tells them apart`,
		);
	const ids = await staging.rows(
		sql`SELECT DISTINCT ${key}::VARCHAR AS id FROM staging.rows WHERE ${key} IS NOT NULL ORDER BY id LIMIT ${MAX_COLUMNS + 1}`,
	);
	if (ids.length > MAX_COLUMNS)
		throw usageError(
			`${file} has more than ${MAX_COLUMNS} different values of ${id}; one stream holds at most that many counters`,
		);
	const cells = ids.map(
		(row) => sql`any_value(${cell}) FILTER (${key}::VARCHAR = ${text(String(row.id))}) AS ${quoted(String(row.id))}`,
	);
	await staging.replace(
		sql`SELECT ${ns} AS ${time}, ${join(cells)} FROM staging.rows WHERE ${ns} IS NOT NULL GROUP BY ${time} ORDER BY ${time}`,
	);
}
