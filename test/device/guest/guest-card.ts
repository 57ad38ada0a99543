// SPDX-License-Identifier: Apache-2.0
/** The simulated card as the kernel shows it: put in, made to misbehave, taken away, and asked what it knows of
 * itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { packageFile } from "../../../base/paths.js";
import { type TraceEvent, traceEvents } from "../../support/traced.js";

export const ADDRESS = "0000:08:00.0";
export const FWCTL = "/dev/fwctl/fwctl0";
export const MLX5CTL = "/dev/mlx5ctl-mlx5_core.ctl.0";

const parameters = "/sys/module/countersink_fake/parameters";
const folder = "/sys/kernel/debug/countersink_fake";

export type Settings = Readonly<Record<string, number>>;

function run(program: string, ...words: readonly string[]): string {
	const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
	if (error) throw error;
	assert.equal(status, 0, `${program} ${words.join(" ")}: ${stderr}`);
	return stdout;
}

const fwdump = (...words: readonly (string | number)[]): string =>
	run(packageFile("build/native/release/device/fwdump"), `${folder}/raw`, ...words.map(String));

const written = (settings: Settings): string =>
	Object.entries(settings)
		.map(([name, value]) => `${name}=${value}`)
		.join(",");

/** Puts a module in. Errors name it, and say why it was refused. */
export const insertModule = (name: string, ...settings: readonly string[]): void =>
	void run("insmod", `/modules/${name}.ko`, ...settings);

/** Takes the card away. */
export const remove = (): void => void run("rmmod", "countersink_fake");

/** A new card; one that was there goes first. */
export function insert(settings: Settings = {}): void {
	if (!existsSync("/sys/module/fwctl")) insertModule("fwctl");
	if (existsSync("/sys/module/countersink_fake")) remove();
	insertModule("countersink_fake", `set=${written(settings)}`);
	run("ip", "link", "set", "eth2", "up");
}

/** Faults of the card that is there. */
export const misbehave = (settings: Settings): void => writeFileSync(`${parameters}/set`, written(settings));

export const unplug = (): void => writeFileSync(`${parameters}/unplug`, "1");

/** What the model says of one thing; "" when it does not speak of it. */
export const said = (name: string): string =>
	new RegExp(`^${name} (.*)$`, "m").exec(readFileSync(`${folder}/state`, "utf8"))?.[1] ?? "";

/** Whether someone used a scope of fwctl that taints: bit 19, TAINT_FWCTL of include/linux/panic.h. */
export const isTaintedByFwctl = (): boolean =>
	(Number(readFileSync("/proc/sys/kernel/tainted", "utf8")) & (1 << 19)) !== 0;

/** Rows of fwdump's CSV as columns. */
function columns(csv: string): Map<string, bigint[]> {
	const [head = "", ...rows] = csv.trimEnd().split("\n");
	const cells = rows.map((row) => row.split(",").map(BigInt));
	return new Map(head.split(",").map((name, at) => [name, cells.map((row) => row[at]!)]));
}

/** Every sample that a run of the card's sampler took: index, number, id, clock and the counters. Sessions count from
 * 1. */
export function samples(session: number): Map<string, bigint[]> {
	const taken = /taken=(\d+)/.exec(said(`session ${session}`))?.[1];
	assert.ok(taken, `the card knows of no session ${session}`);
	return columns(fwdump("samples", session, 0, taken));
}

/** Every event that the card's tracer made, also those that it lost. */
export function traced(): TraceEvent[] {
	const blocks = Number(said("tracer_blocks")) + Number(said("tracer_lost_blocks"));
	return traceEvents(fwdump("trace", 0, blocks));
}
