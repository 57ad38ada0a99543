// SPDX-License-Identifier: Apache-2.0
/** The named queries, from outside: each against its expected answer, on a real recording, and with what users get wrong. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { askQuery } from "../../ask/named-query.js";
import { openSession } from "../../ask/open-session.js";
import { CountersinkError } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";
import { allPages, groups } from "../../queries/library.js";
import { parsePage } from "../../queries/page.js";
import { typedByUser } from "../../storage/sql.js";
import { countersink, type Outcome, shell } from "../support/countersink.js";
import { makeFixture } from "../support/fixture.js";
import { scratch } from "../support/folder.js";

const file = scratch();
const fixture = file("fixture.duckdb");
const real = file("real.duckdb");
const pages = allPages();

before(async () => {
	await makeFixture(fixture);
	const events = ["net:*@1kHz", "softirq:*@1kHz", "{cpu,vm,disk,psi,snmp,irq}"].flatMap((event) =>
		event.startsWith("{")
			? event
					.slice(1, -1)
					.split(",")
					.map((source) => `${source}:*@100Hz`)
			: [event],
	);
	const words = events.flatMap((event) => ["-e", event]);
	const { code, stderr } = await countersink(["record", ...words, "-d", "600ms", "-o", real]);
	assert.equal(code, 0, stderr);
});

const twin = (group: string, name: string): string => packageFile(`queries/${group}/${name}.expected`);

for (const { group, name, columns } of pages)
	test(`${name} has its expected answer on the fixture`, async () => {
		const [command, ...lines] = readFileSync(twin(group, name), "utf8").split("\n");
		assert.match(command!, new RegExp(`^\\$ countersink query ${name} fixture\\.duckdb`));
		const { code, stdout, stderr } = await shell(command!.replace(/^\$ countersink/, "$CS"), { cwd: file("") });
		assert.equal(stdout, lines.join("\n"));
		assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
		assert.deepEqual(
			lines[0]!.trim().split(/ +/),
			columns.map((column) => column.name),
			"the page describes the columns that there are",
		);
		assert.ok(lines.length > 2, "an answer that finds nothing shows nothing");
	});

/** What a recording of any machine can be asked. */
const values: Record<string, string> = {
	counter: "cpu:ctxt",
	counters: "cpu:{ctxt,intr}",
	a: "cpu:ctxt",
	b: "softirq:cpu0/TIMER",
	threshold: "1000",
};

/** In one session: a process for each would take a minute. */
test("every query runs on a recording of this machine, or says what to record", async () => {
	const session = await openSession([real]);
	const answered: string[] = [];
	try {
		for (const page of pages) {
			const given = page.parameters.map(({ name, type, fallback }) => [
				name,
				type === "stream" ? "net" : fallback === null ? values[name] : undefined,
			]);
			try {
				const { columns, chunks } = await askQuery(session, page, {
					parameters: Object.fromEntries(given),
					streams: [],
				});
				assert.deepEqual(
					columns.map(({ name }) => name),
					page.columns.map(({ name }) => name),
					page.name,
				);
				for await (const _ of chunks);
				answered.push(page.name);
			} catch (error) {
				assert.ok(error instanceof CountersinkError && error.code === "usage", `${page.name}: ${error}`);
				assert.match(error.message, /record them with countersink record -e '/, page.name);
			}
		}
	} finally {
		await session.close();
	}
	assert.ok(answered.length > 30, answered.join(", "));
});

test("an answer without rows is a sentence on stderr, and the columns on stdout", async () => {
	const { code, stdout, stderr } = await countersink(["query", "resets", fixture, "--stream", "vm"]);
	assert.equal(code, 0);
	assert.match(stdout, /^id +ts +previous [^\n]+\n$/);
	assert.equal(stderr, "countersink: nothing found: no counter of this stream went back\n");
});

test("every file of the library is a page with a twin, and every twin has its page", () => {
	for (const group of readdirSync(packageFile("queries"), { withFileTypes: true }))
		if (group.isDirectory() && group.name !== "macros") assert.ok(group.name in groups, `${group.name} is no group`);
	for (const group of Object.keys(groups)) {
		const files = readdirSync(packageFile(`queries/${group}`));
		assert.deepEqual(
			files.filter((name) => !/\.(sql|expected)$/.test(name)),
			[],
		);
		for (const name of files.filter((name) => name.endsWith(".expected")))
			assert.ok(existsSync(packageFile(`queries/${group}/${name.replace(/expected$/, "sql")}`)), name);
	}
	const names = pages.map(({ name }) => name);
	assert.equal(new Set(names).size, names.length, "names are not used twice");
	assert.ok(names.length >= 20, `${names.length} queries`);
});

const page = `-- SPDX-License-Identifier: Apache-2.0
-- Does it hold?
-- It does.
-- Parameters
--   merge  duration = 10ms  joined
-- Needs
--   net  net:*
-- Columns
--   id  -  the counter
-- Nothing
--   it does not
FROM steps({net}, {net.columns}) WHERE dt_ns > {merge}
`;

const incomplete: readonly [string, string, string, RegExp][] = [
	["no licence", "-- SPDX-License-Identifier: Apache-2.0\n", "", /the licence comes first/],
	["no question mark", "hold?", "hold.", /the question is one line/],
	["no notes", "-- It does.\n", "", /lacks a part/],
	["no columns", "-- Columns\n--   id  -  the counter\n", "", /lacks a part/],
	["no word on an empty answer", "-- Nothing\n--   it does not\n", "", /lacks a part/],
	["no statement", "FROM steps({net}, {net.columns}) WHERE dt_ns > {merge}\n", "", /a statement last/],
	["a column without unit", "id  -  the", "id  the", /is not a column/],
	["a parameter without meaning", "10ms  joined", "10ms", /is not a parameter/],
	["a type that there is not", "duration", "distance", /distance is not a type/],
	["a need of another source", "net  net:*", "net  cpu:*", /is not a need/],
	["sections in another order", "-- Needs", "-- Columns", /stands before/],
	["a parameter that is not used", "dt_ns > {merge}", "true", /merge is not used/],
	["a placeholder that is not explained", "dt_ns > {merge}", "dt_ns > {merge} + {more}", /\{more\} is neither/],
];

test("a page that has all its parts is read", () => {
	const { question, parameters, needs, columns, nothing } = parsePage("general", "x", typedByUser(page));
	assert.deepEqual(
		{ question, parameters, needs, columns, nothing },
		{
			question: "Does it hold?",
			parameters: [{ name: "merge", type: "duration", fallback: "10ms", meaning: "joined" }],
			needs: [{ source: "net", glob: "net:*", each: false }],
			columns: [{ name: "id", unit: null, meaning: "the counter" }],
			nothing: "it does not",
		},
	);
});

for (const [name, from, to, message] of incomplete)
	test(`a page is refused: ${name}`, () => {
		assert.ok(page.includes(from));
		assert.throws(() => parsePage("general", "x", typedByUser(page.replace(from, to))), message);
	});

test("the list has one line of at most 80 columns for each query", async () => {
	const { code, stdout, stderr } = await countersink(["query"]);
	assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
	const lines = stdout.split("\n");
	for (const { name, question } of pages)
		assert.equal(lines.filter((line) => line.startsWith(`  ${name} `) && line.endsWith(question)).length, 1, name);
	assert.deepEqual(
		lines.filter((line) => line.length > 80),
		[],
	);
	const json = await countersink(["query", "--json"]);
	assert.deepEqual(
		(JSON.parse(json.stdout) as { name: string }[]).map(({ name }) => name),
		pages.map(({ name }) => name),
	);
});

test("a page shows parameters, columns and the statement; with a file the statement as it is run there", async () => {
	const plain = await countersink(["query", "drops", "--explain"]);
	assert.equal(plain.code, 0, plain.stderr);
	for (const part of [
		/^Which interfaces dropped/,
		/--merge <duration> {2}drops[\s\S]*\(default: 10ms\)/,
		/dur_ns +ns/,
		/\{merge\}/,
		/No rows: /,
	])
		assert.match(plain.stdout, part);
	const bound = await countersink(["query", "drops", fixture, "--explain", "--merge", "1s"]);
	assert.match(bound.stdout, /episodes\('net', '\^\([a-z0-9_|]+\)\$', 1000000000\)/);
});

test("formats are those of countersink sql", async () => {
	const ask = (...words: string[]): Promise<Outcome> =>
		countersink(["query", "drops", fixture, "--merge", "10s", ...words]);
	const [csv, json, ndjson] = await Promise.all([ask("--csv"), ask("-f", "json"), ask("--format", "ndjson")]);
	assert.equal(csv.stdout.split("\n").length, 3);
	assert.deepEqual(JSON.parse(json.stdout), [JSON.parse(ndjson.stdout)]);
	assert.equal((JSON.parse(ndjson.stdout) as { packets: number }).packets, 339);
});

test("options may stand before, between and after the name and the file", async () => {
	const orders = [
		["query", "--csv", "drops", fixture, "--merge", "10s"],
		["query", "drops", "--merge", "10s", fixture, "--csv"],
		["query", "drops", "--merge=10s", "--csv", fixture],
	];
	const answers = await Promise.all(orders.map((words) => countersink(words)));
	for (const { code, stdout, stderr } of answers) {
		assert.equal(code, 0, stderr);
		assert.equal(stdout, answers[0]!.stdout);
	}
});

test("a peak that was not seen is not a low one", async () => {
	/* It moves in the first 100 ms, which are less than half of their second on the clock. */
	const rows = Array.from({ length: 100 }, (_, i) => `${1790000000.6 + i / 100},${Math.min(i, 10)}`);
	writeFileSync(file("early.csv"), `time,x\n${rows.join("\n")}\n`);
	const { code, stderr } = await countersink(["import", file("early.csv"), "-o", file("early.duckdb")]);
	assert.equal(code, 0, stderr);
	const { stdout } = await countersink([
		"query",
		"microbursts",
		file("early.duckdb"),
		"--counters",
		"early:x",
		"--json",
	]);
	const [{ mean_per_s, peak_1s, peak_100ms }] = JSON.parse(stdout);
	assert.deepEqual([mean_per_s, peak_1s, peak_100ms], [10, null, 100]);
});

const wrong: readonly [string, readonly string[], RegExp][] = [
	["no such query", ["dorps", fixture], /there is no query dorps; did you mean drops\?/],
	["no such query, nothing near", ["weather", fixture], /there is no query weather; 'countersink query' lists/],
	["no file", ["drops"], /name one, as in countersink query drops run\.duckdb/],
	["two files", ["drops", fixture, fixture], /too many arguments/],
	["no such file", ["drops", "nonesuch"], /nonesuch does not exist/],
	["no such option", ["drops", fixture, "--marge", "1s"], /unknown option '--marge'[\s\S]*--merge/],
	["an option without its value", ["drops", fixture, "--merge"], /argument missing/],
	[
		"one of two patterns",
		["over-time", fixture, "--counters", "cpu:ctxt", "--counters", "cpu:intr"],
		/--counters is given twice; give one pattern for both, as in --counters '\{cpu:ctxt,cpu:intr\}'/,
	],
	["two thresholds", ["drops", fixture, "--merge", "1s", "--merge", "2s"], /--merge is given twice; give one of them/],
	["no duration", ["drops", fixture, "--merge", "5"], /--merge 5: it takes a time, as in 10ms or 2s \(drops that/],
	["a duration that is SQL", ["drops", fixture, "--merge", "1s); DROP TABLE net; --"], /it takes a time/],
	["no such stream", ["moved", fixture, "--stream", "nett"], /has no stream nett; did you mean net\?/],
	["which stream", ["moved", fixture], /needs --stream, the stream to look at: one of net, ethtool, .* more/],
	[
		"which counters",
		["over-time", fixture],
		/this query needs --counters, one counter, or several.*a pattern of counter ids/,
	],
	[
		"no such counters",
		["over-time", fixture, "--counters", "eth:*"],
		/has no counters eth:\* \(--counters: .*FROM counters/,
	],
	[
		"a rate of a gauge",
		["over-time", fixture, "--counters", "psi:*/some_avg10"],
		/psi:cpu\/some_avg10 is a gauge, which has values but no rate; counters beside it are psi:cpu\/some_total,/,
	],
	[
		"counters of two streams",
		["over-time", fixture, "--counters", "*:*"],
		/\*:\* is in 11 streams .*choose one with --stream net/,
	],
];

for (const [name, words, message] of wrong)
	test(`a wrong question: ${name}`, async () => {
		const { code, stdout, stderr } = await countersink(["query", ...words]);
		assert.equal(code, 2, stderr);
		assert.equal(stdout, "");
		assert.match(stderr, /^countersink: /);
		assert.match(stderr, message);
	});

test("a source at two rates: says which streams, and --stream chooses", async () => {
	const path = file("rates.duckdb");
	const words = ["-e", "net:lo/*@100Hz", "-e", "net:lo/rx_dropped@1kHz", "-d", "200ms", "-o", path];
	assert.equal((await countersink(["record", ...words])).code, 0);
	const which = await countersink(["query", "drops", path]);
	assert.equal(which.code, 2);
	assert.match(which.stderr, /is in 2 streams .*: net \(100 Hz\), net_1khz \(1 kHz\); choose one with --stream net\n$/);
	const chosen = await countersink(["query", "drops", path, "--stream", "net_1khz"]);
	assert.deepEqual(
		{ code: chosen.code, stderr: chosen.stderr },
		{ code: 0, stderr: "countersink: nothing found: no recorded interface dropped a packet while it was recorded\n" },
	);
});

test("a recording without what a query is about: what to record", async () => {
	const path = file("cpu.duckdb");
	assert.equal((await countersink(["record", "-e", "cpu:ctxt@100Hz", "-d", "100ms", "-o", path])).code, 0);
	const { code, stderr } = await countersink(["query", "drops", path]);
	assert.equal(code, 2);
	assert.match(
		stderr,
		/has no counters net:\S+, which this query is about; record them with countersink record -e 'net:/,
	);
});

test("a query that needs several counters of an instance leaves out what lacks one, and says so when all do", async () => {
	const path = file("partly.duckdb");
	const words = ["-e", "cpu:cpu0/*@100Hz", "-e", "cpu:total/steal@100Hz", "-d", "200ms", "-o", path];
	assert.equal((await countersink(["record", ...words])).code, 0);
	const { stdout } = await countersink(["query", "cpu-use", path, "--csv"]);
	assert.match(stdout, /^cpu,busy[^\n]*\ncpu0,[^\n]*\n$/);
	const lacking = await countersink(["query", "reclaim", path]);
	assert.equal(lacking.code, 2);
	assert.match(lacking.stderr, /has no counters vm:\S+, all of which this query needs; record them with/);
});
