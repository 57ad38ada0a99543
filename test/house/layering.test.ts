// SPDX-License-Identifier: Apache-2.0
/** Imports point left only: base <- kernel <- sampler <- storage <- queries <- export, import, viewer <- cli. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";

/** Folders in one line may not import each other. */
const layers = [["base"], ["kernel"], ["sampler"], ["storage"], ["queries"], ["export", "import", "viewer"], ["cli"]];
/** These may import everything, and nothing imports them. */
const outside = ["tools", "bench", "test"];
/** "from -> to" of imports that break the rule for a reason. */
const exceptions: readonly string[] = [];

const folders = [...layers.flat(), ...outside];
const rank = (folder: string): number => layers.findIndex((layer) => layer.includes(folder));
const folderOf = (path: string): string => path.split(sep)[0]!;

const imports = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]*)"/g;
const includes = /^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm;

interface Reference {
	readonly from: string;
	readonly to: string;
}

function references(from: string): Reference[] {
	const text = readFileSync(packageFile(from), "utf8");
	const found = text.matchAll(from.endsWith(".ts") ? imports : includes);
	return [...found].map(([, to]) => ({ from, to: normalize(join(dirname(from), to!.replace(/\.js$/, ".ts"))) }));
}

const files = folders
	.filter((folder) => existsSync(packageFile(folder)))
	.flatMap((folder) => readdirSync(packageFile(folder), { recursive: true }).map((path) => join(folder, String(path))))
	.filter((path) => /\.(ts|c|h)$/.test(path) && !path.includes(`${sep}fixtures${sep}`));
const all = files.flatMap(references);

function allowed({ from, to }: Reference): boolean {
	const [source, target] = [folderOf(from), folderOf(to)];
	if (source === target || outside.includes(source)) return true;
	return rank(target) >= 0 && rank(target) < rank(source);
}

const named = ({ from, to }: Reference): string => `${from} -> ${to}`;

test("imports and includes point left only", () => {
	const broken = all.filter((reference) => !allowed(reference)).map(named);
	assert.deepEqual(
		broken.filter((name) => !exceptions.includes(name)),
		[],
	);
	assert.deepEqual(
		exceptions.filter((name) => !broken.includes(name)),
		[],
		"an exception that is no longer needed",
	);
});

test("the scan sees the code: every import leads to a file, and layers import each other", () => {
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

/** The licence of a file. Kernel modules have the kernel's; the firmware model is part of a module and of our
 *  programs. */
function licenceOf(path: string): string {
	if (path.startsWith(join("test", "device", "module", sep))) return "GPL-2.0";
	return path.startsWith(join("test", "device", "model", sep)) ? "GPL-2.0 OR Apache-2.0" : "Apache-2.0";
}

test("every source file names its licence", () => {
	const front = (path: string): string[] => readFileSync(packageFile(path), "utf8").split("\n", 2);
	const without = files.filter((path) => !front(path).includes(`// SPDX-License-Identifier: ${licenceOf(path)}`));
	assert.deepEqual(without, []);
});
