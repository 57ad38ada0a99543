// SPDX-License-Identifier: Apache-2.0
/** The source mlx5: diagnostic counters of ConnectX and BlueField cards, which the card samples by its own clock. */
import { assert } from "../../../base/errors.js";
import { formatCount, formatDuration } from "../../../base/units.js";
import type { Counter, Source } from "../../source.js";
import type { SampledCounter } from "../card/card-capabilities.js";
import { type Card, cardAbsence, isReachedByMlx5ctl, preferredCards, theseCards } from "../card/cards.js";
import { counterName, meaningOf } from "./catalogue.js";
import { consents } from "./consents.js";
import { type At, drain } from "./drained.js";
import { optionNames } from "./request.js";
import { clocksToNs } from "./sampling.js";

const UNKNOWN = "Its meaning was not published.";

function counterOf({ address }: Card, { id, sync }: SampledCounter): Counter<At> {
	const meaning = meaningOf(id);
	const help = meaning ? `${meaning.alias}: ${meaning.help}` : UNKNOWN;
	return {
		source: "mlx5",
		instance: address,
		name: counterName(id),
		...(meaning ? { alias: meaning.alias } : {}),
		unit: meaning?.unit ?? "none",
		semantics: "counter",
		width: 64,
		type: "u64",
		help: sync ? `${help} It can be started in sync.` : help,
		at: { address, id },
	};
}

/** "0000:08:00.0 (eth2) by fwctl, /dev/fwctl/fwctl0". */
const title = ({ address, interfaces, driver, path }: Card): string =>
	`${address}${interfaces.length ? ` (${interfaces.join(", ")})` : ""} by ${driver}, ${path}`;

function state({ parameters }: Card): string {
	if (parameters === null) return "it does not tell whether it samples now";
	return parameters.enable ? `someone samples ${parameters.counters.length} of them now` : "nobody samples now";
}

/** Starting through fwctl taints the kernel, so it needs the word of the user. */
const howToStart = ({ driver, address }: Card): string =>
	driver === "mlx5ctl" ? "" : `; to start it, --allow-taint${isReachedByMlx5ctl(address) ? " or ?driver=mlx5ctl" : ""}`;

function cardNote(card: Card): string {
	const { capabilities } = card;
	if (capabilities === null) return `${title(card)}: samples nothing by itself`;
	const { counters, logMaxSamples, logMinPeriod, single, repetitive, tracerDump } = capabilities;
	const modes = [...(repetitive ? ["repetitive"] : []), ...(single ? ["single"] : []), "on demand"].join(", ");
	const shortest = formatDuration(clocksToNs(2 ** logMinPeriod, capabilities));
	return `${title(card)}: samples ${formatCount(counters.length, "counter")} by itself (${modes}), from ${shortest} on, ring of ${formatCount(2 ** logMaxSamples)} values; ${state(card)}${howToStart(card)}${tracerDump ? "; tracer_dump (experimental: its encoding is not published, and it is not used)" : ""}`;
}

function absence(): string | null {
	const none = cardAbsence();
	if (none !== null) return none;
	return list().length
		? null
		: "the mlx5 devices here sample nothing by themselves; mlx5reg reads the counters of their registers";
}

const list = (): Counter<At>[] =>
	preferredCards().flatMap((card) => card.capabilities?.counters.map((counter) => counterOf(card, counter)) ?? []);

export const mlx5: Source<At> = {
	name: "mlx5",
	summary: "counters that ConnectX cards sample by themselves; ?mode=single|on_demand&sync=1&clear=1&driver=mlx5ctl",
	options: optionNames,
	consents,
	absence,
	list,
	notes: () => [...preferredCards().map(cardNote), ...theseCards().absences],
	drain,
	plan: () => assert(false, "a device that samples by itself is drained") as never,
};
