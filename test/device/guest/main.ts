// SPDX-License-Identifier: Apache-2.0
/** Inside the guest: runs the test files beside this one, one at a time, and says how many tests passed and failed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const folder = import.meta.dirname;

/** Parts of names of test files, from the kernel's command line; none means all. */
const selected = /countersink\.tests=(\S*)/.exec(readFileSync("/proc/cmdline", "utf8"))?.[1]?.split(",") ?? [];
const isSelected = (name: string): boolean => selected.some((word) => name.includes(word));

const names = readdirSync(folder).filter((name) => name.endsWith(".test.js"));
const files = names.filter(isSelected).map((name) => join(folder, name));

const count = { passed: 0, failed: 0 };
const events = run({ files, concurrency: 1 });
events.on("test:pass", ({ details }) => {
	if (details.type !== "suite") count.passed++;
});
events.on("test:fail", () => count.failed++);
for await (const text of events.compose(new spec())) process.stdout.write(text);
process.stdout.write(`guest: ${count.passed} passed, ${count.failed} failed\n`);
