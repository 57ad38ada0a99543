// SPDX-License-Identifier: Apache-2.0
/** Runs the test files: first those that do not measure time, side by side, then the others one at a time. */
import { basename } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { packageFile } from "../../base/paths.js";
import { alone } from "./alone.js";
import type { Tally } from "./tally.js";

const TIMEOUT_MS = 600_000;

type Skip = string | boolean | undefined;

async function runGroup(names: readonly string[], concurrency: number, tally: Tally): Promise<void> {
	if (names.length === 0) return;
	const files = names.map((name) => packageFile(`dist/test/${name}.test.js`));
	const events = run({ files, concurrency, timeout: TIMEOUT_MS });
	events.on("test:pass", ({ name, skip, details }: { name: string; skip?: Skip; details: { type?: string } }) => {
		if (details.type === "suite") return;
		if (skip === undefined || skip === false) tally.passed++;
		else tally.skip(name, skip === true || skip === "" ? "of no reason that was said" : skip);
	});
	events.on("test:fail", () => tally.failed++);
	for (const kind of ["test:pass", "test:fail"] as const)
		events.on(
			kind,
			({ nesting, file, details }: { nesting: number; file?: string; details: { duration_ms: number } }) => {
				if (nesting === 0 && file) tally.took(basename(file, ".test.js"), details.duration_ms);
			},
		);
	for await (const text of events.compose(new spec())) process.stdout.write(text);
}

export async function runFiles(names: readonly string[], jobs: number, tally: Tally): Promise<void> {
	const isAlone = (name: string): boolean => name in alone;
	await runGroup(
		names.filter((name) => !isAlone(name)),
		jobs,
		tally,
	);
	await runGroup(names.filter(isAlone), 1, tally);
}
