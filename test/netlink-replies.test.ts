// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { packageFile } from "../base/paths.js";

/** The readers as they are in the sampler. */
const readers = (): string[] => {
	const root = packageFile("build/native/release/kernel");
	const files = readdirSync(root, { recursive: true }) as string[];
	return files.filter((file) => file.endsWith(".o")).map((file) => join(root, file));
};

test("the netlink reader bears stale, lost, cut, refused and malformed replies", () => {
	const directory = mkdtempSync(join(tmpdir(), "countersink-"));
	try {
		const program = join(directory, "netlink_test");
		const source = packageFile("test/native/netlink_test.c");
		const flags = ["-std=c17", "-D_GNU_SOURCE", "-g", "-pthread", "-Wall", "-Wextra", "-Werror"];
		const wrap = "-Wl,--wrap=send,--wrap=recv";
		const compiler = process.env.CC ?? "cc";
		const built = spawnSync(compiler, [...flags, wrap, "-o", program, source, ...readers()], { encoding: "utf8" });
		assert.equal(built.status, 0, built.stderr);
		const { status, stdout, stderr } = spawnSync(program, [], { encoding: "utf8" });
		assert.equal(stdout + stderr, "");
		assert.equal(status, 0);
	} finally {
		rmSync(directory, { recursive: true });
	}
});
