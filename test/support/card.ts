// SPDX-License-Identifier: Apache-2.0
/** A simulated card on this machine: the model of its firmware, reached through the ioctls of both drivers
 *  (test/device/shim). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { packageFile } from "../../base/paths.js";
import { countersink, type Outcome } from "./cli.js";
import { buildNative } from "./native.js";
import { type TraceEvent, traceEvents } from "./traced.js";

const built = (name: string): string => packageFile(`build/native/release/device/${name}`);

function run(program: string, words: readonly string[]): string {
	const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
	if (error) throw error;
	assert.equal(status, 0, `${program} ${words.join(" ")}: ${stderr}`);
	return stdout;
}

export const ADDRESS = "0000:08:00.0";
export const INTERFACE = "eth2";

export interface Sessions {
	readonly [name: string]: string;
}

export class Card {
	readonly #state: string;
	readonly root: string;
	readonly #settings: Readonly<Record<string, string>>;

	/** @param folder a folder for this card only @param settings settings of the model, as in { foreign_sampling: 1 } */
	constructor(folder: string, settings: Readonly<Record<string, string | number>> = {}) {
		buildNative();
		this.root = `${folder}/root`;
		this.#state = `${folder}/state`;
		this.#settings = Object.fromEntries(
			Object.entries(settings).map(([name, value]) => [`COUNTERSINK_FAKE_${name.toUpperCase()}`, String(value)]),
		);
		mkdirSync(folder, { recursive: true });
		run(built("fwdump"), [this.root, "tree", ADDRESS, INTERFACE]);
	}

	get env(): Record<string, string> {
		return {
			LD_PRELOAD: built("countersink-shim.so"),
			COUNTERSINK_DEVICE_ROOT: this.root,
			COUNTERSINK_FAKE_STATE: this.#state,
			...this.#settings,
		};
	}

	/** Removes one of the two drivers. */
	without(driver: "fwctl" | "mlx5ctl"): this {
		const paths = { fwctl: "dev/fwctl", mlx5ctl: "dev/mlx5ctl-mlx5_core.ctl.0" };
		rmSync(`${this.root}/${paths[driver]}`, { recursive: true });
		return this;
	}

	countersink(...words: readonly string[]): Outcome {
		return countersink(words, { env: this.env });
	}

	/** Changes settings of the model while it runs. */
	set(settings: Readonly<Record<string, number>>): void {
		run(built("fwdump"), [this.#state, "set", ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)]);
	}

	/** What the model says of itself, one `name value` per line. */
	dump(): string {
		return run(built("fwdump"), [this.#state]);
	}

	/** The samples that a session took, from a given one on, by column: "index", "number", "id", "clock" and ids of
	 *  counters. */
	samples(session: number, from: number, count: number): Map<string, bigint[]> {
		const [head = "", ...rows] = run(built("fwdump"), [this.#state, "samples", `${session}`, `${from}`, `${count}`])
			.trim()
			.split("\n");
		const cells = rows.map((row) => row.split(",").map(BigInt));
		return new Map(head.split(",").map((name, i) => [name, cells.map((row) => row[i]!)]));
	}

	/** The events in a number of blocks of the tracer from a given one on, including lost events. */
	traced(from: number, blocks: number): TraceEvent[] {
		return traceEvents(run(built("fwdump"), [this.#state, "trace", `${from}`, `${blocks}`]));
	}
}
