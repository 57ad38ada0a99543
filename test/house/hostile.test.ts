// SPDX-License-Identifier: Apache-2.0
/**
 * The law of foreign files, in a small size: whatever is opened or imported, no file appears outside the output, no
 * signal ends a process, no secret is printed, and every run ends. `npm run test:hostile` tries more. The first tests
 * show that harm would be noticed.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FALSE_ANSWER, Sandbox } from "../hostile/bait.js";
import { base, make } from "../hostile/bases.js";
import { formats, mutations } from "../hostile/cases.js";
import { type Tried, tryCases, wasRead } from "../hostile/corpus.js";
import { holds, mutateFile, mutateLog, readLog } from "../hostile/duckdb-bytes.js";
import { judge } from "../hostile/law.js";
import { Random } from "../hostile/random.js";
import type { Outcome } from "../hostile/verbs.js";
import { sampled, sized } from "../support/size.js";

const folder = mkdtempSync(join(tmpdir(), "countersink-hostile-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "secret"), "s3cr3t-of-the-test");
const sandbox = new Sandbox(join(folder, "sandbox"));
make(join(folder, "bases"));

/** Ten times as long as a run may take, since other tests may run beside this one. */
const LIMIT_MS = 100_000;

const outcome = (part: Partial<Outcome>): Outcome => ({
	status: 0,
	signal: null,
	stdout: "",
	stderr: "",
	ms: 1,
	...part,
});
const kinds = (part: Partial<Outcome>, words: readonly string[] = ["info", "x"]): string[] =>
	judge(words, outcome(part), sandbox, LIMIT_MS).map(({ kind }) => kind);

test("harm in an outcome is seen", () => {
	assert.deepEqual(kinds({ stdout: "net  3 counters\n", stderr: "countersink: x is damaged; record again\n" }), []);
	assert.deepEqual(kinds({ signal: "SIGSEGV", status: null }), ["signal"]);
	assert.deepEqual(kinds({ status: 134 }), ["status"]);
	assert.deepEqual(kinds({ ms: 1000 * LIMIT_MS }), ["time"]);
	assert.deepEqual(kinds({ stdout: `host ${sandbox.secret}` }), ["leak"]);
	assert.deepEqual(kinds({ stdout: FALSE_ANSWER }), ["leak"]);
	assert.deepEqual(kinds({ stderr: "a \x1b[2J" }), ["terminal"]);
	assert.deepEqual(kinds({ stdout: "a \u202e" }), ["terminal"]);
	assert.deepEqual(kinds({ stdout: "a \u202e" }, ["sql", "x", "FROM a", "--csv"]), [], "CSV keeps every byte");
	assert.deepEqual(kinds({ stderr: "countersink: internal error: TypeError\n" }), ["internal"]);
	assert.deepEqual(kinds({ stderr: "x\n".repeat(100) }), ["talk"]);
});

test("harm in files is seen", () => {
	const seen = (harm: () => void): string[] => {
		sandbox.clear();
		sandbox.arm();
		harm();
		const changes = sandbox.changes();
		sandbox.mend();
		return changes;
	};
	assert.deepEqual(
		seen(() => {}),
		[],
	);
	assert.deepEqual(
		seen(() => writeFileSync(join(sandbox.folder, "written.csv"), "x")),
		["bait/written.csv was made"],
	);
	assert.deepEqual(
		seen(() => writeFileSync(join(sandbox.in, "beside"), "x")),
		["work/deep/in/beside was made"],
	);
	assert.deepEqual(
		seen(() => writeFileSync(join(sandbox.temp, "left"), "x")),
		["temp/left was made"],
	);
	assert.deepEqual(
		seen(() => rmSync(join(sandbox.folder, "secret.csv"))),
		["bait/secret.csv was removed"],
	);
	assert.deepEqual(
		seen(() => writeFileSync(join(sandbox.out, "copied"), `x${sandbox.secret}`)),
		["out/copied holds the secret"],
	);
	assert.deepEqual(
		seen(() => mkdirSync(join(sandbox.out, ".countersink-import-1"))),
		["out/.countersink-import-1 was left behind"],
	);
	sandbox.clear();
});

test("reading a file is noticed, where the file system tells", (t) => {
	if (!sandbox.tellsReads) return t.skip("the file system of the temporary folder does not keep times of access");
	sandbox.arm();
	readFileSync(join(sandbox.folder, "secret.txt"));
	assert.deepEqual(sandbox.changes(), ["bait/secret.txt was read"]);
});

test("checksums are computed like DuckDB's", () => {
	assert.ok(holds(base("base.duckdb")));
	assert.ok(readLog(base("log.duckdb.wal")).entries.length > 10);
});

test("a mutation has valid checksums, and the same seed makes the same mutation", () => {
	for (let i = 0; i < 20; i++) {
		const [first, second] = [1, 2].map(() => mutateFile(new Random(`x.${i}`), base("base.duckdb")));
		assert.ok(first!.equals(second!));
		if (first!.length === base("base.duckdb").length && first!.readBigUInt64LE(48) === 0n) assert.ok(holds(first!));
		const [log, same] = [1, 2].map(() => mutateLog(new Random(`x.${i}`), base("log.duckdb.wal")));
		assert.ok(log!.equals(same!));
	}
});

const report = ({ broken }: Tried): string =>
	broken
		.map(
			({ id, problems }) =>
				`${id}\n${problems.map(({ kind, what, words }) => `  ${kind}: ${words.join(" ")}: ${what}`).join("\n")}`,
		)
		.join("\n");

/** One file of each kind that has harmed a reader before. */
const byHand = [
	"recording:view-recording-reads-a-file-with-a-lie",
	"recording:view-streams-reads-a-file",
	"recording:view-reads-a-pipe-with-a-lie",
	"recording:view-sorts-five-billion-rows-with-a-lie",
	"recording:macro-sum",
	"recording:macro-duckdb_tables",
	"recording:macros-read-a-file",
	"recording:own-macro-_step",
	"recording:type-of-ts-is-varchar",
	"recording:type-of-lo_rx_packets-is-struct",
	"recording:counters-claim-0-of-text",
	"recording:generated-column",
	"recording:default",
	"recording:check",
	"recording:user-type",
	"recording:streams-period_ns-0",
	"recording:hundred-thousand-streams",
	"recording:stream-named-4",
	"recording:stream-named-11",
	"recording:counter-named-2",
	"recording:counter-named-23",
	"recording:path-8",
	"recording:log-is-a-pipe",
	"recording:log-is-a-link-to-a-secret",
	"import:arrow-period_ns-0",
	"import:arrow-period-0",
	"import:arrow-stream-3",
	"import:arrow-stream_end.rows_stored-0",
	"import:arrow-recording.cpus-1",
	"import:arrow-column-id-3",
	"import:parquet-recording.start_monotonic_ns-0",
	"import:arrow-claims-50000000-rows-ours-arrows",
	"import:arrow-8-zeros-before-the-end-ours-arrows",
	"import:ndjson-nested-lists-18000",
	"import:csv-names-are-escapes",
	"import:path-is-a-pipe",
];

const SEED = "test";
const MUTATIONS = sized(6, 12);

test("hostile files do no harm", async () => {
	const ids = [...sampled(byHand), ...mutations(MUTATIONS, SEED)];
	const tried = await tryCases(ids, { workers: 2, limit_ms: LIMIT_MS });
	assert.equal(report(tried), "");
	assert.deepEqual(
		tried.unmade.flatMap(({ id, unmade }) => [id, ...unmade]),
		[],
	);
	/* A reader that refuses everything does no harm either. Few mutations of a recording are still recordings, so those
	 * made by hand count, too. */
	const kinds = formats.map((format) => (format === "duckdb" ? ["duckdb:", "recording:"] : [`${format}:`]));
	for (const ours of sized([kinds.flat()], kinds)) {
		const read = tried.results.filter((result) => ours.some((start) => result.id.startsWith(start)) && wasRead(result));
		assert.ok(read.length > 0, `of ${ours.join(" and ")} some are still read`);
	}
});
