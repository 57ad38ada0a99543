// SPDX-License-Identifier: Apache-2.0
/** What this machine can count. It is found once per process. */

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { onlineCpus } from "../../base/cpus.js";
import { probe } from "./attr.js";
import { hardwareEvents, softwareEvents } from "./catalogue.js";
import type { PerfEvent } from "./event.js";
import { type Pmu, pmuEvents, readPmus } from "./pmu.js";
import { findTracepoints } from "./tracepoints.js";

export interface Machine {
	/** CPUs that are online. */
	readonly cpus: readonly number[];
	readonly pmus: readonly Pmu[];
	readonly events: ReadonlyMap<string, PerfEvent>;
	/** null, or why nothing can be counted on this machine, and what to try. */
	readonly absence: string | null;
	/** Why there are no hardware events, and why there are no tracepoints; null where there are some. */
	readonly hardwareAbsence: string | null;
	readonly tracepointAbsence: string | null;
}

const { EACCES, ENOSYS, EPERM } = constants.errno;

/** A refusal for lack of privilege (EACCES) says nothing about the event: the sampler may have more privileges than
 *  this process. */
const absences = new Map<number, string>([
	[ENOSYS, "this kernel has no perf_event_open; one built with CONFIG_PERF_EVENTS has"],
	[
		EPERM,
		"perf_event_open is forbidden here, as container runtimes do by seccomp; try --cap-add PERFMON or --security-opt seccomp=unconfined when starting the container",
	],
]);

const probeEvent = ({ encode }: PerfEvent): number => {
	const { type, config } = encode();
	return probe(type, config);
};

const paranoid = (): string => {
	try {
		return readFileSync("/proc/sys/kernel/perf_event_paranoid", "utf8").trim();
	} catch {
		return "unknown";
	}
};

function explainHardware(refusals: readonly number[]): string | null {
	if (refusals.includes(0)) return null;
	if (refusals.includes(EACCES))
		return `hardware events cannot be looked for, because kernel.perf_event_paranoid is ${paranoid()}; try sudo sysctl kernel.perf_event_paranoid=2`;
	return "cycles, instructions and cache events cannot be counted, because this machine shows no hardware PMU; if it is virtual, have its host pass the PMU through";
}

function inspect(): Machine {
	const cpus = onlineCpus();
	const software = softwareEvents.map((event) => ({ event, refusal: probeEvent(event) }));
	const absence = absences.get(software[0]!.refusal) ?? null;
	const hardware = hardwareEvents.map((event) => ({ event, refusal: absence ? EPERM : probeEvent(event) }));
	const pmus = readPmus();
	const tracepoints = findTracepoints();
	const events = [
		...software.filter(({ refusal }) => refusal === 0 || refusal === EACCES).map(({ event }) => event),
		...hardware.filter(({ refusal }) => refusal === 0).map(({ event }) => event),
		...pmus.flatMap(pmuEvents),
		...tracepoints.events,
	];
	return {
		cpus,
		pmus,
		events: new Map(events.map((event) => [event.name, event])),
		absence,
		hardwareAbsence: explainHardware(hardware.map(({ refusal }) => refusal)),
		tracepointAbsence: tracepoints.absence,
	};
}

let machine: Machine | undefined;

export function thisMachine(): Machine {
	machine ??= inspect();
	return machine;
}
