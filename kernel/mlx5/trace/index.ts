// SPDX-License-Identifier: Apache-2.0
/** The source mlx5trace: events of the firmware tracer of ConnectX cards, which the card writes into memory of ours.
 * One row an event. */
import { globToRegExp } from "../../../base/text.js";
import { formatDuration } from "../../../base/units.js";
import { type Counter, type Drained, planWord, type ReaderPlan, type Source } from "../../source.js";
import { capability, generalCapability, queryCapability } from "../card/card-capabilities.js";
import { type Card, theseCards } from "../card/cards.js";
import { decode } from "../transport/bit-fields.js";
import { explainNoNodes, findNodes } from "../transport/device-nodes.js";
import { execute, explainAnswer } from "../transport/execute.js";
import { firmware, scope } from "../transport/firmware.gen.js";
import { hex } from "../transport/mailbox.js";
import { mlx5ctlDriver } from "../transport/mlx5ctl.js";
import { fields } from "./event-fields.js";
import { readStringDatabase } from "./format-strings.js";
import { traceCommandNames } from "./trace.gen.js";
import { decodeTraceCapability, readTraceCapability, type TraceCapability, traceCommands } from "./trace-commands.js";

/** A card whose tracer can write into memory of ours. */
interface Tracer {
	readonly card: Card;
	readonly capability: TraceCapability;
	readonly frequency_khz: number;
}

interface At {
	readonly tracer: Tracer;
	readonly field: string;
}

/** 1 MiB: 4096 blocks of up to 31 events. */
const LOG_MAX_PAGES = 8;
/** The sampler's ring has room for one event in this time, for as long as --depth. */
const ROOM_NS = 4000;
const NEEDS = "its buffer is a umem, which only mlx5ctl has: upstream fwctl has none";

/** The tracer of a card, or why it cannot be used. */
function tracerOf(card: Card): Tracer | string {
	const [general, trace] = execute([
		[card, queryCapability("general")],
		[card, readTraceCapability],
	]);
	if (general!.kind !== "ok") return explainAnswer(general!, card, "QUERY_HCA_CAP");
	if (trace!.kind !== "ok") return explainAnswer(trace!, card, readTraceCapability.name);
	const { device_frequency_khz } = decode(generalCapability, general!.outbox, capability.start);
	const found = decodeTraceCapability(trace!.outbox);
	if (found.trace_to_memory === 0) return "its tracer does not write into memory";
	return device_frequency_khz === 0
		? "it does not tell the frequency of its clock"
		: { card, capability: found, frequency_khz: device_frequency_khz };
}

interface Found {
	readonly tracers: readonly Tracer[];
	/** One line for each card whose tracer cannot be used. */
	readonly absences: readonly string[];
}

function findTracers(): Found {
	const cards = theseCards().cards.filter(({ driver, refusal }) => driver === "mlx5ctl" && refusal === null);
	const judged = cards.map((card) => ({ card, tracer: tracerOf(card) }));
	return {
		tracers: judged.flatMap(({ tracer }) => (typeof tracer === "string" ? [] : [tracer])),
		absences: judged.flatMap(({ card, tracer }) =>
			typeof tracer === "string" ? [`${card.address} (${card.path}): ${tracer}`] : [],
		),
	};
}

let found: Found | undefined;
function theseTracers(): Found {
	found ??= findTracers();
	return found;
}

/** Why mlx5ctl reaches no card. */
function withoutDriver(): string[] {
	const { cards } = theseCards();
	const refused = cards.filter(({ driver, refusal }) => driver === "mlx5ctl" && refusal !== null);
	if (refused.length) return refused.map(({ path, refusal }) => `mlx5ctl: ${path}: ${refusal}`);
	if (findNodes(mlx5ctlDriver).length) return [];
	return [`mlx5ctl: ${explainNoNodes(mlx5ctlDriver).what}; it exists only outside of the kernel`];
}

function absence(): string | null {
	const { tracers, absences } = theseTracers();
	if (tracers.length) return null;
	const without = theseCards().cards.filter(({ driver, refusal }) => driver === "fwctl" && refusal === null);
	const lines = [
		...without.map(({ address, path }) => `${address} answers by fwctl (${path}), but ${NEEDS}`),
		...absences,
		...withoutDriver(),
	];
	return ["no device here lets its firmware tracer be read through a umem", ...lines].join("\n  ");
}

const countersOf = (tracer: Tracer): Counter<At>[] =>
	fields.map((field) => ({
		source: "mlx5trace",
		instance: tracer.card.address,
		type: "u64",
		...field,
		at: { tracer, field: field.name },
	}));

const list = (): Counter<At>[] => theseTracers().tracers.flatMap(countersOf);

/** The address of a device selects all fields of its events. */
function resolve(text: string): Counter<At>[] | null {
	const pattern = globToRegExp(text);
	const named = theseTracers().tracers.filter(({ card }) => pattern.test(card.address));
	return named.length && !text.includes("/") ? named.flatMap(countersOf) : null;
}

const logPagesOf = ({ capability }: Tracer): number => Math.min(LOG_MAX_PAGES, capability.log_max_trace_buffer_size);

function readerPlan(tracer: Tracer, counters: readonly Counter<At>[], drain_ns: number): ReaderPlan {
	const { card, capability, frequency_khz } = tracer;
	const logPages = logPagesOf(tracer);
	const commands = traceCommands(logPages);
	return {
		reader: "mlx5_trace",
		cpu: -1,
		lines: [
			["device", card.driver, planWord(card.path), scope.debugReadOnly, scope.debugWrite],
			...traceCommandNames.map((name) => ["command", name, commands[name].outBytes, hex(commands[name].inbox)]),
			["buffer", logPages, capability.trc_ver],
			["clock", frequency_khz],
			["drain", drain_ns],
			...counters.map(({ at }, column) => ["column", column, at.field]),
		],
	};
}

function drain(counters: readonly Counter<At>[], period_ns: number): Drained {
	const { tracer } = counters[0]!.at;
	return {
		counters,
		granted_ns: ROOM_NS,
		paced_by: "events",
		drain_ns: period_ns,
		remarks: [],
		texts: readStringDatabase(tracer.card, tracer.capability.sections),
		readers: [readerPlan(tracer, counters, period_ns)],
	};
}

function note(tracer: Tracer): string {
	const { card, capability, frequency_khz } = tracer;
	const bytes = capability.sections.reduce((sum, section) => sum + section.bytes, 0);
	return `${card.address} by ${card.driver}, ${card.path}: traces into ${(firmware.TRACE_PAGE_BYTES * 2 ** logPagesOf(tracer)) / 1024} KiB of ours, clock of ${formatDuration(1e6 / frequency_khz)}, ${bytes} bytes of format strings; whether someone else owns the tracer (most often the kernel's driver) shows when it is recorded`;
}

export const mlx5trace: Source<At> = {
	name: "mlx5trace",
	summary:
		"events of the firmware tracer of ConnectX cards, written into memory of ours; @rate is how often it is read",
	absence,
	list,
	resolve,
	notes: () => [...theseTracers().tracers.map(note), ...theseTracers().absences],
	drain,
	plan: () => [],
};
