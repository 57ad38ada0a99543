// SPDX-License-Identifier: Apache-2.0
/** A recording can always be ended. Whatever hangs, what the ring holds is kept, and the recording says that it is
 *  incomplete. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, countersink, type Running, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile, withFile } from "../support/judge.js";
import { childrenOf, isGone, nameOf, stateOf, until } from "../support/processes.js";

const file = scratch();
/** Ten times as long as on a quiet machine, where it takes 3 s. */
const ENDS_WITHIN_MS = 30_000;

const samplerOf = (pid: number): number | undefined =>
	childrenOf(pid).find((child) => nameOf(child) === "countersink-sam" && !isGone(child));

/** How long it takes to end from now on. Fails when it does not end at all. */
async function took({ child, outcome }: Running): Promise<number> {
	const asked = performance.now();
	const ended = await Promise.race([outcome.then(() => true), sleep(ENDS_WITHIN_MS, false, { ref: false })]);
	if (!ended) child.kill("SIGKILL");
	assert.ok(ended, `it has not ended ${ENDS_WITHIN_MS} ms after the request`);
	return performance.now() - asked;
}

async function recording(path: string, ...words: readonly string[]): Promise<Running & { readonly sampler: number }> {
	const running = start(["record", "--force", "-o", path, ...words]);
	let sampler: number | undefined;
	await until("rows are committed", () => {
		sampler = samplerOf(running.child.pid!);
		return sampler !== undefined && existsSync(`${path}.wal`);
	});
	await sleep(600);
	return { ...running, sampler: sampler! };
}

const incomplete = /it did not end within 1\.5 s when it was asked to, so it was killed/;

/** Checks that the file accounts for everything up to the end, and says how it ended. */
async function assertCutOff(path: string, running: Running, rows: number): Promise<void> {
	const { code, stderr } = await running.outcome;
	assert.equal(code, 1, stderr);
	assert.match(stderr, incomplete);
	assert.equal(existsSync(`${path}.wal`), false, "the file is closed");
	const { ended, streams } = await judgeFile(path);
	assert.equal(ended, "sampler_killed");
	assert.ok(streams.synthetic!.rows >= rows, `${streams.synthetic!.rows} rows`);
	await withFile(path, async (recorded) => {
		const { reason } = await recorded.row("SELECT arg_max(reason, first_tick + ticks) AS reason FROM gaps");
		assert.equal(reason, "killed");
	});
	const about = await countersink(["info", path]);
	assert.match(about.stdout, /ended {5}the sampler was killed \(it did not end within 1\.5 s/);
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
	test(`${signal} while the sampler is stopped`, async () => {
		const path = file(`stopped-${signal}.duckdb`);
		const running = await recording(path, "-e", "synthetic:0/*@1kHz");
		process.kill(running.sampler, "SIGSTOP");
		await until("the sampler stands still", () => stateOf(running.sampler) === "T");
		running.child.kill(signal);
		await took(running);
		assert.ok(isGone(running.sampler), "the sampler is gone");
		await assertCutOff(path, running, 100);
	});

test("while a read hangs", async () => {
	const path = file("blocked.duckdb");
	const running = await recording(path, "-e", "synthetic:0/*?slow=400:300s@1kHz");
	running.child.kill("SIGINT");
	/* Impatient users ask again, and lose nothing by it. */
	for (const after of [50, 300, 1000]) setTimeout(() => running.child.kill("SIGINT"), after).unref();
	await took(running);
	/* On a busy machine some of the 399 ticks before it are late. */
	await assertCutOff(path, running, 350);
});

test("while the first read hangs, before anything is recorded", async () => {
	const path = file("first.duckdb");
	const running = start(["record", "-e", "synthetic:0/*?slow=1:300s@1kHz", "-o", path]);
	await until("its cost is being measured", () => samplerOf(running.child.pid!) !== undefined);
	running.child.kill("SIGINT");
	await took(running);
	const { code, stderr } = await running.outcome;
	assert.equal(code, 1);
	assert.match(stderr, /^countersink: nothing was recorded: the sampler had not started when it was asked to stop/);
	assert.equal(existsSync(path), false);
});

/* The ring holds one second. What comes later is missing, and is counted as such. */
for (const stopped of [false, true])
	test(`into a pipe that nobody reads${stopped ? ", while the sampler is stopped" : ""}`, async () => {
		const words = ["record", "-e", "synthetic:0/*@100kHz", "--force", "-o", "-"];
		const child = spawn(process.execPath, [commandLine, ...words], { stdio: ["ignore", "pipe", "pipe"] });
		let stderr = "";
		child.stderr.on("data", (part) => {
			stderr += part;
		});
		const outcome = once(child, "exit") as Promise<unknown> as Running["outcome"];
		await until("it samples", () => samplerOf(child.pid!) !== undefined);
		await sleep(1000);
		if (stopped) process.kill(samplerOf(child.pid!)!, "SIGSTOP");
		child.kill("SIGINT");
		await took({ child, outcome });
		assert.equal(child.exitCode, 1);
		assert.match(stderr, /the reader of standard output takes nothing, so what was recorded last is lost/);
	});

test("a command that ignores SIGTERM does not keep the file open longer than the recording", async () => {
	const path = file("deaf.duckdb");
	const deaf = "trap '' TERM INT; while :; do sleep 0.1; done";
	const running = await recording(path, "-e", "synthetic:0/*@1kHz", "--", "bash", "-c", deaf);
	const command = childrenOf(running.child.pid!).find((pid) => nameOf(pid) === "bash")!;
	running.child.kill("SIGTERM");
	/* A checkpoint removes the log, too, so only the lock shows that the file is closed. */
	const judged = (): Promise<{ ended: unknown } | null> => judgeFile(path).catch(() => null);
	await until("the file is closed", async () => (await judged())?.ended === "interrupted");
	await took(running);
	assert.ok(isGone(command), "the command is gone");
	assert.equal((await running.outcome).code, 0);
});

test("while the command is stopped", async () => {
	const path = file("standing.duckdb");
	const running = await recording(path, "-e", "synthetic:0/*@1kHz", "--", "sleep", "300");
	const command = childrenOf(running.child.pid!).find((pid) => nameOf(pid) === "sleep")!;
	process.kill(command, "SIGSTOP");
	running.child.kill("SIGINT");
	await took(running);
	assert.ok(isGone(command));
	assert.equal((await judgeFile(path)).ended, "interrupted");
});
