// SPDX-License-Identifier: Apache-2.0
/** A kernel in lockdown, as under secure boot; the last of all tests, since nothing but a boot ends it. */
import assert from "node:assert/strict";
import { openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as card from "./guest-card.js";
import { judge } from "./guest-judge.js";
import { record, some } from "./guest-recording.js";

const LOCKDOWN = "/sys/kernel/security/lockdown";
const DEBUGFS = "/sys/kernel/debug";
const PCI = "/sys/bus/pci/devices";
const refused = { code: "EPERM" };

const writableFile = (folder: string): string => {
	const paths = readdirSync(folder).map((name) => join(folder, name));
	return paths.find((path) => statSync(path).isFile() && (statSync(path).mode & 0o222) !== 0) ?? assert.fail(folder);
};

test("in lockdown fwctl still records, and what --steal took over is put back", async () => {
	card.insert({ foreign_sampling: 1 });
	const before = card.said("params");
	writeFileSync(LOCKDOWN, "integrity");
	assert.match(readFileSync(LOCKDOWN, "utf8"), /\[integrity\]/);
	const { status, stderr } = record(some, "lockdown", "--allow-taint", "--steal");
	assert.equal(status, 0, stderr);
	assert.ok((await judge("/results/lockdown.duckdb", 2)).rows > 100);
	assert.equal(card.said("params"), before);
});

test("in lockdown debugfs, the files of a PCI device and unsigned modules are refused", () => {
	assert.throws(() => openSync(writableFile(DEBUGFS), "r"), refused);
	const config = openSync(join(PCI, readdirSync(PCI)[0]!, "config"), "r+");
	assert.throws(() => writeSync(config, Buffer.alloc(1)), refused);
	card.remove();
	assert.throws(() => card.insertModule("countersink_fake"), /not permitted/);
});
