// SPDX-License-Identifier: Apache-2.0
/**
 * Runs every command of the ```console blocks of README.md and docs/investigations.md, in order. Each file has its own
 * folder, which contains only `examples`. Without an option, the output is written into the file. With --check, each
 * command must exit with the status that the block expects: 0, or N after a comment `# exit N`. Output is not compared,
 * because it differs from run to run.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, release, tmpdir } from "node:os";
import { join } from "node:path";
import { packageFile } from "../base/paths.js";

const FILES = ["README.md", "docs/investigations.md"];
const MAX_LINES = 30;

interface Ran {
	readonly command: string;
	readonly status: number;
	readonly output: string;
}

/** Makes a folder in which `npx countersink` runs this checkout, independent of npm. */
function workFolder(): { folder: string; env: NodeJS.ProcessEnv } {
	const folder = mkdtempSync(join(tmpdir(), "countersink-readme-"));
	symlinkSync(packageFile("examples"), join(folder, "examples"));
	const bin = mkdtempSync(join(tmpdir(), "countersink-bin-"));
	const npx = join(bin, "npx");
	writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${packageFile("dist/cli/main.js")}" "$@"\n`);
	chmodSync(npx, 0o755);
	return { folder, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } };
}

/** Removes the name and the exact kernel of the machine from output. */
const anonymous = (output: string): string =>
	output
		.replaceAll(release(), /^\d+\.\d+/.exec(release())?.[0] ?? "")
		.replaceAll(`machine   ${hostname()},`, "machine   host,");

function run(command: string, folder: string, env: NodeJS.ProcessEnv): Ran {
	const { status, stdout } = spawnSync("bash", ["-c", `exec 2>&1; ${command}`], { cwd: folder, env, encoding: "utf8" });
	return { command, status: status ?? 1, output: anonymous(stdout) };
}

const expectedStatus = (command: string): number => Number(/# exit (\d+)$/.exec(command)?.[1] ?? 0);

function shorten(output: string): string {
	const lines = output.trimEnd().split("\n");
	return lines.length > MAX_LINES ? `${lines.slice(0, MAX_LINES).join("\n")}\n...` : lines.join("\n");
}

function renew(path: string): { text: string; ran: Ran[] } {
	const { folder, env } = workFolder();
	const ran: Ran[] = [];
	const text = readFileSync(path, "utf8").replace(/```console\n([\s\S]*?)```/g, (_, block: string) => {
		const commands = block.split("\n").filter((line) => line.startsWith("$ "));
		const shown = commands.map((line) => {
			const result = run(line.slice(2), folder, env);
			ran.push(result);
			return result.output.trim() === "" ? line : `${line}\n${shorten(result.output)}`;
		});
		return `\`\`\`console\n${shown.join("\n")}\n\`\`\``;
	});
	rmSync(folder, { recursive: true, force: true });
	return { text, ran };
}

let failures = 0;
for (const file of FILES) {
	const path = packageFile(file);
	const { text, ran } = renew(path);
	for (const { command, status, output } of ran) {
		const good = status === expectedStatus(command);
		if (!good) failures++;
		process.stdout.write(
			`${good ? "ok" : "FAILED"}: ${file}: ${command}${good ? "" : ` (status ${status})\n${output}`}\n`,
		);
	}
	if (!process.argv.includes("--check")) writeFileSync(path, text);
}
process.exitCode = failures ? 1 : 0;
