// SPDX-License-Identifier: Apache-2.0
/** Turns a file or stream of counters into a recording: stages it, plans it, writes it, counts it. */
import { formatCount } from "../base/units.js";
import { checkOutput } from "../storage/output-path.js";
import type { Sql } from "../storage/sql.js";
import { createTables } from "../storage/tables.js";
import { headerOf, writeEnd } from "./about.js";
import { type Hints, planForeign } from "./foreign.js";
import type { Plan } from "./import-plan.js";
import { planOurs } from "./ours.js";
import { fileFor, type Input, look, nameOf, sourceOf, stage } from "./stage-input.js";
import { Staging } from "./staging.js";
import { writeDelivered, writeGaps, writeMarks, writeRows } from "./write.js";

export interface ImportOptions {
	readonly input: Input;
	readonly output: string;
	readonly overwrite: boolean;
	readonly hints: Hints;
	/** SQL that creates the macros which the recording carries (queries/prelude.ts). */
	readonly macros: Sql;
	/** Ends the import, which then fails and leaves no file. */
	readonly signal?: AbortSignal;
	/** Tells what is being done, in a few words. */
	readonly status?: (what: string) => void;
}

export interface Imported {
	readonly plan: Plan;
	readonly rows: number;
	readonly gapTicks: number;
	/** Rows left out because the row before them has the same tick. */
	readonly leftOut: number;
}

export async function importFile(options: ImportOptions): Promise<Imported> {
	const { input, output, overwrite, hints, signal, status = () => {} } = options;
	let staging: Staging | undefined;
	const interrupt = (): void => {
		/* The import may be waiting for bytes that never come. */
		if (input.file === "-") input.stdin.on("error", () => {}).destroy(new Error("interrupted"));
		staging?.interrupt();
	};
	signal?.addEventListener("abort", interrupt);
	try {
		const format = await look(input);
		await checkOutput(output, overwrite);
		staging = await Staging.create(output, (place) => fileFor(input, format, place));
		/* An abort up to here destroyed the input, which nothing would report any more. */
		signal?.throwIfAborted();
		status(`reading ${nameOf(input)}`);
		const staged = await stage(staging, input, format, (rows) => {
			signal?.throwIfAborted();
			status(`reading ${nameOf(input)}: ${formatCount(rows, "row")}`);
		});
		status("looking at the rows");
		const plan =
			(await planOurs(staging, staged.metadata, hints, nameOf(input))) ??
			(await planForeign(staging, nameOf(input), staged.leftOut, {
				...hints,
				source: hints.source ?? sourceOf(input),
			}));
		status("writing the recording");
		const imported = await write(staging, plan, options);
		signal?.throwIfAborted();
		await staging.finish(output, overwrite);
		return imported;
	} finally {
		staging?.remove();
		signal?.removeEventListener("abort", interrupt);
	}
}

async function write(staging: Staging, plan: Plan, { input, macros }: ImportOptions): Promise<Imported> {
	const file = nameOf(input);
	await createTables(staging.database, headerOf(plan, file), macros, [{ stream: plan.stream, ringBytes: 0 }]);
	const leftOut = await writeRows(staging, plan);
	await writeGaps(staging, plan, file);
	await writeMarks(staging, plan);
	const counts = await writeDelivered(staging, plan);
	await writeEnd(staging, plan, file);
	return { plan, leftOut, ...counts };
}
