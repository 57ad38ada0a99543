// SPDX-License-Identifier: Apache-2.0
/** Counters of network drivers under the names of the driver, as `ethtool -S` shows them. */
import { messageOf } from "../../base/errors.js";
import { groupBy } from "../../base/group-by.js";
import type { Counter, Source } from "../source.js";
import { unitOfName } from "./driver-units.js";
import { type DriverCounters, listDrivers } from "./drivers.js";

interface At {
	/** Name as a word of a plan. */
	readonly word: string;
	readonly ifindex: number;
	/** Number of counters that the driver has. */
	readonly count: number;
	/** Index in the list of the driver. */
	readonly index: number;
}

const countersOf = ({ link, driver, names }: DriverCounters): Counter<At>[] =>
	names.map((name, index) => ({
		source: "ethtool",
		instance: link.name,
		name,
		unit: unitOfName(name),
		semantics: "counter",
		width: 64,
		type: "u64",
		help: `Whatever the driver ${driver} counts under this name; its documentation says when it grows.`,
		at: { word: link.word, ifindex: link.ifindex, count: names.length, index },
	}));

function absence(): string | null {
	try {
		return listDrivers().length > 0
			? null
			: "no network driver here has counters of its own; use net, which every interface has";
	} catch (error) {
		return messageOf(error);
	}
}

function planLines(counters: readonly Counter<At>[]): (string | number)[][] {
	const values = counters.map(({ at }, column) => ({ ...at, column }));
	return [...groupBy(values, ({ ifindex }) => ifindex).values()].flatMap((own) => [
		["device", own[0]!.word, own[0]!.ifindex, own[0]!.count],
		...own.map(({ index, column }) => ["value", index, column]),
	]);
}

export const ethtool: Source<At> = {
	name: "ethtool",
	summary: "counters of network drivers, by the driver's own names",
	absence,
	list: () => (absence() === null ? listDrivers().flatMap(countersOf) : []),
	plan: (counters) => [{ reader: "ethtool", cpu: -1, lines: planLines(counters) }],
};
