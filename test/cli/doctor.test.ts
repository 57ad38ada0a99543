// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { test } from "node:test";
import { version as duckdbVersion } from "@duckdb/node-api";
import { packageFile } from "../../base/paths.js";
import { parseCpuMax } from "../../cli/doctor/cgroup.js";
import type { Check, Group } from "../../cli/doctor/check.js";
import { mountOf, mounts } from "../../cli/doctor/check.js";
import { lockdownOf } from "../../cli/doctor/interfaces.js";
import { decodeFileCapabilities, namesOf } from "../../cli/doctor/linux-capabilities.js";
import { sources } from "../../kernel/registry.js";
import { Card } from "../support/card.js";
import { countersink, type How } from "../support/cli.js";
import { scratch } from "../support/folder.js";
import { needs } from "../support/needs.js";

const path = scratch();
const GROUPS = ["machine", "timing", "privileges", "interfaces", "sources", "devices", "storage"];
const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const WITHOUT_CAPABILITIES: How = { under: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] };

function examine(how?: How): Group[] {
	const { status, stdout, stderr } = countersink(["doctor", "--json"], how);
	assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
	return JSON.parse(stdout) as Group[];
}

function check(groups: readonly Group[], group: string, name: string): Check {
	const found = groups.find((g) => g.name === group)?.checks.find((c) => c.name === name);
	assert.ok(found, `no check ${name} in ${group}`);
	return found;
}

/** What holds on any machine and for any user. */
function assertSound(groups: readonly Group[]): void {
	assert.deepEqual(
		groups.map(({ name }) => name),
		GROUPS,
	);
	for (const { name, verdict, checks } of groups) {
		assert.ok(verdict.length > 10 && checks.length > 0, name);
		for (const { name: checkName, status, found, remedy, required } of checks) {
			const where = `${name}, ${checkName}`;
			assert.ok(
				found.length > 0 && !/\b(undefined|NaN|null)\b|\[object/.test(`${found} ${remedy ?? ""}`),
				`${where}: ${found}`,
			);
			assert.equal(remedy === null, status === "ok", `${where}: a remedy if and only if there is something to remedy`);
			assert.ok(!(required && status === "missing"), `${where}: ${found}`);
		}
	}
	assert.deepEqual(
		groups.find(({ name }) => name === "sources")!.checks.map(({ name }) => name),
		sources.map(({ name }) => name),
	);
	assert.equal(check(groups, "sources", "synthetic").status, "ok");
}

test("every check has a figure, and a remedy where one is needed; the facts match this machine", () => {
	const groups = examine();
	assertSound(groups);
	const found = (group: string, name: string): string => check(groups, group, name).found;
	assert.equal(found("machine", "kernel"), `Linux ${release()}`);
	assert.equal(found("storage", "DuckDB"), duckdbVersion());
	assert.equal(found("storage", "Node"), process.version);
	const online = readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
	assert.ok(found("machine", "CPUs").startsWith(`${online} online, `));
	const clock = readFileSync("/sys/devices/system/clocksource/clocksource0/current_clocksource", "utf8").trim();
	assert.ok(found("timing", "clocksource").startsWith(clock));
	for (const wait of ["sleep", "hybrid"])
		assert.match(found("timing", wait), /^p50 [0-9.]+ [num]?s, p99 [0-9.]+ [num]?s, max [0-9.]+ [num]?s$/);
});

test("without capabilities, as in a container, real-time priority is refused and the command that helps is named", {
	skip: needs("root"),
}, () => {
	const groups = examine(WITHOUT_CAPABILITIES);
	assertSound(groups);
	assertUnprivileged(groups);
});

function assertUnprivileged(groups: readonly Group[]): void {
	const sampler = check(groups, "privileges", "sampler").found;
	const command = `sudo setcap cap_sys_nice,cap_ipc_lock,cap_perfmon=ep ${sampler}`;
	const { status, remedy, found } = check(groups, "privileges", "capabilities");
	assert.deepEqual([status, remedy], ["limited", command]);
	assert.match(
		found,
		/^on the file: none; the sampler lacks cap_sys_nice \(.*\), cap_ipc_lock \(.*\), cap_perfmon \(.*\)$/,
	);
	assert.equal(check(groups, "privileges", "SCHED_FIFO").remedy, command);
	assert.match(
		groups.find(({ name }) => name === "privileges")!.verdict,
		/^on a busy machine other processes will delay ticks/,
	);
	assert.match(groups.find(({ name }) => name === "timing")!.verdict, /late \(hybrid\): about /);
}

test("an unprivileged user can run it, too", (t) => {
	const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
	const readable = spawnSync(process.execPath, [packageFile("dist/cli/main.js"), "--version"], nobody);
	if (readable.status !== 0) return t.skip("this folder cannot be read by another user");
	const groups = examine(nobody);
	assertSound(groups);
	assertUnprivileged(groups);
});

test("in words: one line a check, no wider than 100 columns, and no escape codes in a pipe", () => {
	const { status, stdout, stderr } = countersink(["doctor"], { env: { TERM: "xterm-256color" } });
	assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
	assert.ok(!stdout.includes("\x1b"));
	const blocks = stdout.trimEnd().split("\n\n");
	assert.deepEqual(
		blocks.map((block) => block.split("\n")[0]),
		GROUPS,
	);
	const lines = stdout.split("\n");
	assert.ok(lines.filter((line) => /^ {2}(ok|limited|missing) +\S/.test(line)).length > 20);
	for (const line of lines) assert.ok(line.length <= 100 || /^ *\S+$/.test(line), line);
});

test("a remedy that helps twice is written out once", () => {
	const { stdout } = countersink(["doctor"], isRoot ? WITHOUT_CAPABILITIES : {});
	const privileges = stdout.split("\n\n").find((block) => block.startsWith("privileges\n"))!;
	assert.equal(privileges.match(/try: sudo setcap/g)?.length, 1);
	assert.ok((privileges.match(/try: as above/g)?.length ?? 0) >= 2);
});

test("without the sampler nothing can be recorded: status 4, and how to build it", () => {
	const { status, stdout } = countersink(["doctor", "--json"], {
		env: { COUNTERSINK_SAMPLER: "/nonexistent/sampler" },
	});
	assert.equal(status, 4);
	const groups = JSON.parse(stdout) as Group[];
	assert.deepEqual(check(groups, "privileges", "sampler"), {
		name: "sampler",
		status: "missing",
		found: "/nonexistent/sampler is missing or not executable",
		remedy: "npm run build (needs gcc and make)",
		required: true,
	});
	assert.equal(check(groups, "timing", "sampler run").status, "missing");
});

test("a sampler that fails counts as missing", () => {
	const { status, stdout } = countersink(["doctor", "--json"], { env: { COUNTERSINK_SAMPLER: "/bin/false" } });
	assert.equal(status, 4);
	assert.match(check(JSON.parse(stdout) as Group[], "timing", "sampler run").found, /^the sampler cannot start: /);
});

test("capabilities of a file are decoded as the kernel stores them", () => {
	const table: [string, number[], string[] | null][] = [
		["revision 2, effective: cap_ipc_lock", [1, 0, 0, 2, 0, 0x40, 0, 0, ...Array(12).fill(0)], ["cap_ipc_lock"]],
		["upper half: cap_perfmon", [1, 0, 0, 2, ...Array(8).fill(0), 0x40, 0, 0, 0, ...Array(4).fill(0)], ["cap_perfmon"]],
		[
			"inheritable alone is not permitted",
			[0, 0, 0, 2, ...Array(4).fill(0), 255, 255, 255, 255, ...Array(8).fill(0)],
			[],
		],
		["revision 3 with its owner", [1, 0, 0, 3, 0, 0, 0x80, 0, ...Array(12).fill(0), 1, 0, 0, 0], ["cap_sys_nice"]],
		["revision 1", [0, 0, 0, 1, 0, 0, 0x80, 0, 0, 0, 0, 0], ["cap_sys_nice"]],
		["truncated", [1, 0, 0, 2, 0, 0], null],
		["unknown revision", [0, 0, 0, 9, ...Array(16).fill(255)], null],
	];
	for (const [name, bytes, expected] of table) {
		const set = decodeFileCapabilities(Uint8Array.from(bytes));
		assert.deepEqual(set === null ? null : namesOf(set), expected, name);
	}
});

test("small texts of the kernel are parsed", () => {
	assert.equal(parseCpuMax("50000 100000"), 0.5);
	assert.equal(parseCpuMax("max 100000"), null);
	assert.equal(parseCpuMax("-1 100000"), null);
	assert.equal(parseCpuMax(""), null);
	assert.equal(lockdownOf("none [integrity] confidentiality"), "integrity");
	const all = mounts(
		[
			"22 1 254:0 / / rw,relatime - ext4 /dev/root rw",
			"30 22 0:26 / /sys/fs/cgroup ro,nosuid shared:9 master:3 - cgroup2 cgroup2 rw,nsdelegate",
			"31 22 0:27 /a /opt/my\\040data rw,nosuid - tmpfs none rw",
		].join("\n"),
	);
	assert.deepEqual(
		all.map(({ path, type, root }) => [path, type, root]),
		[
			["/", "ext4", "/"],
			["/sys/fs/cgroup", "cgroup2", "/"],
			["/opt/my data", "tmpfs", "/a"],
		],
	);
	assert.ok(mountOf("/sys/fs/cgroup/a/b", all)?.options.includes("nosuid"));
	assert.equal(mountOf("/sys/fs/cgroups", all)?.path, "/");
});

test("where mlx5ctl refuses a card, the remedy gives the sampler what it lacks and keeps what it has", () => {
	const card = new Card(path("card"));
	const groups = examine({ env: { ...card.env, COUNTERSINK_FAKE_UNPRIVILEGED: "1" } });
	assert.match(
		check(groups, "devices", "mlx5ctl").remedy!,
		/^sudo setcap cap_sys_nice,cap_ipc_lock,cap_perfmon,cap_sys_admin=ep \//,
	);
	assert.equal(check(groups, "sources", "mlx5trace").remedy, "countersink list mlx5trace:*, which says why");
});
