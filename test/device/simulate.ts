// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run test:device`: the simulated device under the real fwctl, on a stock Debian kernel, in QEMU. Words after
 * `npm run test:device --` select guest test files by name, as in `mlx5 faults`; `--refresh` looks for a newer kernel.
 * What remains to be looked at is in build/device/: console.log, and results/ with the recordings of the guest.
 */
import { mkdirSync, rmSync } from "node:fs";
import { packageFile } from "../../base/paths.js";
import { guestImage } from "./image.js";
import { fetchKernel } from "./kernel.js";
import { buildModules } from "./modules.js";
import { installQemu, requireRoot } from "./prepare.js";
import { program, timed } from "./progress.js";
import { boot } from "./qemu.js";

const words = process.argv.slice(2);
const selected = words.filter((word) => !word.startsWith("--"));
const output = packageFile("build/device");

async function run(): Promise<number> {
	requireRoot();
	rmSync(output, { recursive: true, force: true });
	mkdirSync(output, { recursive: true });
	await timed("QEMU", () => installQemu());
	const kernel = await timed("kernel", () => fetchKernel(words.includes("--refresh")));
	program("make", ["-s", "-C", packageFile("test/device")]);
	const modules = await timed("modules", () => buildModules(kernel, output));
	const image = await timed("image", () => guestImage(kernel, modules, output));
	const { passed, failed } = await timed("guest", () => boot(kernel, image, output, selected));
	process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
	return failed > 0 || passed === 0 ? 1 : 0;
}

// An interrupted run ends by exit, which takes the guest along.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
	process.exitCode = await run();
} catch (error) {
	process.stderr.write(`test:device: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
}
