// SPDX-License-Identifier: Apache-2.0
/** Measures what a heavy question costs the recording that it is asked of: the same recording with and without the
 *  question. */
import { setTimeout as sleep } from "node:timers/promises";
import { openSession } from "../ask/open-session.js";
import { rowsOf } from "../ask/session.js";
import { fromSeconds } from "../base/units.js";
import { typedByUser } from "../storage/sql.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { type Recorded, record } from "./recording.js";

const loads = [
	{ what: "128 counters at 10 kHz", event: "synthetic:*@10kHz" },
	{ what: "8 counters at 100 kHz", event: "synthetic:0/*@100kHz" },
];

/** A join, a sort and a window function. None of them ends before the recording does. */
const heavy = [
	"SELECT count(*) FROM synthetic a JOIN synthetic b ON a.tick % 10 = b.tick % 10",
	"SELECT max(h) FROM (SELECT hash(tick, range) AS h FROM synthetic, range(1000) ORDER BY h)",
	"SELECT max(s) FROM (SELECT sum(synthetic_0_walk) OVER (ORDER BY hash(tick, range)) AS s FROM synthetic, range(1000))",
];

interface Run extends Recorded {
	/** The highest fill of a ring, from 0 to 1. */
	readonly fill: number;
	/** Resident memory of the process that records, in bytes. */
	readonly rss: number;
}

async function measure(event: string, effort: Effort, ask: string | null): Promise<Run> {
	const duration = fromSeconds(pick(effort, 20, 5));
	let fill = 0;
	let rss = 0;
	let asker: Asker | undefined;
	const recorded = await record([event], { duration, wait: "spin", cpu: effort.cpu }, (recorder, path) => {
		recorder.progress.subscribe(({ streams }) => {
			fill = Math.max(fill, ...streams.map((stream) => stream.fill));
			rss = Math.max(rss, process.memoryUsage.rss());
		});
		if (ask !== null) asker = new Asker(path, ask);
	});
	await asker?.end();
	return { ...recorded, fill, rss };
}

/** Asks the same question again and again until the recording has ended. */
class Asker {
	readonly done: Promise<void>;
	#over = false;

	constructor(path: string, sql: string) {
		this.done = this.#ask(path, sql);
	}

	/** Interrupts a statement that still runs: it would go on after the recording has ended. */
	end(): Promise<void> {
		this.#over = true;
		return this.done;
	}

	async #ask(path: string, sql: string): Promise<void> {
		const session = await openSession([path]);
		const ending = setInterval(() => this.#over && session.interrupt(), 100);
		while (!this.#over) await rowsOf(session, typedByUser(sql)).catch(() => sleep(50));
		clearInterval(ending);
		await session.close();
	}
}

const late = ({ streams }: Run): number => (100 * streams[0]!.gapTicks) / streams[0]!.scheduled;

function figures(what: string, name: string, without: Run, asked: Run): Figure[] {
	const reference = (value: number) => ({ what: "nobody asks", value });
	return [
		{
			what: `${what}, ${name}: ticks lost to a full ring`,
			unit: "ticks",
			value: asked.streams[0]!.ringFull,
			goal: { atMost: 0 },
			reference: reference(without.streams[0]!.ringFull),
		},
		{ what: `${what}, ${name}: missed`, unit: "% of ticks", value: late(asked), reference: reference(late(without)) },
		{
			what: `${what}, ${name}: highest fill of the ring`,
			unit: "%",
			value: 100 * asked.fill,
			goal: { atMost: 50 },
			reference: reference(100 * without.fill),
		},
		{
			what: `${what}, ${name}: memory of the recorder`,
			unit: "MB",
			value: asked.rss / 1e6,
			reference: reference(without.rss / 1e6),
		},
	];
}

export const live: Benchmark = {
	name: "live",
	title: "Heavy SQL while recording",
	async run(effort) {
		const all: Figure[] = [];
		for (const { what, event } of loads) {
			const without = await measure(event, effort, null);
			for (const [i, sql] of heavy.entries())
				all.push(...figures(what, ["a join", "a sort", "a window"][i]!, without, await measure(event, effort, sql)));
		}
		return { figures: all };
	},
};
