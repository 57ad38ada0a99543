// SPDX-License-Identifier: Apache-2.0
/** Several statements asked of a recording that runs, of which one fails or is ended: the asker learns it at once, as of a file. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LiveSession } from "../../ask/live/live-session.js";
import { openSession } from "../../ask/open-session.js";
import { rowsOf, type Session } from "../../ask/session.js";
import { typedByUser } from "../../storage/sql.js";
import { countersink, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { finish, type Live, record } from "../support/live.js";
import { until } from "../support/processes.js";

/* Before the folder goes. */
after(() => finish(live));
const file = scratch();
/** Ten times what it takes; the recording goes on for longer. */
const PATIENCE_MS = 30_000;
const ENDLESS = "SELECT range AS r FROM range(100000000000)";
const LONG = "SELECT count(*) FROM range(100000000) a, range(100000000) b";

let live: Live;
before(async () => {
	live = await record(file("live.duckdb"));
	await until("its start is committed", async () => (await countersink(["sql", live.path, "FROM streams"])).code === 0);
});

async function inTime<T>(what: Promise<T>): Promise<T> {
	const late = Symbol();
	const first = await Promise.race([what, sleep(PATIENCE_MS, late, { ref: false })]);
	if (first === late) live.child.kill("SIGTERM");
	assert.notEqual(first, late, "it hangs");
	return first as T;
}

async function withSession(use: (session: Session) => Promise<void>): Promise<void> {
	const session = await openSession([live.path]);
	assert.ok(session instanceof LiveSession);
	try {
		await inTime(use(session));
		/* The session is as good as before. */
		assert.deepEqual(await inTime(rowsOf(session, typedByUser("SELECT 42 AS x"))), [{ x: 42 }]);
	} finally {
		await session.close();
	}
}

interface Failing {
	readonly sql: string;
	/** On standard output, as CSV, before it fails. */
	readonly answers: string;
	readonly error: RegExp;
}

const failing: readonly Failing[] = [
	{ sql: "SELECT 1 AS x; SELEC 2", answers: "", error: /syntax error at or near "SELEC"/ },
	{ sql: "SELECT 1 AS x; SELECT nonesuch", answers: "x\n1\n", error: /column "nonesuch"/ },
	{ sql: "SELECT 1 AS x; SELECT error('mine')", answers: "x\n1\n", error: /mine/ },
	{ sql: "SELECT 1 AS x; SELECT 2 AS y; SELECT error('third')", answers: "x\n1\ny\n2\n", error: /third/ },
	{ sql: "SELECT 1 AS x; COPY gaps TO 'x'; SELECT 3", answers: "x\n1\n", error: /file system operations are disabled/ },
];

for (const { sql, error } of failing)
	test(`${sql}: fails at once, with the same words and answers as of a file`, async () => {
		const asked = start(["sql", live.path, sql, "--csv"]);
		const { code, stdout, stderr } = await inTime(asked.outcome);
		assert.equal(code === 0, false);
		assert.match(stderr, error);
		const copy = await still();
		const later = await countersink(["sql", copy, sql, "--csv"]);
		assert.equal(stdout, later.stdout);
		assert.equal(code, later.code);
	});

/** A recording that has ended. */
let ended: string | undefined;
async function still(): Promise<string> {
	if (ended === undefined) {
		const path = file("ended.duckdb");
		const { code, stderr } = await countersink(["record", "-e", "synthetic:0/*", "-d", "100ms", "-o", path]);
		assert.equal(code, 0, stderr);
		ended = path;
	}
	return ended;
}

test("the answers before the one that fails are whole", () =>
	withSession(async (session) => {
		const seen: unknown[] = [];
		await assert.rejects(async () => {
			for await (const { chunks } of session.run(typedByUser("SELECT 1; SELECT 2; SELECT error('third')")))
				for await (const rows of chunks) seen.push(...rows.flat());
		}, /third/);
		assert.deepEqual(seen, [1, 2]);
	}));

test("an asker that has seen enough of the first answer does not wait for the second", () =>
	withSession(async (session) => {
		for await (const _ of session.run(typedByUser(`SELECT 1; ${LONG}; ${ENDLESS}`))) break;
		for await (const { chunks } of session.run(typedByUser(`${ENDLESS}; ${LONG}`))) {
			for await (const _ of chunks) break;
			break;
		}
	}));

test("an interrupt ends all statements of its run, whichever runs", () =>
	withSession(async (session) => {
		for (const sql of [LONG, `SELECT 1; ${LONG}`, `${LONG}; SELECT 2`, `SELECT 1; ${ENDLESS}; ${LONG}`])
			for (const after of [0, 300]) {
				setTimeout(() => session.interrupt(), after);
				await assert.rejects(rowsOf(session, typedByUser(sql)), /[Ii]nterrupt/, `${sql} after ${after} ms`);
			}
		/* Nothing runs: it means nothing to what is asked next. */
		session.interrupt();
	}));
