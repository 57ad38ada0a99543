// SPDX-License-Identifier: Apache-2.0
/** Runs a test file where tracefs is mounted: here if it is, else in a new mount namespace. */
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findTracepoints, TRACEFS_ROOTS } from "../../kernel/perf/tracepoints.js";
import { needs } from "./needs.js";

const INSIDE = "COUNTERSINK_TEST_TRACEFS";

/** Whether the tests of the file can be defined here. Otherwise one test was defined that runs the file again. */
export function withTracefs(url: string): boolean {
	const { absence } = findTracepoints();
	if (absence === null) return true;
	test("where tracefs is mounted", (t) => {
		if (process.env[INSIDE]) return t.skip(absence);
		const lacking = needs("root");
		if (lacking) return t.skip(`${absence}; to mount it, ${lacking}`);
		const script = `mount -t tracefs tracefs ${TRACEFS_ROOTS[0]}; exec "$0" --test --test-reporter=tap "$1"`;
		const env: NodeJS.ProcessEnv = { ...process.env, [INSIDE]: "1" };
		/* A test runner refuses to run within another one that it knows of. */
		delete env.NODE_TEST_CONTEXT;
		const args = ["--mount", "sh", "-c", script, process.execPath, fileURLToPath(url)];
		const { status, stdout, stderr } = spawnSync("unshare", args, { env, encoding: "utf8" });
		if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
		const skipped = /# SKIP (.*)/.exec(stdout);
		if (skipped) t.skip(skipped[1]);
		t.diagnostic(/^# pass \d+/m.exec(stdout)?.[0] ?? "");
	});
	return false;
}
