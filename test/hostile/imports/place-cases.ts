// SPDX-License-Identifier: Apache-2.0
/** Inputs that are no regular file, or have a name that DuckDB or a terminal could take for more. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../bait.js";
import { base } from "../bases.js";
import { ESCAPES } from "../hostile-values.js";
import { type HostileImport, written } from "./hostile-import.js";

export function places(): HostileImport[] {
	const plain = base.path("foreign.csv");
	const named = [
		"a'b.csv",
		'a"b.csv',
		"a;b.csv",
		"a b.csv",
		"a%sb.csv",
		`${ESCAPES.replaceAll("/", "_")}.csv`,
		"a\nb.csv",
		"a?b.csv",
		"{a,b}.csv",
		"~.csv",
		"s3:.csv",
	].map((name, i) => ({
		name: `path-${i}`,
		make: (sandbox: Sandbox) => written(sandbox, name, base("foreign.csv")),
	}));
	return [
		...named,
		{
			name: "path-is-a-pipe",
			make(sandbox) {
				const path = join(sandbox.in, "case.csv");
				execFileSync("mkfifo", [path]);
				return path;
			},
		},
		{
			name: "path-is-a-folder",
			make(sandbox) {
				const path = join(sandbox.in, "case.csv");
				mkdirSync(path);
				return path;
			},
		},
		{
			name: "path-is-a-device",
			make(sandbox) {
				const path = join(sandbox.in, "case.csv");
				symlinkSync("/dev/zero", path);
				return path;
			},
		},
		{
			name: "path-is-a-link",
			make(sandbox) {
				const path = join(sandbox.in, "case.csv");
				symlinkSync(plain, path);
				return path;
			},
		},
	];
}
