// SPDX-License-Identifier: Apache-2.0
/** Kernel performance events per CPU (`perf:cpu0/context-switches`) and per process (`perf:pid1234/page-faults`). */
import type { Counter, ReaderPlan, Source } from "../source.js";
import { planWord } from "../source.js";
import { dummyEvent } from "./catalogue.js";
import { thisMachine } from "./countable.js";
import type { PerfEvent } from "./event.js";
import { type At, eventCounter, resolveEvents, timeCounter } from "./resolve.js";

/**
 * Most events of one group. Software events and tracepoints: one read of 64 takes 3 us, eight reads of 8 take 7 us
 * (measured on a 2-CPU virtual machine, Linux 6.18). Other events: a group counts only while all of its events are on
 * the hardware. The smallest common PMU has room for 4 while the NMI watchdog holds a counter. The reader splits a
 * group that the kernel refuses.
 */
const groupLimit = (family: string): number => (family === "software" ? 64 : 4);

let listed: Counter<At>[] | undefined;

function list(): Counter<At>[] {
	const { absence, cpus, events } = thisMachine();
	if (absence !== null) return [];
	listed ??= cpus.flatMap((cpu) => [
		...[...events.values()]
			.filter((event) => event.cpus?.includes(cpu) ?? true)
			.map((event) => eventCounter(`cpu${cpu}`, event.name, event, "-")),
		...(["enabled", "running"] as const).map((time) => timeCounter(`cpu${cpu}`, time, null)),
	]);
	return listed;
}

interface Chosen {
	readonly event: PerfEvent;
	readonly exclude: At["exclude"];
	readonly column: number | "-";
}

/** Groups in the order in which their keys first occur. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
	const groups = new Map<string, T[]>();
	for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
	return groups;
}

const sameEvent = (a: Pick<Chosen, "event" | "exclude">, b: Pick<Chosen, "event" | "exclude">): boolean =>
	a.event.name === b.event.name && a.exclude === b.exclude;

/** The events to open: chosen events, and events of which only the times are asked for. */
function eventsOf(columns: readonly [number, At][]): Chosen[] {
	const chosen: Chosen[] = columns.flatMap(([column, { event, exclude, time }]) =>
		event && !time ? [{ event, exclude, column }] : [],
	);
	for (const [, { event, exclude, time }] of columns)
		if (event && time && !chosen.some((other) => sameEvent(other, { event, exclude })))
			chosen.push({ event, exclude, column: "-" });
	return chosen.length ? chosen : [{ event: dummyEvent, exclude: "-", column: "-" }];
}

function eventLine({ event, exclude, column }: Chosen): (string | number)[] {
	const { type, config, config1, config2 } = event.encode();
	return ["event", column, type, `${config}`, `${config1}`, `${config2}`, exclude, planWord(event.name)];
}

function instancePlan(instance: string, columns: readonly [number, At][]): ReaderPlan {
	const [, kind = "", id = ""] = /^(cpu|pid)(\d+)$/.exec(instance) ?? [];
	const families = groupBy(eventsOf(columns), ({ event }) => event.family);
	const ordered = [...families.values()].flat();
	const times = columns.flatMap(([column, { event, exclude, time }]) => {
		if (!time) return [];
		const number = event ? ordered.findIndex((other) => sameEvent(other, { event, exclude })) : "-";
		return [["time", time, column, number]];
	});
	return {
		reader: "perf",
		cpu: kind === "cpu" ? Number(id) : -1,
		lines: [
			[kind === "cpu" ? "cpu" : "process", Number(id)],
			...[...families].flatMap(([family, events]) => [["group", groupLimit(family)], ...events.map(eventLine)]),
			...times,
		],
	};
}

export const perf: Source<At> = {
	name: "perf",
	summary:
		"kernel performance events by CPU (cpu0/context-switches, cpu0/sched:sched_switch) or by process (pid1234/page-faults)",
	absence: () => thisMachine().absence,
	list,
	resolve: resolveEvents,
	plan: (counters) => {
		const columns = counters.map(({ instance, at }, column) => ({ instance, column, at }));
		return [...groupBy(columns, ({ instance }) => instance)].map(([instance, group]) =>
			instancePlan(
				instance,
				group.map(({ column, at }) => [column, at]),
			),
		);
	},
};

/** What of this source is missing on this machine, one sentence each, with what to try. */
export function perfNotes(): string[] {
	const { absence, hardwareAbsence, tracepointAbsence } = thisMachine();
	return (absence === null ? [hardwareAbsence, tracepointAbsence] : [absence]).filter((note) => note !== null);
}
