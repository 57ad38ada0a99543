// SPDX-License-Identifier: Apache-2.0
/**
 * Kills processes at random moments, dozens of times, in full size hundreds of times. Whatever dies: every acknowledged
 * row is in the file, every cell is right, every tick is accounted for, no process is left running, and the recording
 * says how it ended. COUNTERSINK_KILLS sets the number of recordings that are killed.
 */
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersinkError } from "../../base/errors.js";
import { layout, word } from "../../sampler/layout.gen.js";
import { type Account, account, howItEnded } from "../../storage/account.js";
import { Recording } from "../../storage/recording.js";
import { scratch } from "../support/folder.js";
import { judgeFile, withFile } from "../support/judge.js";
import { isGone, until } from "../support/processes.js";
import { RecordingChild } from "../support/recording-child.js";
import type { Wanted } from "../support/recording-process.js";
import { sized } from "../support/size.js";

const KILLS = Number(process.env.COUNTERSINK_KILLS ?? sized(50, 200));
const AT_A_TIME = 2;
const RECORDINGS_EACH = 5;

const file = scratch();
let files = 0;

/** Recordings from one counter to 128, from 100 Hz to 50 kHz, of one stream or two, with faults or without. */
const loads: readonly (readonly string[])[] = [
	["synthetic:0/*@1kHz"],
	["synthetic:0/*@20kHz"],
	["synthetic@500Hz"],
	["synthetic:1/*?error=40:5@5kHz", "synthetic:2/*@100Hz"],
	["synthetic:0/{ramp,drop}@50kHz"],
	["synthetic:3/*?slow=50:4ms@2kHz"],
];

function wantedRecordings(count: number, depth_ns = 4e9): Wanted[] {
	return Array.from({ length: count }, () => {
		const n = files++;
		return { path: file(`${n}.duckdb`), events: loads[n % loads.length]!, depth_ns };
	});
}

/** Runs jobs two at a time, each with its number. */
async function inTurn(jobs: number, job: (n: number) => Promise<void>): Promise<void> {
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < jobs) await job(next++);
	};
	await Promise.all(Array.from({ length: AT_A_TIME }, lane));
}

const random = (from: number, to: number): number => from + Math.random() * (to - from);

/** What our own reader says of the recording. */
async function told(path: string): Promise<Account> {
	const recording = await Recording.open(path);
	try {
		return await account(recording);
	} finally {
		recording.close();
	}
}

/** Judges the recordings of a killed process: no acknowledged row is missing, and each says that it was cut off. */
async function judgeKilled(child: RecordingChild, how: RegExp): Promise<void> {
	for (const [n, { path }] of child.wanted.entries()) {
		const { streams } = await judgeFile(path);
		for (const [stream, { rows }] of Object.entries(streams)) {
			const safe = child.acknowledged(n, stream);
			assert.ok(rows >= safe, `${path}: ${rows} rows of ${stream}, ${safe} were acknowledged`);
		}
		const about = await told(path);
		assert.match(howItEnded(about), how);
		for (const stream of about.streams) assert.ok(stream.identity, `${path}: ${stream.name}`);
	}
}

const share = (part: number): number => Math.max(1, Math.round(KILLS * part));

test("the recording process is killed while it records", async () => {
	let acknowledged = 0;
	await inTurn(Math.ceil(share(0.4) / RECORDINGS_EACH), async () => {
		const child = new RecordingChild(wantedRecordings(RECORDINGS_EACH));
		await child.running();
		await sleep(random(0, 900));
		await child.kill();
		await child.leavesNothing();
		await judgeKilled(child, new RegExp(`^it was not finalised: its writer \\(process ${child.pid}\\) was killed`));
		acknowledged += child.said("committed").length;
	});
	assert.ok(acknowledged > 0, "no kill came after a commit, so the test has shown nothing");
});

/** Number of rows that a dead sampler has published, according to its ring. */
function published(umem: number): number {
	const bytes = new BigUint64Array(1);
	readSync(umem, bytes, 0, 8, layout.UMEM_CONTROL_BYTES + word.ring_rows_published);
	return Number(bytes[0]);
}

test("the sampler is killed while it samples", async () => {
	await inTurn(Math.ceil(share(0.3) / RECORDINGS_EACH), async (round) => {
		/* Every other time the ring is so small that it overflows while nothing drains it. */
		const child = new RecordingChild(wantedRecordings(RECORDINGS_EACH, round % 2 ? 1e6 : 4e9));
		await child.running();
		await sleep(random(0, 400));
		const samplers = child
			.said("running")
			.sort((a, b) => a.n - b.n)
			.map(({ sampler }) => sampler);
		const umems = samplers.map((pid) => openSync(`/proc/${pid}/fd/4`, "r"));
		await child.stopped();
		await sleep(random(0, 300));
		for (const pid of samplers) process.kill(pid, "SIGKILL");
		await until("the samplers are dead", () => samplers.every(isGone));
		const rows = umems.map(published);
		for (const umem of umems) closeSync(umem);
		child.child.kill("SIGCONT");
		await child.closed();
		for (const [n, { path }] of child.wanted.entries()) {
			assert.equal(child.said("ended", n)[0]?.ending, "sampler_killed");
			const { ended, streams } = await judgeFile(path);
			assert.equal(ended, "sampler_killed");
			assert.equal(Object.values(streams)[0]!.rows, rows[n], `${path}: rows of the ring`);
			await withFile(path, async (recording) => {
				const last = "SELECT arg_max(reason, first_tick + ticks) AS reason FROM gaps GROUP BY stream";
				for (const { reason } of await recording.rows(last)) assert.equal(reason, "killed", path);
			});
			assert.match(
				howItEnded(await told(path)),
				/^the sampler was killed \(ended by SIGKILL\); everything it had published is here/,
			);
		}
	});
});

test("the recording process is killed while it starts", async () => {
	const found = { nothing: 0, refused: 0, recording: 0 };
	await inTurn(share(0.15), async (round) => {
		const child = new RecordingChild(wantedRecordings(1));
		const { path } = child.wanted[0]!;
		/* Every other time: around the moments in which the file exists and the recording has not started. */
		if (round % 2) await until("the file is made", () => existsSync(path));
		await sleep(round % 2 ? random(0, 60) : random(50, 500));
		await child.kill();
		await child.leavesNothing();
		if (!existsSync(path)) found.nothing++;
		else
			try {
				const about = await told(path);
				assert.equal(about.finalised, false);
				await judgeKilled(child, /^it was not finalised/);
				found.recording++;
			} catch (error) {
				/* It was killed before there was a recording: one sentence, and no acknowledged row. */
				assert.ok(error instanceof CountersinkError, String(error));
				assert.match(error.message, /not a recording|damaged or cut off/);
				assert.equal(child.said("committed").length, 0, error.message);
				found.refused++;
			}
	});
	assert.ok(found.nothing + found.refused > 0, `every kill came too late: ${JSON.stringify(found)}`);
});

test("the recording process is killed while it finalises", async () => {
	let finalised = 0;
	await inTurn(Math.ceil(share(0.15) / RECORDINGS_EACH), async (round) => {
		const child = new RecordingChild(wantedRecordings(RECORDINGS_EACH));
		await child.running();
		await sleep(random(100, 500));
		child.finish();
		/* Every other time one recording is finalised, and the others are about to be. */
		if (round % 2) await sleep(random(0, 150));
		else await until("a recording has ended", () => child.said("ended").length > 0);
		await child.kill();
		await child.leavesNothing();
		await judgeKilled(child, /^(it was not finalised|the user ended it)/);
		for (const [n, { path }] of child.wanted.entries()) {
			const { ended } = await judgeFile(path);
			if (child.said("ended", n).length) assert.equal(ended, "interrupted");
			finalised += ended === null ? 0 : 1;
		}
	});
	assert.ok(finalised > 0, "every kill came too early");
});
