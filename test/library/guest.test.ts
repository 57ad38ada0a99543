// SPDX-License-Identifier: Apache-2.0
/** The library is a guest in the process that uses it (test/support/guest-process.ts is such a process). */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { before, test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { scratch } from "../support/folder.js";
import type { Report } from "../support/guest-process.js";
import { judgeFile } from "../support/judge.js";

const file = scratch();
const folder = dirname(file("report"));
/** What the program told its parent, without meaning to. */
const told: unknown[] = [];
let stdout: string;
let stderr: string;
let report: Report;

before(async () => {
	const child = fork(packageFile("dist/test/support/guest-process.js"), [folder], {
		stdio: ["ignore", "pipe", "pipe", "ipc"],
	});
	child.on("message", (message) => told.push(message));
	const texts = Promise.all([text(child.stdout!), text(child.stderr!)]);
	/* It ends by itself, or the patience of the test runner does. */
	const [code, signal] = await once(child, "exit");
	[stdout, stderr] = await texts;
	assert.deepEqual([code, signal], [0, null], stderr);
	report = JSON.parse(readFileSync(file("report"), "utf8")) as Report;
});

test("it writes nothing to standard output and standard error", () => {
	assert.deepEqual([stdout, stderr], ["", ""]);
});

test("it tells the parent of the process nothing", () => {
	assert.deepEqual(told, []);
});

test("it listens to no signal, and to no other event of the process", () => {
	const { before, meanwhile, after } = report;
	assert.deepEqual([before.signals, meanwhile.signals, after.signals], [0, 0, 0]);
	assert.deepEqual(meanwhile.events, before.events);
	assert.deepEqual(after.events, before.events);
});

test("it leaves the environment, and the CPUs and priorities of threads that are not its own, as they were", () => {
	const { before, meanwhile, after } = report;
	for (const look of [meanwhile, after]) {
		assert.deepEqual(look.environment, before.environment);
		for (const [thread, cpus] of Object.entries(look.affinity)) assert.equal(cpus, before.affinity[thread]);
		for (const [thread, nice] of Object.entries(look.priorities)) assert.equal(nice, before.priorities[thread]);
	}
});

test("what it recorded at the same time is right, and nothing else is left", async () => {
	for (const name of ["a.duckdb", "b.duckdb"]) await judgeFile(file(name));
	assert.deepEqual(readdirSync(folder).sort(), ["a.duckdb", "b.duckdb", "report"]);
});
