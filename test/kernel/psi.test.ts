// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nanoseconds } from "../../base/units.js";
import { psi } from "../../kernel/psi/index.js";
import { pressureCounters } from "../../kernel/shared/pressure.js";
import { counterId } from "../../kernel/source.js";
import { assertBetween } from "../support/bracket.js";
import { sample } from "../support/sample.js";
import { fixture, textValues } from "../support/textValue.js";

test("a pressure file has two lines of three averages and a total", () => {
	const text = fixture("psi/fixtures/cpu");
	const counters = pressureCounters({ source: "psi", instance: "cpu", resource: "cpu", path: "/x" }, text);
	assert.deepEqual(textValues(counters, text), {
		"psi:cpu/some_avg10": "0.20",
		"psi:cpu/some_avg60": "0.41",
		"psi:cpu/some_avg300": "0.22",
		"psi:cpu/some_total": "9224675",
		"psi:cpu/full_avg10": "0.00",
		"psi:cpu/full_avg60": "0.00",
		"psi:cpu/full_avg300": "0.00",
		"psi:cpu/full_total": "0",
	});
});

test("irq pressure has a full line only, and a cgroup's names begin with the file", () => {
	const text = fixture("psi/fixtures/irq");
	const at = { source: "cgroup", instance: "/a", prefix: "irq.pressure.", resource: "irq", path: "/x" };
	assert.deepEqual(textValues(pressureCounters(at, text), text), {
		"cgroup:/a/irq.pressure.full_avg10": "1.25",
		"cgroup:/a/irq.pressure.full_avg60": "0.07",
		"cgroup:/a/irq.pressure.full_avg300": "12.50",
		"cgroup:/a/irq.pressure.full_total": "71224",
	});
});

/** The total of one line, by a reading of its own. */
const total = (resource: string, kind: string): bigint =>
	BigInt(new RegExp(`^${kind} .*total=(\\d+)$`, "m").exec(readFileSync(`/proc/pressure/${resource}`, "utf8"))![1]!);

test("sampled pressure lies between two readings, and averages are shares", async (t) => {
	if (psi.absence() !== null) return t.skip(psi.absence()!);
	const counters = psi.list();
	const totals = () => counters.map((c) => (c.unit === "us" ? total(c.instance, c.name.slice(0, 4)) : 0n));
	const before = totals();
	const { columns } = await sample(psi, counters, { duration: nanoseconds(150e6) });
	const after = totals();
	counters.forEach((counter, i) => {
		const id = counterId(counter);
		assert.ok(columns[i]!.length > 0);
		if (counter.unit === "us") assertBetween(id, before[i]!, columns[i]!, after[i]!);
		else for (const share of columns[i]!) assert.ok(typeof share === "number" && share >= 0 && share <= 100, id);
	});
});
