// SPDX-License-Identifier: Apache-2.0
/** The events that Linux names itself: software events, and the hardware and cache events that it translates. */
import type { Unit } from "../source.js";
import { type PerfEvent, perfType, simpleEncoding } from "./event.js";

interface Row {
	readonly config: bigint;
	readonly unit?: Unit;
	readonly kernelOnly?: true;
	readonly help: string;
}

/** PERF_COUNT_SW_*. An event that no CPU of the machine has (alignment faults on x86) stays 0. */
const software: Record<string, Row> = {
	"context-switches": { config: 3n, kernelOnly: true, help: "Times that the scheduler put another task on the CPU." },
	"cpu-migrations": { config: 4n, kernelOnly: true, help: "Times that a task was moved to another CPU." },
	"page-faults": { config: 2n, help: "Page faults, minor and major." },
	"minor-faults": { config: 5n, help: "Page faults that were served without reading from a device." },
	"major-faults": { config: 6n, help: "Page faults that had to read from a device." },
	"task-clock": { config: 1n, unit: "ns", help: "Time that the counted tasks ran; of a CPU, the time that it was up." },
	"cpu-clock": { config: 0n, unit: "ns", help: "Time that passed while counting, by the clock of the scheduler." },
	"alignment-faults": { config: 7n, help: "Unaligned accesses that the kernel had to carry out." },
	"emulation-faults": { config: 8n, help: "Instructions that the kernel had to emulate." },
	"cgroup-switches": {
		config: 11n,
		kernelOnly: true,
		help: "Context switches between tasks of different control groups.",
	},
};

/** PERF_COUNT_HW_*. */
const hardware: Record<string, Row> = {
	cycles: { config: 0n, unit: "cycles", help: "Cycles of the CPU while it was not halted, at whatever frequency." },
	instructions: { config: 1n, help: "Instructions that were completed." },
	"cache-references": { config: 2n, help: "Accesses to the last-level cache." },
	"cache-misses": { config: 3n, help: "Accesses that the last-level cache could not serve." },
	branches: { config: 4n, help: "Branch instructions that were completed." },
	"branch-misses": { config: 5n, help: "Branches that were predicted wrongly." },
	"bus-cycles": { config: 6n, unit: "cycles", help: "Cycles of the bus clock." },
	"stalled-cycles-frontend": { config: 7n, unit: "cycles", help: "Cycles in which no instruction could be issued." },
	"stalled-cycles-backend": { config: 8n, unit: "cycles", help: "Cycles in which no instruction could be completed." },
	"ref-cycles": { config: 9n, unit: "cycles", help: "Unhalted cycles counted at a constant frequency." },
};

/** PERF_COUNT_HW_CACHE_*: config is cache | operation << 8 | result << 16. */
const caches: [string, string][] = [
	["L1-dcache", "the first-level data cache"],
	["L1-icache", "the first-level instruction cache"],
	["LLC", "the last-level cache"],
	["dTLB", "the translation cache for data"],
	["iTLB", "the translation cache for instructions"],
	["branch", "the branch predictor"],
	["node", "the memory of this node"],
];
const operations: [string, string, string][] = [
	["load", "loads", "Loads"],
	["store", "stores", "Stores"],
	["prefetch", "prefetches", "Prefetches"],
];

const event = (family: string, type: number, name: string, row: Row): PerfEvent => ({
	name,
	unit: row.unit ?? "events",
	semantics: "counter",
	help: row.help,
	encode: simpleEncoding(type, row.config),
	family,
	cpus: null,
	kernelOnly: row.kernelOnly ?? false,
});

export const softwareEvents: readonly PerfEvent[] = Object.entries(software).map(([name, row]) =>
	event("software", perfType.software, name, row),
);

/** Counts nothing. It is the event of a group of which only the times are asked for (PERF_COUNT_SW_DUMMY). */
export const dummyEvent = event("software", perfType.software, "dummy", { config: 9n, help: "Counts nothing." });

/** Names that a machine may have; the kernel is asked which of them it has. */
export const hardwareEvents: readonly PerfEvent[] = [
	...Object.entries(hardware).map(([name, row]) => event("hardware", perfType.hardware, name, row)),
	...caches.flatMap(([cache, where], c) =>
		operations.flatMap(([one, many, what], o) =>
			[`${cache}-${many}`, `${cache}-${one}-misses`].map((name, result) =>
				event("hardware", perfType.cache, name, {
					config: BigInt(c | (o << 8) | (result << 16)),
					help: `${what} ${result ? "missed by" : "from"} ${where}.`,
				}),
			),
		),
	),
];

export const rawEvent = (code: string): PerfEvent =>
	event("hardware", perfType.raw, `r${code}`, {
		config: BigInt(`0x${code}`),
		help: `The event of the CPU with the code 0x${code}, as its manual describes it.`,
	});
