// SPDX-License-Identifier: Apache-2.0
/**
 * Any file with one number, by its absolute path: `file:/sys/class/net/eth0/statistics/rx_bytes`. The meaning of the
 * number is not known, so it is a gauge without a unit unless the user says more:
 *
 *   ?type=counter    it only grows, so it has a rate; ?type=gauge is the default
 *   ?width=32        of a counter: 32, 48 or 64 bits until it wraps; 64 is the default
 *
 * Decimal and 0x integers are i64 (u64 when they are counters or too large); decimals with a point are f64. The content
 * at the start decides. The path may have wildcards. Matching files without a number are left out, unless none would be
 * left. A file of sysfs costs about 0.8 us a tick.
 */
import { basename, dirname, normalize } from "node:path";
import { usageError } from "../../base/errors.js";
import { type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source, SourceOptions } from "../source.js";
import { expandPath } from "./glob.js";
import { readNumber } from "./number.js";

type Kind = Pick<Counter, "semantics" | "width">;

const example = "'file:/sys/class/net/lo/statistics/rx_bytes'";

/** Most files that one glob may name; each needs a descriptor. */
const MAX_FILES = 4096;

function kindOf(options: SourceOptions): Kind {
	const type = options.get("type") ?? "gauge";
	if (type !== "counter" && type !== "gauge")
		throw usageError(`file option type=${type} is not understood; write type=counter or type=gauge`);
	const width = options.get("width") ?? "64";
	if (!["32", "48", "64"].includes(width))
		throw usageError(`file option width=${width} is not understood; write width=32, width=48 or width=64`);
	if (type === "gauge" && width !== "64")
		throw usageError(`file option width=${width} is for counters; write ?type=counter&width=${width}, or leave it out`);
	return { semantics: type, width: Number(width) };
}

function cellOf(path: string, value: bigint | number, kind: Kind): Counter["type"] {
	if (typeof value === "number") return "f64";
	if (kind.semantics === "gauge") return value < 2n ** 63n ? "i64" : "u64";
	if (value < 0n) throw usageError(`'${path}' holds ${value}, and a counter is never below 0; leave out ?type=counter`);
	if (value >= 2n ** BigInt(kind.width))
		throw usageError(`'${path}' holds ${value}, which is more than ${kind.width} bits; give a larger ?width=`);
	return "u64";
}

function fileCounter(path: string, value: bigint | number, kind: Kind): Counter<TextAt> {
	const type = cellOf(path, value, kind);
	return {
		source: "file",
		instance: dirname(path),
		name: basename(path),
		unit: "none",
		...kind,
		type,
		help: `The number in ${path}.`,
		at: { path, line: 0, label: "", field: 0, kind: type === "f64" ? "f64" : "number" },
	};
}

function resolve(text: string, options: SourceOptions = new Map()): Counter<TextAt>[] {
	const kind = kindOf(options);
	if (!text.startsWith("/"))
		throw usageError(`'file:${text}' does not name a file by its whole path; begin with a slash, as in ${example}`);
	const path = normalize(text);
	const matches = expandPath(path) ?? [path];
	if (matches.length === 0)
		throw usageError(`'file:${text}' matches no file; wildcards stay within one folder, so write one for each level`);
	if (matches.length > MAX_FILES)
		throw usageError(`'file:${text}' matches ${matches.length} files; narrow it to at most ${MAX_FILES}`);
	const contents = matches.map((match) => ({ match, content: readNumber(match) }));
	const numbers = contents.flatMap(({ match, content }) =>
		"value" in content ? [{ match, value: content.value }] : [],
	);
	const [first] = contents;
	if (numbers.length === 0 && first && "refused" in first.content) {
		const others = contents.length > 1 ? ` (the first of ${contents.length} matches)` : "";
		throw usageError(`'${first.match}'${others} ${first.content.refused}`);
	}
	return numbers.map(({ match, value }) => fileCounter(match, value, kind));
}

export const file = {
	name: "file",
	summary: "any file that holds one number, named by you: file:/path/to/it; ?type=counter and ?width=32 say what it is",
	options: ["type", "width"],
	optionsOf: "counter",
	absence: () => null,
	list: () => [],
	resolve,
	plan: (counters: readonly Counter<TextAt>[]) => textReaders(counters),
} satisfies Source<TextAt>;
