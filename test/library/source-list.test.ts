// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { sources } from "../../library/index.js";
import { countersink } from "../support/countersink.js";

test("sources() knows the counters that the command line lists", async () => {
	const { stdout } = await countersink(["list", "--json", "synthetic:*", "softirq:*", "vm:*"]);
	const listed = sources().filter(({ name }) => ["synthetic", "softirq", "vm"].includes(name));
	const byId = (x: { id: string }, y: { id: string }): number => (x.id < y.id ? -1 : 1);
	assert.deepEqual(
		listed.flatMap(({ counters }) => counters).sort(byId),
		(JSON.parse(stdout) as { id: string }[]).sort(byId),
	);
});

test("a source is here, or says in one sentence why not", () => {
	for (const { name, absence, counters } of sources()) {
		if (absence === null) continue;
		assert.deepEqual(counters, [], name);
		assert.ok(absence !== "" && !absence.includes("\n"), name);
	}
});
