// SPDX-License-Identifier: Apache-2.0
/** A recording whose disk is full: one sentence, exit status 1, everything committed can be read, and no process is
 *  left. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Room } from "../../import/room.js";
import { type Outcome, shell, startThrough } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { type Judged, judgeFile } from "../support/judge.js";
import { childrenOf, isGone, nameOf, until } from "../support/processes.js";
import { SmallDisk } from "../support/tmpfs.js";

const file = scratch();
let disks = 0;

/** Runs with a tmpfs; skips the test where it cannot be mounted. */
async function onDisk(t: TestContext, options: string, use: (disk: SmallDisk) => Promise<void>): Promise<void> {
	const folder = file(`disk-${disks++}`);
	mkdirSync(folder);
	const disk = await SmallDisk.mount(folder, options);
	if (typeof disk === "string") return t.skip(disk);
	try {
		await use(disk);
	} finally {
		await disk.unmount();
	}
}

/** Checks that stderr has exactly one line of ours, and no stack trace. */
function assertSentence({ stderr }: Outcome, sentence: RegExp): void {
	assert.match(stderr, sentence);
	assert.equal(stderr.match(/^countersink: /gm)?.length, 1, stderr);
	assert.doesNotMatch(stderr, /^ {4}at |internal error/m);
}

const full =
	/^countersink: the disk is full while writing .*; what was committed before is in the file: free space, then read it with 'countersink info .*'$/m;

/** Judges what is on the disk, from a copy. */
async function judgeCopy(disk: SmallDisk): Promise<Judged> {
	const copy = `${disk.folder}/copy.duckdb`;
	copyFileSync(disk.outside("x.duckdb"), copy);
	if (existsSync(disk.outside("x.duckdb.wal"))) copyFileSync(disk.outside("x.duckdb.wal"), `${copy}.wal`);
	return judgeFile(copy);
}

test("the disk fills up while recording", (t) =>
	onDisk(t, "size=4m", async (disk) => {
		const path = `${disk.folder}/x.duckdb`;
		const words = ["record", "-e", "synthetic@10kHz", "-o", path, "--", "sleep", "60"];
		const { child, outcome } = startThrough(disk.inside, words);
		await until("the command runs", () => childrenOf(child.pid!).some((pid) => nameOf(pid) === "sleep"));
		const children = childrenOf(child.pid!);
		assert.equal(children.length, 2, "sampler and command");
		const result = await outcome;
		assert.equal(result.code, 1);
		assertSentence(result, full);
		for (const pid of children) assert.ok(isGone(pid), "the sampler and the command have ended");
		const about = await startThrough(disk.inside, ["info", path]).outcome;
		assert.equal(about.code, 0, about.stderr);
		assert.match(about.stdout, /it was not finalised: its writer .* ran out of disk/);
		const { ended, streams } = await judgeCopy(disk);
		assert.equal(ended, null);
		assert.ok(streams.synthetic!.rows > 0, "something was committed before");
	}));

/* From no room at all, over room for the file but not for its tables, to room for a few commits. */
for (const free_kib of [0, 4, 12, 64, 270, 300, 600, 1600, 2000])
	test(`a disk with ${free_kib} KiB left`, (t) =>
		onDisk(t, "size=8m", async (disk) => {
			const path = `${disk.folder}/x.duckdb`;
			writeFileSync(disk.outside("filler"), Buffer.alloc((8192 - free_kib) * 1024));
			const result = await startThrough(disk.inside, ["record", "-e", "synthetic@5kHz", "-d", "3s", "-o", path])
				.outcome;
			assert.equal(result.code, 1, result.stderr);
			if (existsSync(disk.outside("x.duckdb"))) {
				assertSentence(result, full);
				const about = await startThrough(disk.inside, ["info", path]).outcome;
				assert.equal(about.code, 0, about.stderr);
				assert.equal((await judgeCopy(disk)).ended, null);
			} else {
				assertSentence(
					result,
					/^countersink: the disk is too full to begin .*; free space, or name another file with -o$/m,
				);
				assert.equal(existsSync(disk.outside("x.duckdb.wal")), false);
			}
		}));

test("the disk fills up while importing", (t) =>
	onDisk(t, "size=2m", async (disk) => {
		const rows = Array.from({ length: 300_000 }, (_, i) => `${1790000000 + i / 1000},${(i * 2654435761) % 4294967296}`);
		writeFileSync(file("large.csv"), `time,x\n${rows.join("\n")}\n`);
		const path = `${disk.folder}/x.duckdb`;
		const result = await startThrough(disk.inside, ["import", file("large.csv"), "--gauge", "x", "-o", path]).outcome;
		assert.equal(result.code, 1, result.stderr);
		assertSentence(
			result,
			/^countersink: the disk is full while writing .*x\.duckdb; its files were removed; free space, or name /m,
		);
		assert.equal(existsSync(disk.outside("x.duckdb")), false);
	}));

test("an import leaves a part of the disk free for others", (t) =>
	onDisk(t, "size=8m", async (disk) => {
		let stopped = 0;
		const room = new Room(disk.outside(""), () => stopped++);
		writeFileSync(disk.outside("half"), Buffer.alloc(4 << 20));
		await sleep(500);
		assert.equal(stopped, 0);
		room.check();
		writeFileSync(disk.outside("more"), Buffer.alloc(3 << 20));
		await until("it is stopped", () => stopped > 0);
		assert.throws(() => room.check(), /disk is full/);
		room.close();
	}));

test("a disk that is read-only", (t) =>
	onDisk(t, "ro", async (disk) => {
		const words = ["record", "-e", "synthetic:0/*", "-d", "100ms", "-o", `${disk.folder}/x.duckdb`];
		const result = await startThrough(disk.inside, words).outcome;
		assert.equal(result.code, 4);
		assertSentence(result, /^countersink: the folder .* is not writable; name another file with -o$/m);
	}));

test("the file reaches the largest size allowed (ulimit -f)", async () => {
	const path = file("limited.duckdb");
	const script = `ulimit -f 2048; exec $CS record -e 'synthetic:0/*@50kHz' --depth 1ms --force -o ${path} -- sleep 60`;
	const result = await shell(script);
	assert.equal(result.code, 1);
	assertSentence(
		result,
		/^countersink: .*limited\.duckdb has reached the largest size that is allowed \(ulimit -f or the file system\); what was committed before is in the file$/m,
	);
	assert.ok(statSync(path).size <= 2048 * 1024);
	const { ended, streams } = await judgeFile(path);
	assert.equal(ended, null);
	assert.ok(streams.synthetic!.rows > 0);
});
