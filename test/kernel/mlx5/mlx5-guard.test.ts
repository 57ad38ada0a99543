// SPDX-License-Identifier: Apache-2.0
/** The card is put back whatever becomes of the sampler, unless someone else has set it by then. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { packageFile, samplerBinary } from "../../../base/paths.js";
import { setParameters } from "../../../kernel/mlx5/card/sampler-parameters.js";
import { parametersFor, parseWish } from "../../../kernel/mlx5/diagnostics/request.js";
import { scope } from "../../../kernel/mlx5/transport/firmware.gen.js";
import { hex } from "../../../kernel/mlx5/transport/mailbox.js";
import { Card } from "../../support/card.js";
import { countersink, type Outcome } from "../../support/cli.js";
import { start } from "../../support/countersink.js";
import { scratch } from "../../support/folder.js";
import { File } from "../../support/judge.js";
import { childrenOf, isGone, nameOf, until } from "../../support/processes.js";

type Tail<T> = T extends [unknown, ...infer U] ? U : never;

const path = scratch();
const FAST = ["-d", "300ms", "--json"];
const parametersOf = (card: Card): string => /^params (.*)$/m.exec(card.dump())?.[1] ?? "";
const childNamed = (parent: number, name: string): number | undefined =>
	childrenOf(parent).find((child) => nameOf(child) === name);

/** A line for `countersink-sampler device`. */
function setting(
	card: Card,
	options: Record<string, string>,
	counters: readonly number[],
	logPeriod: number,
	enable = 1,
): string {
	const size = { logSamples: 7, logPeriod };
	const wanted = parametersFor(parseWish(new Map(Object.entries(options))), counters, size);
	const { inbox } = setParameters({ ...wanted, enable });
	return `fwctl ${card.root}/dev/fwctl/fwctl0 ${scope.debugWrite} 16 ${hex(inbox)}\n`;
}

/** Someone else sets the card without asking first. */
function setByAnother(card: Card, ...what: Tail<Parameters<typeof setting>>): void {
	const input = setting(card, ...what);
	const { stdout } = spawnSync(samplerBinary(), ["device"], {
		input,
		env: { ...process.env, ...card.env },
		encoding: "utf8",
	});
	assert.match(stdout, /^ok /);
}

interface Kill {
	readonly victim: "sampler" | "recorder";
	readonly mode: string;
	readonly taken: boolean;
}

const kills: readonly Kill[] = [
	{ victim: "sampler", mode: "repetitive", taken: false },
	{ victim: "sampler", mode: "repetitive", taken: true },
	{ victim: "sampler", mode: "on_demand", taken: false },
	{ victim: "sampler", mode: "on_demand", taken: true },
	{ victim: "recorder", mode: "single", taken: false },
	{ victim: "recorder", mode: "single", taken: true },
];

for (const { victim, mode, taken } of kills)
	test(`SIGKILL of the ${victim}, ${mode}: ${taken ? "what someone else has set since stays" : "the card is put back"}`, async () => {
		const card = new Card(path(`kill-${victim}-${mode}-${taken}`));
		const env = { ...process.env, ...card.env };
		const event = `mlx5:*/{0x0401,0x2006}@10ms?mode=${mode}`;
		const out = path(`kill-${victim}-${mode}-${taken}.duckdb`);
		const { child, outcome } = start(["record", "-e", event, "--allow-taint", "-o", out], { env });
		let sampler: number | undefined;
		let guard: number | undefined;
		/* On demand, a first row tells that the sampler knows what is its own; otherwise, the ring that was asked for. */
		await until("the card samples", () => {
			sampler = childNamed(child.pid!, "countersink-sam");
			guard = sampler && childNamed(sampler, "countersink-put");
			return guard !== undefined && /^queries [1-9]/m.test(card.dump());
		});
		if (taken) setByAnother(card, {}, [0x401, 0x2006, 0x1001], 20);
		const theirs = parametersOf(card);
		process.kill(victim === "sampler" ? sampler! : child.pid!, "SIGKILL");
		await until("the guard has done its work", () => isGone(guard!) && isGone(sampler!));
		if (taken) assert.equal(parametersOf(card), theirs);
		else assert.match(parametersOf(card), /^enable=0 .*counters=-$/);
		await outcome;
	});

for (const event of [
	"mlx5:*/{0x0401,0x2006}@10ms?mode=repetitive",
	"mlx5:*/0x2006@10ms?mode=on_demand",
	"mlx5trace:*@10ms",
])
	test(`SIGKILL of the guard alone, ${event}: the sampler puts the card back, and says so`, async () => {
		const name = `guard-${event.replace(/[^a-z0-9]/g, "")}`;
		const card = new Card(path(name));
		const env = { ...process.env, ...card.env };
		const out = path(`${name}.duckdb`);
		const { child, outcome } = start(["record", "-e", event, "--allow-taint", "-o", out], { env });
		const trace = event.startsWith("mlx5trace");
		let guard: number | undefined;
		await until("the card samples", () => {
			const sampler = childNamed(child.pid!, "countersink-sam");
			guard = sampler && childNamed(sampler, "countersink-put");
			return guard !== undefined && (trace ? /^tracer_running 1/m : /^queries [1-9]/m).test(card.dump());
		});
		process.kill(guard!, "SIGKILL");
		await until("the guard is dead", () => isGone(guard!));
		child.kill("SIGINT");
		const { code, stderr } = await outcome;
		assert.equal(code, 0, stderr);
		if (trace) assert.match(card.dump(), /^tracer_owner 0$[\s\S]*^tracer_running 0$/m);
		else assert.match(parametersOf(card), /^enable=0 .*counters=-$/);
		const file = await File.open(out);
		const { detail } = await file.row("SELECT detail FROM recording");
		file.close();
		assert.match(String(detail), /the process that guards the device was killed; the device was put back all the same/);
	});

for (const mode of ["repetitive", "on_demand"])
	test(`${mode}: a card that refuses to be put back is reported with what the firmware says`, async () => {
		const card = new Card(path(`refuses-${mode}`), {
			fail_opcode: 0x820,
			fail_skip: 1,
			fail_count: 99,
			fail_status: 6,
			fail_syndrome: 0x1f3a21,
		});
		const out = path(`refuses-${mode}.duckdb`);
		const { status, stderr } = card.countersink(
			"record",
			"-e",
			`mlx5:*/0x0401@5ms?mode=${mode}`,
			"--allow-taint",
			"-o",
			out,
			...FAST,
		);
		assert.equal(status, 0, stderr);
		const file = await File.open(out);
		const { detail } = await file.row("SELECT detail FROM recording");
		file.close();
		assert.match(
			String(detail),
			/mlx5: the device could not be put back as it was found: SET_DIAGNOSTIC_PARAMS: the firmware refused: RESOURCE_BUSY \(status 0x6, syndrome 0x1f3a21\)/,
		);
	});

test("single, started by someone else and full before the recording: no row, no gap, and a sentence that tells why", async () => {
	const card = new Card(path("full"));
	card.countersink("list", "mlx5");
	setByAnother(card, { mode: "single" }, [0x401, 0x2006], 10);
	const theirs = parametersOf(card);
	const out = path("full.duckdb");
	const { status, stderr } = card.countersink("record", "-e", "mlx5:*@1us", "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	const file = await File.open(out);
	const { ticks_scheduled, rows_stored } = await file.row("SELECT ticks_scheduled, rows_stored FROM streams");
	const { ended, detail } = await file.row("SELECT ended, detail FROM recording");
	file.close();
	assert.deepEqual([ticks_scheduled, rows_stored], [0n, 0n]);
	assert.equal(ended, "complete");
	assert.equal(detail, "mlx5: single: the device has filled its ring of 128 samples, before this recording");
	assert.equal(parametersOf(card), theirs);
});

interface Since {
	readonly name: string;
	readonly mode: string;
	/** Another has the card when it is looked at, and we steal it. */
	readonly steal: boolean;
	/** What another sets between that look and the start. */
	readonly set: Tail<Parameters<typeof setting>>;
	readonly refused: boolean;
}

const FOREIGN = [0x401, 0x1001];
const since: readonly Since[] = ["repetitive", "on_demand"].flatMap((mode) => [
	{ name: "started", mode, steal: false, set: [{}, FOREIGN, 20], refused: true },
	{ name: "set to another period", mode, steal: true, set: [{}, FOREIGN, 19], refused: true },
	{ name: "set to other counters", mode, steal: true, set: [{}, [0x401, 0x2006], 20], refused: true },
	{ name: "set to another mode", mode, steal: true, set: [{ mode: "single" }, FOREIGN, 20], refused: true },
	{ name: "ended", mode, steal: true, set: [{}, FOREIGN, 20, 0], refused: false },
]);

/** Records with a sampler that first executes a line of shell, after the plan was made. */
function recordAfter(card: Card, name: string, command: string, mode: string, ...words: readonly string[]): Outcome {
	const script = path(`${name}.sh`);
	const text = `#!/bin/sh\n[ $# -gt 0 ] || ${command} >/dev/null\nexec '${samplerBinary()}' "$@"\n`;
	writeFileSync(script, text, { mode: 0o755 });
	const event = `mlx5:*/0x2006@10ms?mode=${mode}`;
	const all = ["record", "-e", event, "--allow-taint", ...words, "-o", path(`${name}.duckdb`), ...FAST];
	return countersink(all, { env: { ...card.env, COUNTERSINK_SAMPLER: script } });
}

for (const { name, mode, steal, set, refused } of since)
	test(`${mode}: ${name} by someone else since the card was looked at${refused ? ": it is left alone" : ": nobody is put back"}`, () => {
		const folder = `since-${name.replaceAll(" ", "-")}-${mode}`;
		const card = new Card(path(folder));
		card.countersink("list", "mlx5");
		if (steal) setByAnother(card, {}, FOREIGN, 20);
		const command = `echo '${setting(card, ...set).trim()}' | '${samplerBinary()}' device`;
		const { status, stderr } = recordAfter(card, folder, command, mode, ...(steal ? ["--steal"] : []));
		assert.equal(status, refused ? 4 : 0, stderr);
		assert.match(parametersOf(card), refused ? /^enable=1 .*log_samples=7 / : /^enable=0 .*log_samples=7 /);
		if (!refused) return;
		assert.match(
			stderr,
			/cannot start: mlx5: someone else has set the device's sampler since countersink looked at it; record again, with --steal to take it over\n/,
		);
		assert.match(card.dump(), new RegExp(`^sets ${steal ? 2 : 1}$`, "m"));
	});

for (const mode of ["repetitive", "on_demand"])
	test(`${mode}: a card that does not say who has it is not started`, () => {
		const card = new Card(path(`silent-${mode}`));
		const fault = "set fail_opcode=0x819 fail_count=1 fail_status=6 fail_syndrome=0x77";
		const fwdump = packageFile("build/native/release/device/fwdump");
		const command = `'${fwdump}' "$COUNTERSINK_FAKE_STATE" ${fault}`;
		const { status, stderr } = recordAfter(card, `silent-${mode}`, command, mode);
		assert.equal(status, 4, stderr);
		assert.match(
			stderr,
			/cannot start: mlx5: QUERY_DIAGNOSTIC_PARAMS: the firmware refused: RESOURCE_BUSY \(status 0x6, syndrome 0x77\)\n/,
		);
		assert.match(card.dump(), /^sets 0$/m);
	});
