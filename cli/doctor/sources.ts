// SPDX-License-Identifier: Apache-2.0
/** Checks whether this user can really read each source, by trying it with the real sampler. */
import { messageOf } from "../../base/errors.js";
import { formatCount, formatDuration, formatRate } from "../../base/units.js";
import { sources } from "../../kernel/registry.js";
import type { Source } from "../../kernel/source.js";
import { probe } from "../../record/cost/probe.js";
import { DEFAULT_PERIOD, nameColumns } from "../../sampler/selection.js";
import { type Check, type Group, limited, missing, ok } from "./check.js";
import { setcapCommand } from "./linux-capabilities.js";

/** Number of counters of one instance that are tried. */
const TRIED = 16;

interface Tried {
	readonly check: Check;
	/** Cost of one read of the tried counters; null where it failed. */
	readonly cost_ns: number | null;
}

async function tried(source: Source<never>): Promise<Tried> {
	const { name } = source;
	const absence = source.absence();
	if (absence !== null) {
		const [sentence = "", ...reasons] = absence.split("\n");
		const [what = "", ...remedy] = sentence.split("; ");
		const otherwise = reasons.length ? `countersink list ${name}:*, which says why` : "do without it";
		return { check: missing(name, what, remedy.join("; ") || otherwise), cost_ns: null };
	}
	const all = source.list();
	if (all.length === 0) return { check: ok(name, source.summary), cost_ns: null };
	if (source.drain)
		return { check: ok(name, `${formatCount(all.length, "counter")}, from the device itself`), cost_ns: null };
	const some = all.filter(({ instance }) => instance === all[0]!.instance).slice(0, TRIED);
	const columns = nameColumns(some);
	try {
		const [cost] = await probe([{ name, source, period: DEFAULT_PERIOD, columns, options: new Map() }]);
		const found = `${formatCount(all.length, "counter")}; ${some.length} of them read in ${formatDuration(cost!.p50_ns)}`;
		return { check: ok(name, found), cost_ns: cost!.p50_ns };
	} catch (error) {
		return { check: limited(name, messageOf(error), setcapCommand()), cost_ns: null };
	}
}

export async function sourceGroup(): Promise<Group> {
	const results: Tried[] = [];
	for (const source of sources) results.push(await tried(source));
	const slowest = Math.max(...results.map(({ cost_ns }) => cost_ns ?? 0));
	const name = results.find(({ cost_ns }) => cost_ns === slowest)?.check.name;
	const verdict = name
		? `the slowest to read is ${name}, at most ${formatRate(1.25 * slowest)}; 'countersink list --cost' measures them all`
		: "no source can be read here";
	return { name: "sources", verdict, checks: results.map(({ check }) => check) };
}
