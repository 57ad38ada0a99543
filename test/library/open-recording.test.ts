// SPDX-License-Identifier: Apache-2.0
/** open(): a program gets the answers that the command line gives. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { accountOf, CountersinkError, open, record } from "../../library/index.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";

const file = scratch();
const [a, b] = [file("a.duckdb"), file("b.duckdb")];

before(async () => {
	for (const path of [a, b]) {
		const events = ["synthetic:0/*@1kHz", "net:lo/*@200Hz", "cpu:*@50Hz"];
		const recording = await record(events, { path, duration: "700ms", realtime: false });
		await recording.summary;
	}
});

/** The value as --json prints it, to nine digits: DuckDB sums in whatever order its threads are done. */
const printed = (value: unknown): unknown =>
	JSON.parse(
		JSON.stringify(value, (_, v) =>
			typeof v === "bigint" || typeof v === "number"
				? Number(Number(v).toPrecision(9))
				: typeof v === "object" && v !== null && "nanos" in v
					? String(v)
					: v,
		),
	);

async function cli(words: readonly string[]): Promise<unknown> {
	const { code, stdout, stderr } = await countersink([...words, "--json"]);
	assert.equal(code, 0, stderr);
	return printed(JSON.parse(stdout));
}

const questions: readonly (readonly [name: string, parameters: Record<string, string>])[] = [
	["completeness", {}],
	["moved", { stream: "net" }],
	["moved", { stream: "cpu" }],
	["rates", { counter: "synthetic:0/ramp" }],
	["drops", { merge: "100ms" }],
];

for (const [name, parameters] of questions)
	test(`query ${name} ${JSON.stringify(parameters)} is what the command line answers`, async () => {
		const recording = await open(a);
		const known = Object.entries(parameters);
		const { rows, columns } = await recording.query(name, parameters).catch((error: CountersinkError) => {
			assert.equal(error.code, "usage");
			return { rows: [error.message], columns: [] };
		});
		await recording.close();
		const words = ["query", name, a, ...known.flatMap(([flag, value]) => [`--${flag}`, value])];
		const { code, stdout, stderr } = await countersink([...words, "--json"]);
		if (code === 0) {
			assert.deepEqual(printed(rows), printed(JSON.parse(stdout)));
			if (rows.length > 0)
				assert.deepEqual(
					Object.keys(rows[0]!),
					columns.map((column) => column.name),
				);
		} else assert.equal(stderr, `countersink: ${rows[0]}\n`);
	});

test("SQL gives rows, values and Arrow of the same", async () => {
	const recording = await open(a);
	const statement =
		"SELECT tick, synthetic_0_ramp AS ramp, synthetic_0_drop AS dropped, ts FROM synthetic ORDER BY tick LIMIT 150";
	const answer = await recording.sql(statement);
	assert.deepEqual(printed(answer.rows), await cli(["sql", a, statement]));
	assert.deepEqual(
		answer.columns.map(({ type }) => type),
		["UBIGINT", "UBIGINT", "UBIGINT", "TIMESTAMP_NS"],
	);
	const table = await answer.toArrow();
	assert.equal(table.numRows, 150);
	for (const [i, [tick, ramp, dropped]] of answer.values.entries())
		assert.deepEqual(
			[tick, ramp, dropped],
			["tick", "ramp", "dropped"].map((name) => table.getChild(name)!.get(i)),
		);
	const nothing = await recording.sql("SELECT 1 AS one WHERE false");
	assert.deepEqual([nothing.rows, (await nothing.toArrow()).numRows, answer.age_ns], [[], 0, null]);
	await recording.close();
});

test("every answer has coverage, as the ledger has it", async () => {
	const recording = await open(a);
	const account = await accountOf(a);
	const byStream = Object.fromEntries(account.streams.map((stream) => [stream.name, stream]));
	const answers = [await recording.query("completeness"), await recording.sql("SELECT 1")];
	for (const { coverage } of await Promise.all(answers.map(async (answer) => ({ coverage: await answer.coverage() }))))
		for (const { stream, scheduled, seen, in_gaps } of coverage) {
			assert.equal(scheduled, seen + in_gaps!);
			assert.equal(seen, byStream[stream]!.rows);
		}
	const [only, ...others] = await (await recording.query("rates", { counter: "synthetic:0/ramp" })).coverage();
	assert.equal(only!.stream, "synthetic");
	assert.deepEqual(others, []);
	await recording.close();
});

test("questions that are asked at once are answered one after the other", async () => {
	const recording = await open(a);
	const ask = (n: number) => recording.sql(`SELECT ${n} AS n, count(*) AS rows FROM synthetic, range(50)`);
	const answers = await Promise.all([ask(1), recording.query("completeness"), ask(2), ask(3)]);
	assert.deepEqual(
		[answers[0]!, answers[2]!, answers[3]!].map(({ rows }) => rows[0]!.n),
		[1, 2, 3],
	);
	await assert.rejects(recording.sql("SELECT nonesuch"), { code: "failed" });
	assert.equal((await ask(4)).rows.length, 1, "after an error");
	await recording.close();
});

test("rows of many are read as they are computed", async () => {
	const recording = await open(a);
	let rows = 0;
	for await (const { chunks } of recording.read("FROM range(100000); SELECT 1"))
		for await (const chunk of chunks) rows += chunk.length;
	assert.equal(rows, 100_001);
	await recording.close();
});

test("compare gives the figures of the command line, also with the other recording open already", async () => {
	const expected = await cli(["compare", a, b, "-c", "synthetic:*"]);
	const [one, both] = [await open(a), await open([a, b])];
	for (const recording of [one, both]) {
		const { differences, onlyA, onlyB, coverage } = await recording.compare(b, { counters: "synthetic:*" });
		assert.deepEqual(printed({ differences, onlyA, onlyB }), expected);
		const sides = await coverage();
		assert.deepEqual(
			[sides.a, sides.b].map(([side]) => /^(.*[.])?synthetic$/.test(side!.stream)),
			[true, true],
		);
	}
	await assert.rejects(one.compare(b, { counters: "nonesuch:*" }), { code: "usage", message: /no counter of both/ });
	const { rows } = await both.sql("SELECT count(*) AS n FROM b.synthetic");
	assert.equal(Number(rows[0]!.n) > 0, true);
	await one.close();
	await both.close();
});

test("what is wrong is said, typed", async () => {
	const recording = await open(a);
	const wrong: readonly (readonly [() => Promise<unknown>, string, RegExp])[] = [
		[() => open(file("nonesuch.duckdb")), "usage", /nonesuch.duckdb does not exist/],
		[() => open([]), "usage", /takes the path of a recording/],
		[() => open(a, { memory: "1kB" }), "usage", /memory is '1kB'/],
		[() => recording.query("completness"), "usage", /did you mean completeness\?/],
		[() => recording.query("drops", { merg: "1s" }), "usage", /has no parameter 'merg'; did you mean merge\?/],
		[() => recording.query("drops", { merge: "1 parsec" }), "usage", /merge/],
		[() => recording.query("moved", { stream: "nonesuch" }), "usage", /has no stream nonesuch/],
		[() => recording.sql(""), "usage", /there is no statement/],
		[() => recording.sql("SELECT 1; SELECT 2"), "usage", /takes one statement/],
		[() => recording.sql("COPY streams TO '/tmp/x'"), "failed", /file system operations are disabled/],
	];
	for (const [ask, code, message] of wrong)
		await assert.rejects(ask, (error) => {
			assert.ok(error instanceof CountersinkError, String(error));
			assert.equal(error.code, code, error.message);
			assert.match(error.message, message);
			return true;
		});
	await recording.close();
});
