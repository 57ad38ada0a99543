// SPDX-License-Identifier: Apache-2.0
/** What can be counted on this machine now. */
import { sources as all } from "../kernel/registry.js";
import { type Counter, counterId, type Source } from "../kernel/source.js";

/** A counter as an event names it. */
export interface CounterInfo
	extends Pick<Counter, "source" | "instance" | "name" | "unit" | "semantics" | "width" | "type" | "help"> {
	/** source:instance/name */
	readonly id: string;
}

export interface SourceInfo {
	readonly name: string;
	readonly summary: string;
	/** Why nothing can be listed here, and what to try: one sentence; null where counters can be listed. */
	readonly absence: string | null;
	/** What else is to be known of what is here: a line each. */
	readonly notes: readonly string[];
	/** Names of the options that an event of this source may have after `?`. */
	readonly options: readonly string[];
	/** Every counter this machine has now. A source whose counters the user names (file, perf) lists none, or
	 *  examples. */
	readonly counters: readonly CounterInfo[];
}

export function counterInfo(counter: Counter): CounterInfo {
	const { source, instance, name, unit, semantics, width, type, help } = counter;
	return { id: counterId(counter), source, instance, name, unit, semantics, width, type, help };
}

/** What some sources say in several lines. */
const oneLine = (text: string): string => text.split(/\s*\n\s*/).join("; ");

function sourceInfo(source: Source<never>): SourceInfo {
	const absence = source.absence();
	return {
		name: source.name,
		summary: source.summary,
		absence: absence && oneLine(absence),
		notes: absence === null ? (source.notes?.() ?? []) : [],
		options: source.options ?? [],
		counters: absence === null ? source.list().map(counterInfo) : [],
	};
}

/** Every source of this build, in the order of `countersink list`. Reads nothing but names: no counter is
 *  opened. */
export const sources = (): SourceInfo[] => all.map(sourceInfo);
