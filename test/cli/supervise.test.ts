// SPDX-License-Identifier: Apache-2.0
/** Verbs that open foreign bytes run in a child. Tested: a child that dies, one that does not end, and one without its
 *  supervisor. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { before, describe, test } from "node:test";
import { commandLine, countersink, type Running, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { childrenOf, isGone, stateOf, until } from "../support/processes.js";
import { key, Terminal } from "../support/screen.js";

const file = scratch();
const run = file("run.duckdb");
const folder = dirname(run);
const staged = (): string[] => readdirSync(folder).filter((name) => name.startsWith(".countersink-"));
const endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b";

before(async () => {
	const made = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "200ms", "-o", run]);
	assert.equal(made.code, 0, made.stderr);
});

const childOf = (parent: ChildProcess): number => childrenOf(parent.pid!)[0]!;

/** An import that has staged and waits for the rest of its input. */
async function importing(options = {}): Promise<Running & { reader: number; source: ChildProcess }> {
	const source = spawn("sh", ["-c", "echo time,a; echo 1790000000,0; exec sleep 60"], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	const before = staged();
	const running = start(["import", "-", "-o", file("made.duckdb")], {
		stdio: [source.stdout, "pipe", "pipe"],
		...options,
	});
	await until("it has begun", () =>
		staged().some((name) => !before.includes(name) && existsSync(file(`${name}/spool`))),
	);
	return { ...running, source, reader: childOf(running.child) };
}

/** A statement that does not end. */
async function asking(): Promise<Running & { reader: number }> {
	const running = start(["sql", run, endless]);
	const loaded = (): boolean => {
		const child = childOf(running.child);
		return child !== undefined && readFileSync(`/proc/${child}/maps`, "latin1").includes("duckdb");
	};
	await until("it has begun", loaded);
	return { ...running, reader: childOf(running.child) };
}

describe("the child dies", () => {
	for (const [signal, cause] of [
		["SIGSEGV", "the file is damaged or was made to do this"],
		["SIGABRT", "the file is damaged or was made to do this"],
		["SIGKILL", "it was killed from outside, or there was not enough memory"],
	] as const)
		test(`by ${signal}: one sentence, and no temporary file is left`, async () => {
			const { reader, outcome, source } = await importing();
			process.kill(reader, signal);
			const result = await outcome;
			source.kill();
			assert.deepEqual([result.code, result.signal, result.stdout], [1, null, ""]);
			assert.equal(
				result.stderr,
				`countersink: reading standard input ended the process (${signal}); ${cause}; nothing was changed\n`,
			);
			assert.deepEqual([existsSync(file("made.duckdb")), ...staged()], [false]);
		});

	test("the sentence names the file", async () => {
		const { reader, outcome } = await asking();
		process.kill(reader, "SIGBUS");
		const { code, stderr } = await outcome;
		assert.equal(code, 1);
		assert.ok(stderr.startsWith(`countersink: reading ${run} ended the process (SIGBUS); `), stderr);
	});

	test("in the middle of an export: its files are removed", async () => {
		mkdirSync(file("exports"));
		/* A pipe that nobody reads holds up the export, but only exports to files stage, so this one is stopped by hand. */
		const { child, outcome } = start(["export", run, "-o", `${file("exports")}/run.csv`]);
		const begun = (): boolean => readdirSync(file("exports")).some((name) => name.startsWith(".countersink-export-"));
		await until("it has begun", () => begun() || child.exitCode !== null);
		const reader = childOf(child);
		if (reader !== undefined) process.kill(reader, "SIGSEGV");
		const { code } = await outcome;
		const left = readdirSync(file("exports"));
		/* The export may have been faster. */
		assert.deepEqual(left, code === 0 ? ["run.csv"] : []);
	});

	test("at a prompt: the terminal is restored", async () => {
		const terminal = new Terminal([], {}, 50, 80, [
			"sh",
			"-c",
			`"${process.execPath}" "${commandLine}" sql "${run}"; echo status $?; stty -a; echo done`,
		]);
		await terminal.until(/run> $/);
		const parent = await readerOf(terminal);
		process.kill(parent, "SIGSEGV");
		const shown = await terminal.until(/done\n/);
		assert.match(shown, /reading \S+run\.duckdb ended the process \(SIGSEGV\)/);
		assert.match(shown, /status 1\n/);
		assert.match(shown, / icanon/);
		assert.match(shown, / echo /);
	});
});

/** The process that reads the recording. It is three below the driver of the terminal: the shell, the supervisor, the
 *  reader. */
async function readerOf(terminal: Terminal): Promise<number> {
	let reader: number | undefined;
	await until("there is a reader", () => {
		const [shell] = childrenOf(terminal.pid);
		const [supervisor] = shell === undefined ? [] : childrenOf(shell);
		[reader] = supervisor === undefined ? [] : childrenOf(supervisor);
		return reader !== undefined;
	});
	return reader!;
}

describe("the end is asked for", () => {
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
		test(`by ${signal}: a command that does not handle it ends by it`, async () => {
			const { child, reader, outcome } = await asking();
			child.kill(signal);
			const result = await outcome;
			assert.deepEqual([result.code, result.signal, result.stderr], [null, signal, ""]);
			await until("the child is gone", () => isGone(reader));
		});

		test(`by ${signal}: a stopped child is killed`, async () => {
			const { child, reader, outcome, source } = await importing();
			process.kill(reader, "SIGSTOP");
			await until("it stands", () => stateOf(reader) === "T");
			const asked = performance.now();
			child.kill(signal);
			const result = await outcome;
			source.kill();
			assert.ok(performance.now() - asked < 20_000, "within ten times the promised 2 s");
			assert.deepEqual([result.code, result.signal], [null, signal]);
			assert.equal(
				result.stderr,
				"countersink: import did not end when asked to, so it was killed; its files were removed\n",
			);
			assert.deepEqual([existsSync(file("made.duckdb")), ...staged()], [false]);
		});
	}

	test("by Ctrl-C in a terminal, which reaches both", async () => {
		const terminal = new Terminal([], {}, 50, 80, [
			"bash",
			"-c",
			`trap 'echo interrupted' INT; (echo time,a; exec sleep 60) | "${process.execPath}" "${commandLine}" import - -o "${file("made.duckdb")}"; echo status $?`,
		]);
		await until("it has begun", () => staged().length > 0);
		terminal.type(key.ctrlC);
		const shown = await terminal.until(/status \d+\n/);
		assert.match(shown, /status (1|130)\n/);
		assert.ok((shown.match(/the import was interrupted/g) ?? []).length <= 1, shown);
		assert.deepEqual(staged(), []);
	});
});

describe("the supervisor is killed", () => {
	test("the child ends, and removes its temporary folders", async () => {
		const { child, reader, outcome, source } = await importing();
		child.kill("SIGKILL");
		await outcome;
		source.kill();
		await until("the child is gone", () => isGone(reader));
		assert.deepEqual([existsSync(file("made.duckdb")), ...staged()], [false]);
	});

	test("in the middle of an endless statement", async () => {
		const { child, reader, outcome } = await asking();
		child.kill("SIGKILL");
		await outcome;
		await until("the child is gone", () => isGone(reader));
	});

	test("together with its child: the next import removes what they left, and keeps what belongs to a running one", async () => {
		const living = await importing();
		const [alive] = staged();
		const killed = await importing({ detached: true });
		process.kill(-killed.child.pid!, "SIGKILL");
		await killed.outcome;
		await until("both are gone", () => isGone(killed.reader));
		killed.source.kill();
		assert.equal(staged().length, 2);
		const csv = "time,a\n1790000000,0\n1790000001,1\n";
		const next = await countersink(["import", "-", "-o", file("next.duckdb")], {}, csv);
		assert.equal(next.code, 0, next.stderr);
		assert.deepEqual(staged(), [alive]);
		living.child.kill("SIGTERM");
		await living.outcome;
		living.source.kill();
		assert.deepEqual(staged(), []);
	});

	test("folders stay unless their process is known to be dead", async () => {
		mkdirSync(file(".countersink-import-other"));
		writeFileSync(file(".countersink-import-other/recording"), "x");
		const next = await countersink(
			["import", "-", "-o", file("again.duckdb")],
			{},
			"time,a\n1790000000,0\n1790000001,1\n",
		);
		assert.equal(next.code, 0, next.stderr);
		assert.deepEqual(staged(), [".countersink-import-other"]);
	});
});

describe("what passes through", () => {
	test("status and both streams pass through", async () => {
		const fine = await countersink(["sql", run, "SELECT 1 AS x", "--csv"]);
		assert.deepEqual([fine.code, fine.stdout, fine.stderr], [0, "x\n1\n", ""]);
		const none = await countersink(["info", file("none.duckdb")]);
		assert.equal(none.code, 2);
		assert.match(none.stderr, /none\.duckdb does not exist/);
		copyFileSync(commandLine, file("text.duckdb"));
		assert.equal((await countersink(["--", "info", file("text.duckdb")])).code, 2);
	});

	test("Ctrl-Z at a prompt stops the job, and fg continues it", async () => {
		const terminal = new Terminal([], {}, 50, 80, [
			"bash",
			"-c",
			`set -m; "${process.execPath}" "${commandLine}" sql "${run}"; echo status $?; stty -a; fg; echo end`,
		]);
		await terminal.until(/run> $/);
		terminal.type("\x1a");
		const stopped = await terminal.until(/status \d+\n[\s\S]*run> $/);
		assert.match(stopped, /status 148\n/);
		assert.match(stopped, / icanon/);
		assert.match(await terminal.ask("SELECT 41 + 1 AS n;", /\n\w+> $/), /42/);
		terminal.type(key.ctrlD);
		await terminal.until(/end\n/);
	});
});
