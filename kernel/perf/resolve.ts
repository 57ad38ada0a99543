// SPDX-License-Identifier: Apache-2.0
/**
 * Events that a user writes and no list has.
 *
 *   pid1234/EVENT           of a process: EVENT may be a glob over the names that a CPU has
 *   cpu0/EVENT:u, :k        in user mode only, in kernel mode only
 *   cpu0/r01c2              a raw code of the CPU's own PMU
 *   cpu0/PMU/event=0x10/    terms of a PMU
 *   cpu0/time_enabled:EVENT, cpu0/time_running:EVENT
 *                           how long the group of EVENT was to count, and how long it did
 */
import { existsSync } from "node:fs";
import { unavailable, usageError } from "../../base/errors.js";
import { globToRegExp, nearest } from "../../base/text.js";
import type { Counter } from "../source.js";
import { hardwareEvents, rawEvent } from "./catalogue.js";
import { type Machine, thisMachine } from "./countable.js";
import type { PerfEvent } from "./event.js";
import { encodeTerms, termsEvent } from "./pmu.js";

export interface At {
	/** null: a time of the group that counted for the shortest time. */
	readonly event: PerfEvent | null;
	/** The mode that is left out: u (user), k (kernel) or - (none). */
	readonly exclude: "u" | "k" | "-";
	/** A time of the group of the event, in place of its count. */
	readonly time: "enabled" | "running" | null;
}

export const eventCounter = (
	instance: string,
	name: string,
	event: PerfEvent,
	exclude: At["exclude"],
): Counter<At> => ({
	source: "perf",
	instance,
	name,
	unit: event.unit,
	semantics: event.semantics,
	width: 64,
	type: "u64",
	help: event.help,
	at: { event, exclude, time: null },
});

const timeHelp = {
	enabled: "Time for which the events were to be counted",
	running:
		"Time for which the events were counted, which is less than time_enabled where they took turns on the hardware",
};

/** @param of an event and how it is written; null: the group of this CPU or process that counted for the shortest
 *  time */
export const timeCounter = (
	instance: string,
	time: "enabled" | "running",
	of: { event: PerfEvent; exclude: At["exclude"]; text: string } | null,
): Counter<At> => ({
	source: "perf",
	instance,
	name: of ? `time_${time}:${of.text}` : `time_${time}`,
	unit: "ns",
	semantics: "counter",
	width: 64,
	type: "u64",
	help: of ? `${timeHelp[time]}: of the group of ${of.text}.` : `${timeHelp[time]}: of the group that counted least.`,
	at: { event: of?.event ?? null, exclude: of?.exclude ?? "-", time },
});

interface Written {
	readonly text: string;
	readonly event: PerfEvent;
	readonly exclude: At["exclude"];
	readonly time: At["time"];
}

const isGlob = (text: string): boolean => /[*?[{]/.test(text);

/** Throws when the reason is known why an exact name does not exist on this machine. */
function refuse(machine: Machine, name: string): void {
	if (machine.absence !== null) throw unavailable(`${name} cannot be counted: ${machine.absence}`);
	if (machine.hardwareAbsence !== null && hardwareEvents.some((event) => event.name === name))
		throw unavailable(`${name} cannot be counted: ${machine.hardwareAbsence}`);
	if (machine.tracepointAbsence !== null && /^\w+:\w+$/.test(name))
		throw unavailable(`${name} cannot be counted: ${machine.tracepointAbsence}`);
}

function writtenTerms(machine: Machine, name: string): PerfEvent | null {
	const [, unit, terms] = /^([^/]+)\/([^/]*)\/?$/.exec(name) ?? [];
	const pmu = machine.pmus.find((candidate) => candidate.name === unit);
	if (!pmu || terms === undefined) return null;
	/* Refused now, and not only when the recording starts. */
	encodeTerms(pmu, terms);
	return termsEvent(pmu, `${unit}/${terms}`, terms);
}

/** Raw codes and terms; null for a name. */
function madeEvent(machine: Machine, name: string): PerfEvent | null {
	const raw = /^r([0-9a-f]{1,16})$/i.exec(name);
	if (!raw) return name.includes("=") ? writtenTerms(machine, name) : null;
	if (machine.hardwareAbsence !== null) throw unavailable(`${name} cannot be counted: ${machine.hardwareAbsence}`);
	return rawEvent(raw[1]!.toLowerCase());
}

/** Everything that the part after the instance can mean, and whether it means more than a glob over list(). */
function write(machine: Machine, text: string): { special: boolean; written: Written[] } {
	const [, prefix, rest = text] = /^time_(enabled|running):(.+)$/s.exec(text) ?? [];
	const [, bare = rest, mode] = /^(.+):([uk])$/s.exec(rest) ?? [];
	const name = bare.replace(/\/$/, "");
	const time = (prefix ?? null) as At["time"];
	const exclude = mode === "u" ? "k" : mode === "k" ? "u" : "-";
	const made = madeEvent(machine, name);
	const pattern = globToRegExp(name);
	const events = made
		? [made]
		: isGlob(name)
			? [...machine.events.values()].filter((event) => pattern.test(event.name))
			: [machine.events.get(name) ?? null].filter((event) => event !== null);
	if (events.length === 0) refuse(machine, name);
	for (const event of events)
		if (exclude === "k" && event.kernelOnly && !isGlob(name))
			throw usageError(`${event.name} happens in the kernel only, so ${text} would always be 0; leave out :u`);
	const kept = events.filter((event) => !(exclude === "k" && event.kernelOnly));
	const suffix = mode ? `:${mode}` : "";
	return {
		special: made !== null || time !== null || mode !== undefined || bare !== name,
		written: kept.map((event) => ({ text: `${event.name}${suffix}`, event, exclude, time })),
	};
}

const counterOf = (instance: string, { text, event, exclude, time }: Written): Counter<At> =>
	time ? timeCounter(instance, time, { event, exclude, text }) : eventCounter(instance, text, event, exclude);

const times = ["enabled", "running"] as const;

/** Counters of a process. Units that count for a socket or for one kind of core do not count processes. */
function ofProcess(machine: Machine, instance: string, text: string): Counter<At>[] {
	const { written } = write(machine, text);
	const counted = written.filter(({ event }) => event.cpus === null);
	const whole = times.filter((time) => globToRegExp(text).test(`time_${time}`));
	if (counted.length + whole.length === 0) {
		const near = nearest(text, machine.events.keys());
		throw usageError(
			`a process has no event '${text}'${near ? `; did you mean '${near}'?` : "; 'countersink list perf:cpu0/*' shows the names"}`,
		);
	}
	if (!existsSync(`/proc/${instance.slice("pid".length)}`))
		throw usageError(
			`there is no process ${instance.slice("pid".length)} to count '${text}' of; give the id of one that runs`,
		);
	return [...counted.map((one) => counterOf(instance, one)), ...whole.map((time) => timeCounter(instance, time, null))];
}

/** null: the text is a glob over list(). */
export function resolveEvents(text: string): Counter<At>[] | null {
	const [, instance, rest] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
	if (instance === undefined || rest === undefined) return null;
	const machine = thisMachine();
	if (/^pid\d+$/.test(instance)) return ofProcess(machine, instance, rest);
	const { special, written } = write(machine, rest);
	if (!special) return null;
	const pattern = globToRegExp(instance);
	const counters = machine.cpus
		.filter((cpu) => pattern.test(`cpu${cpu}`))
		.flatMap((cpu) =>
			written.filter(({ event }) => event.cpus?.includes(cpu) ?? true).map((one) => counterOf(`cpu${cpu}`, one)),
		);
	if (counters.length === 0)
		throw usageError(`'${text}' matches no event of a CPU; 'countersink list perf:*' shows those of this machine`);
	return counters;
}
