// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { unitOfName } from "../../kernel/ethtool/driver-units.js";
import { ethtool } from "../../kernel/ethtool/index.js";
import { counterId, type Unit } from "../../kernel/source.js";
import { needs } from "../support/needs.js";
import { sample } from "../support/sample.js";

const skip = ethtool.absence() ?? needs("ethtool");

/** What the ethtool program shows, in the driver's order. */
function shown(link: string): [name: string, value: bigint][] {
	const lines = execFileSync("ethtool", ["-S", link], { encoding: "utf8" }).trim().split("\n").slice(1);
	return lines.map((line) => {
		const colon = line.lastIndexOf(":");
		return [line.slice(0, colon).trim(), BigInt(line.slice(colon + 1).trim())];
	});
}

test("every counter lies between what the ethtool program shows before and after", {
	skip,
}, async () => {
	const counters = ethtool.list();
	const links = [...new Set(counters.map((c) => c.instance))];
	const before = links.flatMap(shown);
	const { columns, gaps, scheduled, accounted } = await sample(ethtool, counters);
	const after = links.flatMap(shown);
	assert.equal(scheduled, accounted);
	assert.ok(!gaps.some((gap) => gap.reason === "source_error"));
	assert.equal(before.length, counters.length);
	counters.forEach((counter, i) => {
		const [[name, low], [, high]] = [before[i]!, after[i]!];
		assert.ok(counter.name === name || counter.name.startsWith(`${name}_`), `${counter.name} is ${name}`);
		/* A driver's counter may be a gauge in truth; then there is nothing to bracket with. */
		if (low > high) return;
		for (const value of columns[i]!)
			assert.ok(
				value !== null && low <= value && value <= high,
				`${counterId(counter)}: ${low} <= ${value} <= ${high}`,
			);
	});
});

test("the name of a driver's counter tells its unit", () => {
	const table: [name: string, unit: Unit][] = [
		["rx_kicks", "events"],
		["rx0_xdp_packets", "packets"],
		["tx_queue_12_bytes", "bytes"],
		["rx_bytes_phy", "bytes"],
		["rx_prio3_bytes", "bytes"],
		["outOctets", "bytes"],
		["rx_64_bytes_phy", "packets"],
		["rx_1024_to_1518_bytes_phy", "packets"],
		["rx_queue_64_bytes", "bytes"],
		["rx_discards_phy", "packets"],
		["rx_multicast", "packets"],
		["tx_tx_timeouts", "errors"],
		["txTimeouts", "errors"],
		["rx_crc_errors_phy", "errors"],
		["rx_symbol_err_phy", "errors"],
		["rx_out_of_buffer", "events"],
		["[0]: rx_ucast_packets", "packets"],
		["peer_ifindex", "none"],
		["", "events"],
	];
	for (const [name, unit] of table) assert.equal(unitOfName(name), unit, name);
});
