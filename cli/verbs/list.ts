// SPDX-License-Identifier: Apache-2.0
/** countersink list: shows what can be counted here, and with --cost what a read costs and how often values change. */
import { Command } from "commander";
import { toJson } from "../../base/clean.js";
import { usageError } from "../../base/errors.js";
import { groupBy } from "../../base/group-by.js";
import { formatCount } from "../../base/units.js";
import { sources } from "../../kernel/registry.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { counterInfo } from "../../library/source-list.js";
import { matchCounters, mergeOptions, parseEvent } from "../../sampler/selection.js";
import { type Costs, costJson, costLines, details, measureCosts } from "../cost.js";
import type { Listing } from "../listing.js";
import { print, show } from "../streams.js";
import { table } from "../table.js";
import { clip, lineWidth, type Paint, painter, wrap } from "../terminal.js";

interface ListFlags {
	readonly all?: boolean;
	readonly json?: boolean;
	readonly cost?: boolean;
}

/** Counters of a source that are shown when the user did not name it. */
const SHOWN = 40;
/** Instances that a heading names. */
const SHOWN_INSTANCES = 6;

function everything(): Listing[] {
	return sources.map((source) => {
		const absence = source.absence();
		return { source, counters: absence === null ? source.list() : [], options: new Map(), absence, named: false };
	});
}

function named(globs: readonly string[]): Listing[] {
	const withRate = globs.find((glob) => /@[^@/:]*$/.test(glob));
	if (withRate !== undefined)
		throw usageError(
			`'${withRate}' includes a rate; list takes only counters, as in '${withRate.replace(/@[^@/:]*$/, "")}'`,
		);
	const bySource = groupBy(
		globs.map((glob) => parseEvent(glob)),
		({ source }) => source,
	);
	return [...bySource].map(([source, events]) => {
		const counters = new Map(events.flatMap(matchCounters).map((counter) => [counterId(counter), counter]));
		return { source, counters: [...counters.values()], options: mergeOptions(events), absence: null, named: true };
	});
}

const NOTE = "The changes include those that the sampler causes: its wakes are interrupts and context switches.";

/** "100 counters; instances lo, eth0 and 2 more". */
function extent(counters: readonly Counter[]): string {
	const instances = [...new Set(counters.map((counter) => counter.instance))].filter((name) => name !== "");
	const shown = instances.slice(0, SHOWN_INSTANCES).join(", ");
	const more = instances.length - SHOWN_INSTANCES;
	const count = formatCount(counters.length, "counter");
	if (instances.length === 0) return count;
	return `${count}; instances ${shown}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
}

function counterLines({ source, counters, named }: Listing, all: boolean, width: number, paint: Paint): string[] {
	const shown = all || named ? counters : counters.slice(0, SHOWN);
	const [head, ...rows] = table(
		[{ title: "counter" }, { title: "unit" }, { title: "kind" }, { title: "bits", right: true }, { title: "" }],
		shown.map((c) => [counterId(c), c.unit, c.semantics, String(c.width), c.help]),
		"  ",
	);
	const more = counters.length - shown.length;
	return [
		paint("dim", head!),
		...rows.map((row) => clip(row, width)),
		...(more ? [paint("dim", `  ... ${formatCount(more)} more; 'countersink list ${source.name}:*' shows all`)] : []),
	];
}

function headingLines({ source, counters, absence }: Listing, width: number, paint: Paint): string[] {
	const name = paint("bold", source.name);
	if (absence !== null) return `${name}  absent: ${absence}`.split("\n");
	if (counters.length === 0) return [name, ...wrap(source.summary, width - 2).map((line) => paint("dim", `  ${line}`))];
	return [
		`${name}  ${clip(extent(counters), width - source.name.length - 2)}`,
		paint("dim", clip(`  ${source.summary}`, width)),
		...(source.notes?.() ?? []).flatMap((note) => wrap(note, width - 4).map((line, i) => `  ${i ? "  " : ""}${line}`)),
	];
}

function printText(listings: readonly Listing[], flags: ListFlags, costs: Costs | null): void {
	const paint = painter();
	const width = lineWidth();
	const all = flags.all ?? false;
	const blocks = listings.map((listing) => {
		const lines = headingLines(listing, width, paint);
		if (listing.counters.length === 0) return lines;
		const body = costs
			? costLines(costs.get(listing.source)!, details[all ? "all" : listing.named ? "named" : "unasked"], width, paint)
			: counterLines(listing, all, width, paint);
		return [...lines, ...body];
	});
	const measured = [...(costs?.values() ?? [])].some(({ result }) => typeof result !== "string");
	show(blocks.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines])));
	if (measured) show(["", paint("dim", NOTE)]);
}

/** Prints one counter a line, so that the JSON can also be searched as text. */
function printJson(listings: readonly Listing[], costs: Costs | null): Promise<void> {
	const lines = listings.flatMap(({ source, counters }) =>
		counters.map((counter) => {
			const plain = counterInfo(counter);
			return toJson(costs ? { ...plain, cost: costJson(costs.get(source), counter) } : plain);
		}),
	);
	return print(`[\n${lines.join(",\n")}\n]\n`);
}

async function list(globs: readonly string[], flags: ListFlags): Promise<void> {
	const listings = globs.length ? named(globs) : everything();
	const costs = flags.cost ? await measureCosts(listings, flags.all ?? false) : null;
	if (flags.json) await printJson(listings, costs);
	else printText(listings, flags, costs);
}

export function listCommand(): Command {
	return new Command("list")
		.argument("[glob...]", "only these counters, as in 'net:*', 'net:eth0/rx_*' or just a source")
		.option("--cost", "measure: cost of a read, highest rate, how often each value really changes (0.4 s a source)")
		.option("--all", `show every counter, not the first ${SHOWN} of each source`)
		.option("--json", "print an array of objects, always of every counter")
		.addHelpText("after", examples)
		.action(list);
}

const examples = `
Examples:
  countersink list
  countersink list 'net:eth0/*' 'softirq:cpu0/NET_*'
  countersink list --cost vm
  countersink list --json | jq -r '.[] | select(.unit == "ns") | .id'`;
