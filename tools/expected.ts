// SPDX-License-Identifier: Apache-2.0
/**
 * `node dist/tools/expected.js [NAME...]`: runs named queries on the fixture recording and writes the answers beside
 * them. Read the answers before you commit them. The first line of an .expected file is the command, the rest is its
 * output.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFile } from "../base/paths.js";
import { allPages } from "../queries/library.js";
import { makeFixture } from "../test/support/fixture.js";

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "countersink-"));
try {
	await makeFixture(join(folder, "fixture.duckdb"));
	for (const { group, name, parameters } of allPages()) {
		if (wanted.length > 0 && !wanted.includes(name)) continue;
		const path = packageFile(`queries/${group}/${name}.expected`);
		const plain = `countersink query ${name} fixture.duckdb${parameters.some((p) => p.type === "stream") ? " --stream net" : ""}`;
		const command = existsSync(path) ? readFileSync(path, "utf8").split("\n")[0]!.slice(2) : plain;
		const script = command.replace(/^countersink/, '"$NODE" "$CS"');
		const { stdout, stderr, status } = spawnSync("bash", ["-c", script], {
			cwd: folder,
			encoding: "utf8",
			env: { ...process.env, NODE: process.execPath, CS: packageFile("dist/cli/main.js") },
		});
		if (status !== 0 || stderr !== "") process.stdout.write(`${name}: status ${status}: ${stderr}`);
		if (status === 0) writeFileSync(path, `$ ${command}\n${stdout}`);
		if (status === 0) process.stdout.write(`${readFileSync(path, "utf8")}\n`);
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
