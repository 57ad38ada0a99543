// SPDX-License-Identifier: Apache-2.0
/** Recordings of the simulated card, in the guest's folder of results. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { countersink } from "../../support/cli.js";
import * as card from "./guest-card.js";

/** Few counters: what they are compared with is computed under emulation too. */
export const some = "mlx5:*/{tx_packets,0x0401,0x1001}@200us";

export const record = (event: string, name: string, ...words: readonly string[]) =>
	countersink(["record", "-e", event, "-d", "1s", "-o", `/results/${name}.duckdb`, ...words]);

export async function until(what: string, holds: () => boolean): Promise<void> {
	for (let tries = 0; !holds(); tries++) {
		assert.ok(tries < 240, `${what}: not within two minutes`);
		await sleep(500);
	}
}

export const isSampling = (): boolean => card.said("params").startsWith("enable=1");
export const wait = (name: string): Promise<void> =>
	until(`${name} grows`, () => existsSync(`/results/${name}.duckdb`) && isSampling());
