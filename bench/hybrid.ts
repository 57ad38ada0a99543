// SPDX-License-Identifier: Apache-2.0
/** Measures the cost of the default way of waiting on network counters, against a bare loop that sleeps until each
 *  deadline. */
import { formatRate, fromSeconds } from "../base/units.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { bareLoop } from "./native.js";
import { record } from "./recording.js";
import { median } from "./statistics.js";

const EVENT = "net:*";

interface Round {
	readonly cpu: number;
	readonly missed: number;
	readonly p99_us: number;
	readonly bareCpu: number;
	readonly bareMissed: number;
	readonly bareP99_us: number;
}

async function round(effort: Effort, period_ns: number): Promise<Round> {
	const duration = fromSeconds(pick(effort, 3, 0.5));
	const bare = await bareLoop("sleep", period_ns, duration, effort.cpu);
	const { summary, streams } = await record([`${EVENT}@${period_ns}ns`], {
		duration,
		wait: "hybrid",
		cpu: effort.cpu,
	});
	const { scheduled, gapTicks, lateness_p99_ns } = streams[0]!;
	return {
		cpu: (100 * summary.sampler_cpu_ns) / summary.elapsed_ns,
		missed: (100 * gapTicks) / scheduled,
		p99_us: lateness_p99_ns / 1e3,
		bareCpu: (100 * bare.cpu_ns) / duration,
		bareMissed: 100 * (1 - bare.taken / bare.scheduled),
		bareP99_us: bare.p99_ns / 1e3,
	};
}

async function measure(
	effort: Effort,
	period_ns: number,
	asked: { cpu: number; missed?: number; p99_us?: number },
): Promise<Figure[]> {
	const rounds: Round[] = [];
	for (let i = 0; i < pick(effort, 5, 1); i++) rounds.push(await round(effort, period_ns));
	const middle = (key: keyof Round): number => median(rounds.map((r) => r[key]));
	const at = `hybrid on ${EVENT} at ${formatRate(period_ns)}`;
	const bare = "bare clock_nanosleep loop";
	const goal = (atMost: number | undefined) => (atMost === undefined ? {} : { goal: { atMost } });
	return [
		{
			what: `${at}: CPU of the sampler`,
			unit: "% of a core",
			value: middle("cpu"),
			...goal(asked.cpu),
			reference: { what: bare, value: middle("bareCpu") },
			note: `median of ${rounds.length}`,
		},
		{
			what: `${at}: ticks missed`,
			unit: "%",
			value: middle("missed"),
			...goal(asked.missed),
			reference: { what: bare, value: middle("bareMissed") },
		},
		{
			what: `${at}: lateness, p99`,
			unit: "us",
			value: middle("p99_us"),
			...goal(asked.p99_us),
			reference: { what: bare, value: middle("bareP99_us") },
		},
	];
}

export const hybrid: Benchmark = {
	name: "hybrid",
	title: "Sleeping between ticks, on network counters",
	async run(effort) {
		const slow = await measure(effort, 1_000_000, { cpu: 5, p99_us: 150 });
		const fast = await measure(effort, 100_000, { cpu: 40, missed: 3 });
		return { figures: [...slow, ...fast] };
	},
};
