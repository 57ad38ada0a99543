// SPDX-License-Identifier: Apache-2.0
/** Decides how a card is sampled: by its own parameters or by those of whoever samples it now; and writes the plan lines. */
import { unavailable, usageError } from "../../../base/errors.js";
import { formatCount, formatDuration } from "../../../base/units.js";
import type { Counter, Drained, SourceOptions } from "../../source.js";
import { planWord } from "../../source.js";
import type { Capabilities } from "../card/capabilities.js";
import { type Card, cardAt, isReachedByMlx5ctl, mostBytes } from "../card/cards.js";
import { decodeParameters, type Parameters, queryParameters, setParameters } from "../card/parameters.js";
import { execute, outboxOf } from "../transport/execute.js";
import { type Command, hex, scope } from "../transport/mailbox.js";
import { counterName } from "./catalogue.js";
import { legacyDecoder, legacyRecord, queryCounters, records } from "./records.js";
import { checkWish, modeOf, parametersFor, parseWish, type Wish } from "./request.js";
import {
	chooseLogPeriod,
	chooseLogSamples,
	clocksToNs,
	type Mode,
	planRing,
	type Ring,
	SHORTEST_DRAIN_NS,
} from "./sampling.js";

/** Where a counter is: at which card, under which id. */
export interface At {
	readonly address: string;
	readonly id: number;
}

type Asked = readonly Counter<At>[];

/** What the sampler is told of one card. */
interface Decision {
	readonly card: Card;
	/** In the order of columns. */
	readonly counters: Asked;
	readonly mode: Mode;
	readonly ring: Ring;
	/** Null: someone else has started it. */
	readonly start: Command | null;
	/** Null: nothing is changed, so nothing is put back. */
	readonly restore: Command | null;
	readonly remarks: readonly string[];
}

/** What the card samples at this moment; it may have changed since it was found. */
function nowSampling(card: Card): Parameters {
	const [answer] = execute([[card, queryParameters]]);
	return decodeParameters(outboxOf(answer!, card, queryParameters.name));
}

function describe(running: Parameters, capabilities: Capabilities): string {
	const period_ns = clocksToNs(2 ** running.log_sample_period, capabilities);
	const when = modeOf(running) === "on_demand" ? "on demand" : `every ${formatDuration(period_ns)}`;
	return `${formatCount(running.counters.length, "counter")} ${when}`;
}

const TAINT =
	"starting the sampler takes SET_DIAGNOSTIC_PARAMS, which the kernel lets pass only at scope DEBUG_WRITE and which taints it until the next boot";

/** Whoever reads needs no more than DEBUG_READ_ONLY; starting by fwctl needs the user's word. */
function checkTaint({ driver, address }: Card, { allowTaint }: Wish, otherwise: string): void {
	if (driver !== "fwctl" || allowTaint) return;
	const without = isReachedByMlx5ctl(address) ? ", or choose ?driver=mlx5ctl, which taints nothing" : "";
	throw unavailable(
		`${address} cannot be sampled by fwctl as it is: ${TAINT}; say --allow-taint${without}${otherwise}`,
	);
}

/** Joins what someone else samples; changes nothing. */
function attach(card: Card, running: Parameters, asked: Asked, wish: Wish): Decision {
	const capabilities = card.capabilities!;
	const counters = asked.filter(({ at }) => running.counters.includes(at.id));
	const mode = modeOf(running);
	const owner = `${card.address} is being sampled by someone else (${describe(running, capabilities)})`;
	if (counters.length === 0)
		throw unavailable(
			`${owner}, but none of the asked counters is among ${running.counters.map(counterName).join(", ")}; ask for those, end the other sampling, or take the device over with --steal`,
		);
	if (mode === "on_demand")
		throw unavailable(`${owner}, so there is nothing to join; end that, or take the device over with --steal`);
	if (wish.mode !== "repetitive" || wish.sync || wish.clear)
		throw unavailable(
			`${owner}, so mode, sync and clear cannot be chosen; leave them out, or take the device over with --steal`,
		);
	const size = { logSamples: running.log_num_of_samples, logPeriod: running.log_sample_period, mode };
	const ring = planRing(
		{ counters: running.counters.length, ...size, mostBytes: mostBytes[card.driver] },
		capabilities,
	);
	const left = asked.length - counters.length;
	const remarks = [
		`${owner}; countersink reads along and changes nothing`,
		...(left ? [`of ${asked.length} asked counters of ${card.address}, ${left} are not sampled and are left out`] : []),
	];
	return { card, counters, mode, ring, start: null, restore: null, remarks };
}

/* Asking takes a command each time, so there is no ring and the rate is ours. */
function onDemandRing(counters: number, period_ns: number, { logMinPeriod }: Capabilities): Ring {
	if (period_ns < SHORTEST_DRAIN_NS)
		throw usageError(
			`on demand, every sample takes a command, so ${formatDuration(period_ns)} is too short; ask for ${formatDuration(SHORTEST_DRAIN_NS)} or more, or choose mode=repetitive`,
		);
	return { counters, logSamples: 0, logPeriod: logMinPeriod, period_ns, drain_ns: period_ns, samplesPerCommand: 1 };
}

function ownRing(card: Card, asked: Asked, period_ns: number, { mode }: Wish): Ring {
	const capabilities = card.capabilities!;
	if (mode === "on_demand") return onDemandRing(asked.length, period_ns, capabilities);
	const logSamples = chooseLogSamples(asked.length, capabilities);
	const logPeriod = chooseLogPeriod(period_ns, capabilities);
	return planRing(
		{ counters: asked.length, logSamples, logPeriod, mostBytes: mostBytes[card.driver], mode },
		capabilities,
	);
}

/** Starts sampling of our own, and puts back what was there. */
function start(card: Card, found: Parameters, asked: Asked, period_ns: number, wish: Wish): Decision {
	const ids = asked.map(({ at }) => at.id);
	checkWish(wish, ids, card.capabilities!);
	const ring = ownRing(card, asked, period_ns, wish);
	const taint = card.driver === "fwctl" ? [`${card.address}: ${TAINT}; you said --allow-taint`] : [];
	const stolen = found.enable
		? [
				`${card.address} was being sampled by someone else (${describe(found, card.capabilities!)}); that is interrupted, and its parameters are put back at the end`,
			]
		: [];
	return {
		card,
		counters: asked,
		mode: wish.mode,
		ring,
		start: setParameters(parametersFor(wish, ids, ring)),
		restore: setParameters(found),
		remarks: [...taint, ...stolen],
	};
}

function decide(asked: Asked, period_ns: number, options: SourceOptions): Decision {
	const wish = parseWish(options);
	const card = cardAt(asked[0]!.at.address, wish.driver);
	const found = nowSampling(card);
	if (found.enable && !wish.steal) return attach(card, found, asked, wish);
	checkTaint(
		card,
		wish,
		found.enable ? ", or leave out --steal to read along" : ", or have someone else start it and read along",
	);
	return start(card, found, asked, period_ns, wish);
}

type Line = readonly (string | number)[];

/** What both readers are told. */
const deviceLines = ({ card, start, restore }: Decision): Line[] => [
	["device", card.driver, planWord(card.path), scope.debugReadOnly, scope.debugWrite],
	...(start ? [["start", hex(start.inbox)]] : []),
	...(restore ? [["restore", hex(restore.inbox)]] : []),
];

/** On demand every sample is a command, whose answer has a record for each counter: registers/mlx5reg.c. */
function onDemandLines(decision: Decision): Line[] {
	const { counters } = decision;
	const begins = counters.map((_, i) => records.begin + i * legacyDecoder.bytes);
	const { inbox, outBytes } = queryCounters(1, 0, counters.length);
	const [id, idBits] = legacyRecord.counter_id;
	const [value, high] = legacyRecord.counter_value_h;
	const [, low] = legacyRecord.counter_value_l;
	return [
		...deviceLines(decision),
		["access", hex(inbox), outBytes],
		...counters.map(({ at }, i) => ["expect", 0, 8 * begins[i]! + id, idBits, at.id]),
		...begins.map((begin, column) => ["field", column, 0, 8 * begin + value, high + low]),
	];
}

/** The card's ring is emptied: mlx5_drain.h. */
function ringLines(decision: Decision): Line[] {
	const { card, counters, mode, ring } = decision;
	const { logSamples, logPeriod, drain_ns, samplesPerCommand } = ring;
	return [
		...deviceLines(decision),
		["query", hex(queryCounters(1, 0).inbox)],
		...(mode === "single" ? [["single"]] : []),
		["ring", logSamples, ring.counters, logPeriod, card.capabilities!.frequency_khz, drain_ns, samplesPerCommand],
		...counters.map(({ at }, column) => ["column", column, at.id]),
	];
}

/** @param asked counters of one card */
export function drain(asked: Asked, period_ns: number, options: SourceOptions): Drained {
	const decision = decide(asked, period_ns, options);
	const { counters, ring, remarks } = decision;
	const readers =
		decision.mode === "on_demand"
			? [{ reader: "mlx5_register", cpu: -1, lines: onDemandLines(decision) }]
			: [{ reader: "mlx5_drain", cpu: -1, lines: ringLines(decision) }];
	return { counters, granted_ns: ring.period_ns, drain_ns: ring.drain_ns, remarks, readers };
}
