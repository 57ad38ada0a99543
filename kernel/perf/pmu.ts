// SPDX-License-Identifier: Apache-2.0
/** Performance monitoring units that describe themselves in sysfs: the bits of their terms, and their named events. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCpus } from "../../base/cpus.js";
import { usageError } from "../../base/errors.js";
import { type Encoding, type PerfEvent, perfType } from "./event.js";

export const PMU_ROOT = "/sys/bus/event_source/devices";

/** Bits of config, config1 or config2, from the lowest: the lowest bits of a value fill the first range. */
export interface Format {
	readonly word: 0 | 1 | 2;
	readonly ranges: readonly (readonly [number, number])[];
}

export interface Pmu {
	readonly name: string;
	readonly type: number;
	readonly cpus: readonly number[] | null;
	readonly formats: ReadonlyMap<string, Format>;
	/** Terms of each named event: "event=0x3c,umask=0x01". */
	readonly events: ReadonlyMap<string, string>;
	/** For events with a scale: the factor for the raw count, and the unit of the product. */
	readonly scales: ReadonlyMap<string, string>;
	readonly units: ReadonlyMap<string, string>;
	/** Events whose value is a reading (a temperature), not a count. */
	readonly snapshots: ReadonlySet<string>;
}

const words = ["config", "config1", "config2"] as const;
const WORD_BITS = 64n;

/** The bits that "config:0-7,21" names; null for a word that this build does not pass on. */
export function parseFormat(text: string): Format | null {
	const match = /^(config[12]?):(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)$/.exec(text.trim());
	if (!match) return null;
	const ranges = match[2]!.split(",").map((part) => {
		const [first = 0, last = first] = part.split("-").map(Number);
		return [first, last] as const;
	});
	const sound = ranges.every(([first, last]) => first <= last && last < WORD_BITS);
	return sound ? { word: words.indexOf(match[1] as "config") as Format["word"], ranges } : null;
}

/** The bits of a value in their places; null when the value has more bits than the format. */
export function spread(format: Format, value: bigint): bigint | null {
	let rest = value;
	let result = 0n;
	for (const [first, last] of format.ranges) {
		const width = BigInt(last - first + 1);
		result |= (rest & ((1n << width) - 1n)) << BigInt(first);
		rest >>= width;
	}
	return rest === 0n ? result : null;
}

const formatOf = (pmu: Pmu, term: string): Format | undefined => {
	const word = words.indexOf(term as "config");
	return pmu.formats.get(term) ?? (word < 0 ? undefined : { word: word as Format["word"], ranges: [[0, 63]] });
};

/** Terms about sampling or printing, which do not change a count. */
const IGNORED = new Set(["period", "freq", "name"]);

/** The words of perf_event_attr for "event=0x3c,umask=1,inv", which may contain the name of an event. */
export function encodeTerms(pmu: Pmu, text: string, within = ""): Encoding {
	const config: [bigint, bigint, bigint] = [0n, 0n, 0n];
	for (const item of text.split(/[,\s]+/).filter((part) => part !== "")) {
		const [term = "", value = "1"] = item.split("=");
		const named = item.includes("=") ? undefined : pmu.events.get(term);
		if (named !== undefined && term !== within) {
			const inner = encodeTerms(pmu, named, term);
			config[0] |= inner.config;
			config[1] |= inner.config1;
			config[2] |= inner.config2;
			continue;
		}
		if (IGNORED.has(term)) continue;
		const format = formatOf(pmu, term);
		if (!format)
			throw usageError(`${pmu.name} has no term '${term}'; it has ${[...pmu.formats.keys(), ...words].join(", ")}`);
		if (!/^(0x[0-9a-f]+|\d+)$/i.test(value))
			throw usageError(`'${item}' of ${pmu.name} needs a number; write ${term}=0x1 or ${term}=1`);
		const bits = spread(format, BigInt(value));
		if (bits === null)
			throw usageError(`'${item}' has more bits than ${pmu.name} has for ${term}; give a smaller number`);
		config[format.word] |= bits;
	}
	return { type: pmu.type, config: config[0], config1: config[1], config2: config[2] };
}

const readText = (path: string): string | null => {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return null;
	}
};

const readFolder = (path: string): [string, string][] => {
	try {
		return readdirSync(path)
			.sort()
			.map((name): [string, string | null] => [name, readText(join(path, name))])
			.filter((entry): entry is [string, string] => entry[1] !== null);
	} catch {
		return [];
	}
};

/** The files "EVENT.suffix" of a folder, by EVENT. */
const suffixed = (files: readonly [string, string][], suffix: string): [string, string][] =>
	files.filter(([name]) => name.endsWith(suffix)).map(([name, text]) => [name.slice(0, -suffix.length), text]);

function readPmu(root: string, name: string): Pmu | null {
	const folder = join(root, name);
	const type = readText(join(folder, "type"));
	if (type === null) return null;
	/* cpumask: one CPU stands for a whole socket. cpus: only these cores have this unit. */
	const cpus = readText(join(folder, "cpumask")) ?? readText(join(folder, "cpus"));
	const files = readFolder(join(folder, "events"));
	return {
		name,
		type: Number(type),
		cpus: cpus === null ? null : parseCpus(cpus),
		formats: new Map(
			readFolder(join(folder, "format")).flatMap(([term, text]) => {
				const format = parseFormat(text);
				return format ? [[term, format] as const] : [];
			}),
		),
		events: new Map(files.filter(([event]) => !event.includes("."))),
		scales: new Map(suffixed(files, ".scale")),
		units: new Map(suffixed(files, ".unit")),
		snapshots: new Set(suffixed(files, ".snapshot").flatMap(([event, text]) => (text === "1" ? [event] : []))),
	};
}

/** Units that are not listed here: software events and tracepoints have their own catalogues, and breakpoints and
 *  probes count at an address that the user would have to give. */
const OTHERWISE = new Set(["software", "tracepoint", "breakpoint", "kprobe", "uprobe"]);

export function readPmus(root: string = PMU_ROOT): Pmu[] {
	try {
		return readdirSync(root)
			.filter((name) => !OTHERWISE.has(name))
			.sort()
			.flatMap((name) => readPmu(root, name) ?? []);
	} catch {
		return [];
	}
}

/** The event that terms select on a unit. */
export const termsEvent = (pmu: Pmu, name: string, terms: string): PerfEvent => ({
	name,
	unit: "events",
	semantics: "counter",
	help: `The event of ${pmu.name} with ${terms}.`,
	encode: () => encodeTerms(pmu, terms),
	family: pmu.type === perfType.raw ? "hardware" : pmu.name,
	cpus: pmu.cpus,
	kernelOnly: false,
});

function namedEvent(pmu: Pmu, event: string, terms: string): PerfEvent {
	const scale = pmu.scales.get(event);
	const unit = pmu.units.get(event);
	const plain = scale === undefined && unit === undefined;
	return {
		...termsEvent(pmu, `${pmu.name}/${event}`, event),
		unit: plain ? "events" : "none",
		semantics: pmu.snapshots.has(event) ? "gauge" : "counter",
		help: plain
			? `The event ${event} of ${pmu.name} (${terms}).`
			: `The event ${event} of ${pmu.name} as a raw count: times ${scale ?? "1"} it is ${unit ?? "a number"}.`,
	};
}

/** The named events of a unit. Those with a term that the user has to fill in ("core=?") can only be written as
 *  terms. */
export const pmuEvents = (pmu: Pmu): PerfEvent[] =>
	[...pmu.events].filter(([, terms]) => !terms.includes("?")).map(([event, terms]) => namedEvent(pmu, event, terms));
