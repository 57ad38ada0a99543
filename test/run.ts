// SPDX-License-Identifier: Apache-2.0
/**
 * `npm test`: the native tests, then every test file, one at a time: most of them sample, and two samplers at real-time
 * priority on a small machine would test each other. Words after `npm test --` select files by a part of their name.
 * The last line counts.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { packageFile } from "../base/paths.js";

const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word));
/** Native programs: the folder of their sources, the Makefile that builds them, and where they end up. */
const natives = [
	{ sources: "test/native", make: "sampler/native", programs: "build/native/release" },
	{ sources: "test/device/native", make: "test/device", programs: "build/native/release/device" },
];
const namesOf = (folder: string, end: RegExp): string[] =>
	readdirSync(packageFile(folder))
		.filter((name) => end.test(name))
		.map((name) => name.slice(0, name.indexOf(".")))
		.filter(isWanted)
		.sort();

const count = { passed: 0, failed: 0, skipped: 0 };

const nativeArguments: Record<string, string[]> = { plan_fuzz: [packageFile("test/native/plans"), "50000"] };

function runNative(folder: string, name: string): void {
	const words = nativeArguments[name] ?? [];
	const { status, stdout, stderr } = spawnSync(packageFile(join(folder, name)), words, { encoding: "utf8" });
	process.stdout.write(`${name}\n${stdout}${stderr}`);
	if (status === 0) count.passed += stdout.match(/^ok /gm)?.length ?? 1;
	else count.failed++;
}

function runAllNative(): void {
	for (const { sources, make, programs } of natives) {
		const names = namesOf(sources, /_(test|fuzz)\.c$/);
		if (names.length === 0) continue;
		const made = spawnSync("make", ["-s", "-j2", "-C", packageFile(make), "tests"], { stdio: "inherit" });
		if (made.status === 0) for (const name of names) runNative(programs, name);
		else count.failed++;
	}
}

async function runFiles(): Promise<void> {
	const files = namesOf("test", /\.test\.ts$/).map((name) => packageFile(`dist/test/${name}.test.js`));
	if (files.length === 0) return;
	const events = run({ files, concurrency: 1, timeout: 300_000 });
	events.on("test:pass", ({ skip, details }) => {
		if (details.type === "suite") return;
		if (skip !== undefined && skip !== false) count.skipped++;
		else count.passed++;
	});
	events.on("test:fail", () => count.failed++);
	for await (const text of events.compose(new spec())) process.stdout.write(text);
}

runAllNative();
await runFiles();
const skipped = count.skipped ? `, ${count.skipped} skipped` : "";
process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
process.exitCode = count.failed || count.passed === 0 ? 1 : 0;
