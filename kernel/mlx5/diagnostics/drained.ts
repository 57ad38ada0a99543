// SPDX-License-Identifier: Apache-2.0
/** Decides how a card is sampled, by parameters of ours or along with someone else, and writes the plan lines. */
import { unavailable, usageError } from "../../../base/errors.js";
import { formatCount, formatDuration } from "../../../base/units.js";
import type { Counter, Drained, SourceOptions } from "../../source.js";
import { planWord } from "../../source.js";
import type { Capabilities } from "../card/card-capabilities.js";
import { type Card, cardAt, isReachedByMlx5ctl, maxBytes } from "../card/cards.js";
import { decodeParameters, type Parameters, queryParameters, setParameters } from "../card/sampler-parameters.js";
import { execute, outboxOf } from "../transport/execute.js";
import { firmware, sampleRecord, scope } from "../transport/firmware.gen.js";
import { type Command, hex } from "../transport/mailbox.js";
import { counterName } from "./catalogue.js";
import { queryCounters } from "./records.js";
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

/** Where a counter is: its card and its id. */
export interface At {
	readonly address: string;
	readonly id: number;
}

type Asked = readonly Counter<At>[];

/** What the sampler will do with one card. */
interface Decision {
	readonly card: Card;
	/** In the order of columns. */
	readonly counters: Asked;
	readonly mode: Mode;
	readonly ring: Ring;
	/** Null: someone else has started the card. */
	readonly start: Command | null;
	/** Null: nothing is changed, so nothing has to be put back. */
	readonly restore: Command | null;
	readonly remarks: readonly string[];
}

/** What the card samples now. It may have changed since the card was found. */
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
	"starting the card's sampling takes SET_DIAGNOSTIC_PARAMS, which the kernel admits only at scope DEBUG_WRITE, and that taints the kernel until the next boot";

/** Reading needs no more than DEBUG_READ_ONLY. Starting through fwctl needs the word of the user. */
function checkTaint({ driver, address }: Card, { allowTaint }: Wish, otherwise: string): void {
	if (driver !== "fwctl" || allowTaint) return;
	const without = isReachedByMlx5ctl(address) ? ", or choose ?driver=mlx5ctl, which taints nothing" : "";
	throw unavailable(
		`${address} cannot be sampled by fwctl as it is: ${TAINT}; say --allow-taint${without}${otherwise}`,
	);
}

/** Reads along with someone else, and changes nothing. */
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
	const ring = planRing({ counters: running.counters.length, ...size, maxBytes: maxBytes[card.driver] }, capabilities);
	const left = asked.length - counters.length;
	const remarks = [
		`${owner}; countersink reads along and changes nothing`,
		...(left ? [`of ${asked.length} asked counters of ${card.address}, ${left} are not sampled and are left out`] : []),
	];
	return { card, counters, mode, ring, start: null, restore: null, remarks };
}

/* Every sample takes a command, so there is no ring, and the rate is ours. */
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
		{ counters: asked.length, logSamples, logPeriod, maxBytes: maxBytes[card.driver], mode },
		capabilities,
	);
}

/** Starts sampling of our own; at the end what was there is put back. */
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

/** Plan lines that both readers have. */
const deviceLines = ({ card, start, restore }: Decision): Line[] => [
	["device", card.driver, planWord(card.path), scope.debugReadOnly, scope.debugWrite],
	...(start ? [["start", hex(start.inbox)]] : []),
	...(restore ? [["restore", hex(restore.inbox)]] : []),
];

/** On demand every sample is a command, whose answer has one record for each counter: reader mlx5_register. */
function onDemandLines(decision: Decision): Line[] {
	const { counters } = decision;
	const starts = counters.map((_, i) => firmware.RECORDS_START + i * firmware.RECORD_BYTES);
	const { inbox, outBytes } = queryCounters(1, 0, counters.length);
	const [id, idBits] = sampleRecord.counter_id;
	const [value, high] = sampleRecord.value_h;
	const [, low] = sampleRecord.value_l;
	return [
		...deviceLines(decision),
		["access", hex(inbox), outBytes],
		...counters.map(({ at }, i) => ["expect", 0, 8 * starts[i]! + id, idBits, at.id]),
		...starts.map((start, column) => ["field", column, 0, 8 * start + value, high + low]),
	];
}

/** The card's ring is emptied: reader mlx5_drain. */
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
	return { counters, paced_by: "device", granted_ns: ring.period_ns, drain_ns: ring.drain_ns, remarks, readers };
}
