// SPDX-License-Identifier: Apache-2.0
/** SQL while recording: who is answered, with what, and that asking costs the recording nothing, whatever becomes of
 *  the asker. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { LiveSession } from "../../ask/live/live-session.js";
import { openSession } from "../../ask/open-session.js";
import { rowsOf } from "../../ask/session.js";
import { messageOf } from "../../base/errors.js";
import { CheckpointHolds } from "../../record/sinks/duckdb/checkpoint-holds.js";
import type { Account } from "../../storage/account.js";
import { RecordingDatabase } from "../../storage/database.js";
import { sql, typedByUser } from "../../storage/sql.js";
import { countersink, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile, withFile } from "../support/judge.js";
import { finish, record } from "../support/live.js";
import { needs } from "../support/needs.js";
import { childrenOf, isGone, nameOf, until } from "../support/processes.js";
import { sampled } from "../support/size.js";

const file = scratch();
const NOBODY = 65534;

/** Rows without end, a few at a time. */
const endless = "SELECT range AS r, repeat('x', 1000) AS x FROM range(100000000000)";

/** Processes of a recorder that answer; its sampler is another program. */
const answerers = (recorder: number): number[] =>
	childrenOf(recorder).filter((pid) => !nameOf(pid).startsWith("countersink-sam"));

test("what is answered while recording is what the file holds in the end", async () => {
	const live = await record(file("agree.duckdb"), "synthetic:0/*@5kHz");
	const seen: { n: bigint; last: bigint; sum: bigint }[] = [];
	const session = await openSession([live.path]);
	assert.ok(session instanceof LiveSession);
	assert.deepEqual(session.notes, [
		`note on ${live.path}: it is still being written (process ${live.child.pid}); the answer is from its last commit`,
	]);
	const sql =
		"SELECT count(*) AS n, coalesce(max(tick), 0)::BIGINT AS last, coalesce(sum(synthetic_0_walk), 0) AS sum FROM synthetic";
	await until("ten answers, of rows that grow", async () => {
		seen.push((await rowsOf(session, typedByUser(sql)))[0] as never);
		return seen.length >= 10 && seen.at(-1)!.n > seen[0]!.n && seen[0]!.n >= 0n;
	});
	await session.close();
	await finish(live);
	assert.equal((await judgeFile(live.path)).ended, "interrupted");
	await withFile(live.path, async (recording) => {
		for (const { n, last, sum } of seen) {
			const held = "SELECT count(*) AS n, coalesce(sum(synthetic_0_walk), 0) AS sum FROM synthetic";
			if (n > 0n) assert.deepEqual(await recording.rows(`${held} WHERE tick <= ${last}`), [{ n, sum }]);
		}
	});
});

/** A value of every type, those with more digits than a number has among them. */
const everything = `SELECT 18446744073709551615::UBIGINT, -170141183460469231731687303715884105727, 1.50::DECIMAL(20, 2), 'nan'::DOUBLE,
	'2020-01-01 00:00:00.123456789'::TIMESTAMP_NS, '2020-01-01'::DATE, '01:02:03'::TIME, '2020-01-01 00:00:00+01'::TIMESTAMPTZ,
	INTERVAL '1 month 2 days 3 microseconds', 'ü', NULL, true, [1, NULL], {'a': [1], '$class': 2}, MAP {1: 'x'}, 'x'::BLOB, '101'::BIT,
	'00000000-0000-0000-0000-000000000001'::UUID, 'b'::ENUM('a', 'b'), array_value(1, 2), union_value(k := 1)`;

test("the same statements give the same answers while recording and afterwards, in every format", async () => {
	const live = await record(file("same.duckdb"));
	await until("the start is committed", async () => (await countersink(["sql", live.path, "FROM streams"])).code === 0);
	const formats = ["table", "csv", "json", "ndjson"];
	const ask = (format: string) =>
		countersink(["sql", live.path, `${everything}; SELECT id, unit FROM counters`, "-f", format]);
	const before = await Promise.all(formats.map(ask));
	const wrong = ["SELECT nonesuch", "FROM nonesuch", "SELEC", "FROM rate('synthetic', 'nonesuch')", "DELETE FROM gaps"];
	const beyond = [
		"COPY gaps TO 'x'",
		"ATTACH 'x'",
		"LOAD x",
		"BEGIN",
		"PRAGMA enable_profiling",
		"SET threads = 9",
		"FROM read_text('/etc/passwd')",
		"FROM glob('*')",
	];
	const complaints = async (): Promise<string[]> => {
		const session = await openSession([live.path]);
		const said: string[] = [];
		for (const sql of [...wrong, ...beyond])
			said.push(await rowsOf(session, typedByUser(sql)).then(() => "nothing", messageOf));
		await session.close();
		return said;
	};
	const meanwhile = await complaints();
	await finish(live);
	for (const [i, format] of formats.entries()) {
		const { code, stdout, stderr } = before[i]!;
		assert.equal(code, 0, stderr);
		assert.match(
			stderr,
			/^countersink: note on .* still being written .*\ncountersink: this answer is from a commit that was .* old\n$/,
		);
		assert.equal(stdout, (await ask(format)).stdout, format);
	}
	assert.equal(meanwhile.includes("nothing"), false);
	assert.deepEqual(meanwhile, await complaints());
});

test("the socket is the user's alone, names and completes, and is gone with the recording", async () => {
	const live = await record(file("socket.duckdb"));
	assert.equal(statSync(live.socket).mode & 0o777, 0o600);
	assert.equal(statSync(dirname(live.socket)).mode & 0o777, 0o700);
	const session = await openSession([live.path]);
	assert.ok((await session.tables()).includes("synthetic_long"));
	const words = await session.complete("SELECT * FROM synth");
	assert.ok(words.some(({ text }) => text.trim() === "synthetic"));
	await finish(live);
	assert.equal(existsSync(live.socket), false);
	/* The same session goes on with the file. */
	assert.deepEqual(await rowsOf(session, typedByUser("SELECT ended FROM recording")), [{ ended: "interrupted" }]);
	assert.ok((await session.tables()).includes("synthetic_long"));
	await session.close();
});

test("other users are not answered; root is", { skip: needs("root") }, async () => {
	mkdirSync(file("theirs"));
	/* Of this test file alone; others may pass through it. */
	chmodSync(file("."), 0o755);
	chmodSync(file("theirs"), 0o777);
	const mine = await record(file("mine.duckdb"));
	chmodSync(mine.path, 0o644);
	const other = await countersink(["sql", mine.path, "SELECT 1"], { uid: NOBODY, gid: NOBODY });
	assert.equal(other.code, 4);
	assert.match(
		other.stderr,
		/is still being written by process \d+; a recorder answers only its own user and root, so ask as uid 0, or wait/,
	);
	await finish(mine);
	const theirs = await record(file("theirs/r.duckdb"), undefined, ["--no-realtime"], { uid: NOBODY, gid: NOBODY });
	const root = await countersink(["sql", theirs.path, "SELECT 1 AS x", "--csv"]);
	assert.equal(root.stdout, "x\n1\n", root.stderr);
	await finish(theirs);
});

test("info says how far a recording is, of one commit", async () => {
	const live = await record(file("info.duckdb"), "synthetic:0/*@10kHz", ["-d", "1h"]);
	const about = async (): Promise<Account> => {
		const { code, stdout, stderr } = await countersink(["info", live.path, "--json"]);
		assert.equal(code, 0, stderr);
		assert.equal(stderr, "");
		return JSON.parse(stdout);
	};
	let rows = 0;
	await until("there are rows", async () => {
		rows = (await about()).streams[0]!.rows;
		return rows > 0;
	});
	const { running, finalised, writer_pid, age_ns, streams, requested_duration_ns } = await about();
	assert.deepEqual(
		[running, finalised, writer_pid, requested_duration_ns],
		[true, false, live.child.pid, 3_600_000_000_000],
	);
	assert.ok(age_ns !== null && age_ns > 0 && streams[0]!.identity && streams[0]!.rows >= rows);
	const { stdout } = await countersink(["info", live.path]);
	assert.match(stdout, /started {3}\S+ \S+ UTC, [\d.]+ m?s of 3600 s asked\n/);
	assert.match(
		stdout,
		new RegExp(`ended {5}not yet: process ${live.child.pid} is recording; this is from its last commit`),
	);
	/* Its recorder was told another name, in another folder. */
	const elsewhere = await countersink(["info", "info.duckdb"], { cwd: dirname(live.path) });
	assert.match(elsewhere.stdout, /^info\.duckdb {2}/, elsewhere.stderr);
	await finish(live);
	const afterwards = await about();
	assert.deepEqual([afterwards.running, afterwards.ended], [false, "interrupted"]);
});

for (const [signal, seen] of [
	["SIGTERM", /ended {5}(not yet: process|the user ended it)/],
	["SIGKILL", /ended {5}(not yet: process|it was not finalised)/],
] as const)
	test(`info is answered when the recorder ends by ${signal} meanwhile`, async () => {
		const live = await record(file(`info-${signal}.duckdb`));
		const asker = start(["info", live.path]);
		await until("it is answered", () => answerers(live.child.pid!).length > 0 || asker.child.exitCode !== null);
		live.child.kill(signal);
		const { code, stdout, stderr } = await asker.outcome;
		assert.equal(code, 0, stderr);
		assert.match(stdout, seen);
		await live.outcome;
	});

test("a recording that was moved says so, and nothing that came in its place is read", async () => {
	const live = await record(file("first.duckdb"));
	const moved = file("moved.duckdb");
	renameSync(live.path, moved);
	for (const other of [false, true]) {
		if (other) writeFileSync(live.path, readFileSync(moved));
		for (const words of [
			["info", moved],
			["sql", moved, "SELECT 1"],
		]) {
			const { code, stdout, stderr } = await countersink(words);
			assert.deepEqual([code, stdout], [4, ""]);
			assert.match(
				stderr,
				/the recording was moved while process \d+ writes it as \S+first\.duckdb; move it back, or wait/,
			);
		}
	}
	renameSync(moved, live.path);
	assert.equal((await countersink(["info", live.path])).code, 0);
	await finish(live);
});

test("a recording that another program has open is not waited for", async () => {
	const path = file("held.duckdb");
	assert.equal((await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "100ms", "-o", path])).code, 0);
	const holder = await DuckDBInstance.create(path);
	const { code, stderr } = await countersink(["info", path]);
	holder.closeSync();
	assert.equal(code, 4);
	const expected = `is still being written by process ${process.pid}, and no recorder of uid \\d+ answers for it; ask again when`;
	assert.match(stderr, new RegExp(expected));
});

test("query asks a recording that is being written; compare says what to do", async () => {
	const live = await record(file("query.duckdb"));
	const { code, stdout, stderr } = await countersink(["query", "moved", live.path, "--json"]);
	assert.equal(code, 0, stderr);
	assert.ok(Array.isArray(JSON.parse(stdout)));
	const other = file("ended.duckdb");
	assert.equal((await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "100ms", "-o", other])).code, 0);
	for (const pair of [
		[live.path, other],
		[other, live.path],
	]) {
		const refused = await countersink(["compare", ...pair]);
		assert.deepEqual([refused.code, refused.stdout], [4, ""]);
		assert.match(
			refused.stderr,
			/query\.duckdb is still being written; wait until the recording has ended, or ask it alone/,
		);
	}
	await finish(live);
});

test("--unsafe, and several at once, are refused while recording", async () => {
	const live = await record(file("alone.duckdb"));
	for (const words of [
		[live.path, "SELECT 1", "--unsafe"],
		[live.path, file("nobody"), "SELECT 1"],
	]) {
		const { code, stderr } = await countersink(["sql", ...words]);
		assert.equal(code, 2, stderr);
	}
	await finish(live);
});

test("a recorder that was killed leaves a socket that confuses nobody", async () => {
	const live = await record(file("killed.duckdb"));
	const asker = start(["sql", live.path, endless, "--csv"], { stdio: ["ignore", "pipe", "pipe"] });
	/* Before its first row the statement would be run over the file, without end. */
	await until("it has begun to print", () => (asker.child.stdout as Socket).bytesRead > 0);
	const processes = childrenOf(live.child.pid!);
	live.child.kill("SIGKILL");
	await live.outcome;
	const { code } = await asker.outcome;
	assert.equal(code, 4, "the answer was cut off");
	await until("its processes end with it", () => processes.every(isGone));
	assert.ok(existsSync(live.socket));
	const asked = await countersink(["sql", live.path, "SELECT ended FROM recording", "--json"]);
	assert.equal(asked.stdout, '[{"ended":null}]\n');
	assert.match(asked.stderr, /it was not finalised/);
	/* The next run of anything removes it, and leaves those of recorders that live, or are only stopped. */
	const still = await record(file("still-recording.duckdb"));
	still.child.kill("SIGSTOP");
	const other = await record(file("other-recording.duckdb"));
	await until("the socket of the killed one is gone", () => !existsSync(live.socket));
	still.child.kill("SIGCONT");
	for (const one of [still, other]) {
		assert.ok(existsSync(one.socket));
		assert.equal(answerers(one.child.pid!).length, 0, "nobody was started to answer");
		assert.equal((await countersink(["sql", one.path, "SELECT 1 AS x", "--csv"])).stdout, "x\n1\n");
		await finish(one);
	}
	const again = await record(live.path, undefined, ["--overwrite"]);
	assert.equal((await countersink(["sql", again.path, "SELECT 1 AS x", "--csv"])).stdout, "x\n1\n");
	await finish(again);
});

describe("whatever becomes of the asker", () => {
	for (const signal of ["SIGKILL", "SIGINT"] as const)
		test(`it ends by ${signal} in the middle of the answer: so does the process that answers, and the next is answered`, async () => {
			const live = await record(file(`${signal}.duckdb`));
			const asker = start(["sql", live.path, "SELECT count(*) FROM range(100000000) a, range(100000000) b"]);
			await until("it is answered", () => answerers(live.child.pid!).length > 0);
			asker.child.kill(signal);
			await asker.outcome;
			await until("nobody answers any more", () => answerers(live.child.pid!).length === 0);
			assert.equal((await countersink(["sql", live.path, "SELECT 1 AS x", "--csv"])).stdout, "x\n1\n");
			await finish(live);
			await judgeFile(live.path);
		});

	test("it stands still with the answer half read: the recording ends all the same", async () => {
		const live = await record(file("still.duckdb"));
		const asker = start(["sql", live.path, endless, "--csv"]);
		await until(
			"it has begun to print",
			() => asker.child.stdout!.readableLength > 0 || answerers(live.child.pid!).length > 0,
		);
		asker.child.kill("SIGSTOP");
		await finish(live);
		await judgeFile(live.path);
		asker.child.kill("SIGKILL");
		await asker.outcome;
	});

	test("the recording ends in the middle of its answer: it is told", async () => {
		const live = await record(file("end.duckdb"));
		const session = await openSession([live.path]);
		const first = session.run(typedByUser(endless))[Symbol.asyncIterator]();
		const answer = await first.next();
		const reading = (async () => {
			for await (const _ of answer.value!.chunks);
		})();
		const cut = assert.rejects(reading, /the recording ended during the answer, which is therefore cut off; ask again/);
		await finish(live);
		await cut;
		await session.close();
		assert.equal((await judgeFile(live.path)).ended, "interrupted");
	});
});

test("heavy questions, one after the other, fill no ring; every tick is accounted for", async () => {
	const live = await record(file("heavy.duckdb"), "synthetic:[0-3]/*@10kHz");
	const heavy = [
		"SELECT count(*) FROM synthetic a JOIN synthetic b ON a.tick % 100 = b.tick % 100",
		"SELECT max(s) FROM (SELECT sum(synthetic_0_walk) OVER (ORDER BY hash(tick)) AS s FROM synthetic, range(10))",
		"SELECT count(DISTINCT hash(tick, range)) FROM synthetic, range(1000)",
	];
	for (const sql of sampled(heavy)) {
		const { code, stderr } = await countersink(["sql", live.path, sql]);
		assert.ok(code === 0 || /Out of Memory|longer than the 60 s/.test(stderr), stderr);
	}
	await finish(live);
	await judgeFile(live.path);
	await withFile(live.path, async (recording) => {
		assert.deepEqual(await recording.rows("SELECT reason FROM gaps WHERE reason = 'ring_full'"), []);
	});
});

test("between hold and release nothing that the file refers to is written over; who asks when a checkpoint is due waits for it", async () => {
	const path = file("holds.duckdb");
	const database = await RecordingDatabase.create(path);
	await database.checkpointsByHand();
	await database.run(sql`CREATE TABLE t (x UBIGINT)`);
	await database.run(sql`INSERT INTO t SELECT range FROM range(60000)`);
	const granted: number[] = [];
	const holds = new CheckpointHolds(database, (id) => granted.push(id));
	/** The main header and the two that take turns: what a reader begins with. */
	const headers = (): Buffer => readFileSync(path).subarray(0, 3 * 4096);
	holds.ask(1);
	holds.update();
	assert.deepEqual(granted, [1]);
	const before = headers();
	while (!database.checkpointDue) await database.run(sql`INSERT INTO t SELECT hash(range) FROM range(60000)`);
	await database.run(sql`INSERT INTO t SELECT hash(range) FROM range(60000)`);
	assert.deepEqual(headers(), before);
	assert.equal(holds.checkpointDue, false);
	holds.ask(2);
	holds.update();
	assert.deepEqual(granted, [1]);
	holds.release(1);
	holds.update();
	assert.deepEqual(granted, [1]);
	assert.equal(holds.checkpointDue, true);
	await database.checkpoint();
	assert.notDeepEqual(headers(), before);
	holds.update();
	assert.deepEqual(granted, [1, 2]);
	database.abandon();
});
