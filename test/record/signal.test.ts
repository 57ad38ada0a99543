// SPDX-License-Identifier: Apache-2.0
/** How a recording ends when asked to, and what the command line says when it was not asked to. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countersink, type Outcome, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile } from "../support/judge.js";
import { childrenOf, isGone, until } from "../support/processes.js";
import { RecordingChild } from "../support/recording-child.js";

const file = scratch();

const random = (from: number, to: number): number => from + Math.random() * (to - from);

/** Starts a recording through the command line. Resolves once rows were committed. */
async function endedBy(
	words: readonly string[],
	path: string,
	end: (recorder: number, sampler: number) => void,
): Promise<Outcome> {
	const { child, outcome } = start(["record", "-o", path, ...words]);
	const pid = child.pid!;
	await until("rows are committed", () => existsSync(`${path}.wal`) && samplerOf(pid) !== undefined);
	await sleep(random(1000, 1300));
	const sampler = samplerOf(pid)!;
	end(pid, sampler);
	const result = await outcome;
	await until("the sampler is gone", () => isGone(sampler));
	return result;
}

/** The sampler: a process without children whose name is not that of the command. */
const samplerOf = (pid: number): number | undefined =>
	childrenOf(pid).find((child) => !isGone(child) && existsSync(`/proc/${child}/fd/4`));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
	for (const rate of ["1Hz", "100kHz"])
		for (const command of [[], ["--", "sleep", "30"]])
			test(`${signal} at ${rate}${command.length ? " with a command" : ""}`, async () => {
				const path = file(`${signal}-${rate}-${command.length}.duckdb`);
				const words = ["-e", `synthetic:0/*@${rate}`, "--force", ...command];
				const { code, stderr } = await endedBy(words, path, (pid) => process.kill(pid, signal));
				assert.equal(code, 0, stderr);
				assert.equal(existsSync(`${path}.wal`), false);
				assert.equal((await judgeFile(path)).ended, "interrupted");
			});

test("a signal that comes twice, and again while the file is closed, changes nothing", async () => {
	const path = file("twice.duckdb");
	const { code, stderr } = await endedBy(["-e", "synthetic@5kHz", "--force"], path, (pid) => {
		for (const after of [0, 1, 20, 40, 60, 100, 200])
			setTimeout(() => {
				if (!isGone(pid)) process.kill(pid, "SIGINT");
			}, after);
	});
	assert.equal(code, 0, stderr);
	assert.equal((await judgeFile(path)).ended, "interrupted");
});

test("a second request after the end, when the ring is gone, changes nothing", async () => {
	const path = file("after.duckdb");
	const child = new RecordingChild([{ path, events: ["synthetic:0/*@1kHz"], depth_ns: 1e9 }]);
	await child.running();
	child.finish();
	await child.closed();
	assert.equal(child.child.signalCode, null);
	assert.equal(child.child.exitCode, 0);
	assert.equal(child.said("ended")[0]?.ending, "interrupted");
	assert.equal((await judgeFile(path)).ended, "interrupted");
});

test("a signal while the recording starts ends it at once", async () => {
	let recorded = 0;
	for (const after of [0, 20, 50, 100, 200, 400]) {
		const path = file(`early-${after}.duckdb`);
		const { child, outcome } = start(["record", "-e", "synthetic:0/*", "-o", path, "--", "sleep", "30"]);
		/* The first child is the sampler that measures the cost of a read. */
		await until("it measures or records", () => childrenOf(child.pid!).length > 0 || existsSync(path));
		await sleep(after);
		child.kill("SIGINT");
		const { code, signal, stderr } = await outcome;
		/* Until our handlers are in place, the signal ends the process as it ends any program, and there is no file yet. */
		if (signal) assert.equal(existsSync(path), false);
		else {
			assert.equal(code, 0, stderr);
			assert.equal((await judgeFile(path)).ended, "interrupted");
			recorded++;
		}
	}
	assert.ok(recorded > 0, "every signal came before the handlers");
});

test("a killed sampler is reported on stderr, with exit status 1, and the command is ended", async () => {
	const path = file("told.duckdb");
	const words = ["-e", "synthetic:0/*@1kHz", "--", "sleep", "30"];
	const { code, stderr } = await endedBy(words, path, (_, sampler) => process.kill(sampler, "SIGKILL"));
	assert.equal(code, 1);
	assert.match(
		stderr,
		/^countersink: the sampler ended before its time \(ended by SIGKILL\); everything it had published is in .*told\.duckdb$/m,
	);
	assert.doesNotMatch(stderr, / {4}at /);
	const asked = await countersink(["sql", path, "SELECT ended FROM recording", "--csv"]);
	assert.equal(asked.stdout, "ended\nsampler_killed\n");
	assert.match(asked.stderr, /^countersink: note on .*: the sampler was killed/);
	assert.equal((await judgeFile(path)).ended, "sampler_killed");
});

test("a sampler that is told to end leaves an incomplete recording", async () => {
	const path = file("ended.duckdb");
	const words = ["-e", "synthetic:0/*@1kHz", "-d", "30s"];
	const { code, stderr } = await endedBy(words, path, (_, sampler) => process.kill(sampler, "SIGTERM"));
	assert.equal(code, 0, stderr);
	assert.equal((await judgeFile(path)).ended, "interrupted");
});

test("info and sql report a killed recorder", async () => {
	const path = file("killed.duckdb");
	const { signal } = await endedBy(["-e", "synthetic:0/*@1kHz"], path, (pid) => process.kill(pid, "SIGKILL"));
	assert.equal(signal, "SIGKILL");
	const about = await countersink(["info", path]);
	assert.equal(about.code, 0, about.stderr);
	assert.match(about.stdout, /ended {5}it was not finalised: its writer \(process \d+\) was killed/);
	assert.match(about.stdout, /holds$/m);
	const asked = await countersink(["sql", path, "SELECT count(*) > 0 AS some FROM synthetic", "--csv"]);
	assert.equal(asked.stdout, "some\ntrue\n");
	assert.match(asked.stderr, /^countersink: note on .*: it was not finalised/);
});
