// SPDX-License-Identifier: Apache-2.0
/** Imports point from a layer to earlier ones only (test/support/layers.ts), and never in a circle. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { filesIn, layers, outside, product } from "../support/layers.js";

/** "from -> to" of imports that break the rule for a reason. */
const exceptions: readonly string[] = [];

/** Files that import each other, as one line a circle, in alphabetical order. */
const circles: readonly string[] = [];

/** A program that a file starts as a process of its own may be of a later layer, since it is never loaded. */
const programs: readonly string[] = ["record/live/answering.ts -> ask/live/answerer.ts"];

const rank = (folder: string): number => layers.findIndex((layer) => layer.includes(folder));
const folderOf = (path: string): string => path.split(sep)[0]!;

const imports = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]*)"/g;
const includes = /^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm;
const urls = /\bnew URL\("(\.[^"]*\.js)", import\.meta\.url\)/g;

interface Reference {
	readonly from: string;
	readonly to: string;
}

function references(from: string, pattern = from.endsWith(".ts") ? imports : includes): Reference[] {
	const found = readFileSync(packageFile(from), "utf8").matchAll(pattern);
	return [...found].map(([, to]) => ({ from, to: normalize(join(dirname(from), to!.replace(/\.js$/, ".ts"))) }));
}

const files = filesIn([...product, ...outside]).filter(
	(path) => /\.(ts|c|h)$/.test(path) && !path.includes(`${sep}fixtures${sep}`),
);
const sources = files.filter((path) => path.endsWith(".ts"));
const all = files.flatMap((path) => references(path));

function allowed({ from, to }: Reference): boolean {
	const [source, target] = [folderOf(from), folderOf(to)];
	if (source === target || outside.includes(source)) return true;
	return rank(target) >= 0 && rank(target) < rank(source);
}

const named = ({ from, to }: Reference): string => `${from} -> ${to}`;

/** Fails for what is wrong and not excepted, and for exceptions that are no longer needed. */
function onlyExcepted(wrong: readonly string[], excepted: readonly string[]): void {
	assert.deepEqual([...wrong].sort(), [...excepted].sort());
}

test("imports and includes point to earlier layers only", () => {
	onlyExcepted(all.filter((reference) => !allowed(reference)).map(named), exceptions);
});

test("a program of a later layer is started only where it is named here", () => {
	const started = sources.flatMap((path) => references(path, urls));
	onlyExcepted(started.filter((reference) => !allowed(reference)).map(named), programs);
});

/** What the command line may use of the layers below the library: what measures and records nothing. */
const measuring = /^record\/(cost\/|drive\.ts$)/;

test("the command line records and asks through the library, and has no other way", () => {
	const past = all.filter(
		({ from, to }) => folderOf(from) === "cli" && ["record", "ask"].includes(folderOf(to)) && !measuring.test(to),
	);
	assert.deepEqual(past.map(named), []);
	assert.ok(
		all.some(({ from, to }) => from === "cli/verbs/record.ts" && folderOf(to) === "library"),
		"the rule sees the command line",
	);
});

/** Files of each circle, by Tarjan's algorithm: of files that can be reached from each other the first visited one is
 *  the root. */
function circlesIn(targets: ReadonlyMap<string, readonly string[]>): string[][] {
	const found: string[][] = [];
	const order = new Map<string, number>();
	const lowest = new Map<string, number>();
	const path: string[] = [];
	const visit = (file: string): number => {
		order.set(file, order.size);
		lowest.set(file, order.get(file)!);
		path.push(file);
		for (const target of targets.get(file) ?? []) {
			if (order.has(target) && !path.includes(target)) continue;
			const reached = order.has(target) ? order.get(target)! : visit(target);
			lowest.set(file, Math.min(lowest.get(file)!, reached));
		}
		if (lowest.get(file) === order.get(file)) {
			const circle = path.splice(path.indexOf(file));
			if (circle.length > 1 || targets.get(file)?.includes(file)) found.push(circle.sort());
		}
		return lowest.get(file)!;
	};
	for (const file of targets.keys()) if (!order.has(file)) visit(file);
	return found;
}

test("no files import each other in a circle, types included", () => {
	const targets = new Map(sources.map((path) => [path, references(path).map(({ to }) => to)]));
	onlyExcepted(
		circlesIn(targets).map((circle) => circle.join(" ")),
		circles,
	);
});

test("a circle is found where there is one", () => {
	const targets = new Map(Object.entries({ a: ["b"], b: ["c", "e"], c: ["d"], d: ["b"], e: [], f: ["f"], g: ["a"] }));
	assert.deepEqual(circlesIn(targets).sort(), [["b", "c", "d"], ["f"]]);
});

test("the scan sees the code: every import leads to a file, and known imports are found", () => {
	assert.deepEqual(all.filter(({ to }) => !existsSync(packageFile(to))).map(named), []);
	for (const [from, to] of [
		["sampler/native/ring.h", "kernel/reader.h"],
		["sampler/plan.ts", "kernel/source.ts"],
		["kernel/synthetic/index.ts", "base/units.ts"],
	])
		assert.ok(
			all.some((reference) => named(reference) === `${from} -> ${to}`),
			`${from} -> ${to} was not seen`,
		);
});

/** The kernel modules have the licence of the kernel; the firmware model is part of one of them and of programs of
 *  ours. */
function licenceOf(path: string): string {
	if (path.startsWith(join("test", "device", "module", sep))) return "GPL-2.0";
	return path.startsWith(join("test", "device", "model", sep)) ? "GPL-2.0 OR Apache-2.0" : "Apache-2.0";
}

test("every source file names its licence", () => {
	const front = (path: string): string[] => readFileSync(packageFile(path), "utf8").split("\n", 2);
	const without = files.filter((path) => !front(path).includes(`// SPDX-License-Identifier: ${licenceOf(path)}`));
	assert.deepEqual(without, []);
});

test("a source imports nothing of another source", () => {
	/** The folder below kernel/ that a file is in; "" for those of kernel/ itself. */
	const sourceOf = (path: string): string =>
		path.startsWith(`kernel${sep}`) ? (path.split(sep).slice(1, -1)[0] ?? "") : "";
	const broken = all.filter(({ from, to }) => {
		const [source, target] = [sourceOf(from), sourceOf(to)];
		return source !== "" && target !== "" && target !== "shared" && source !== target;
	});
	assert.deepEqual(broken.map(named), []);
});
