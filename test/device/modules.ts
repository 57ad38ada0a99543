// SPDX-License-Identifier: Apache-2.0
/** Builds the simulated device's kernel modules with the compiler the kernel was built with. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { packageFile } from "../../base/paths.js";
import type { Kernel } from "./kernel.js";
import { program } from "./progress.js";

/** Returns the built modules, in `output`. Sources are copied into the tree: two runs at once have a folder each. */
export function buildModules(kernel: Kernel, output: string): string[] {
	const folder = mkdtempSync(join(kernel.root, "tmp/module-"));
	try {
		copySources(folder);
		make(kernel, `/tmp/${basename(folder)}`);
		return collect(join(folder, "out"), output);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function copySources(folder: string): void {
	for (const name of ["module", "model"])
		cpSync(packageFile(`test/device/${name}`), join(folder, name), { recursive: true });
}

/** objtool reads /proc/self/maps; the mount lives in a namespace of its own and ends with it. */
function make({ root, release }: Kernel, folder: string): void {
	const sources = `KDIR=/lib/modules/${release}/build FWCTL_SRC=/usr/src/fwctl/main.c OUT=${folder}/out`;
	const build = `make -j2 -C ${folder}/module ${sources}`;
	const inside = `mount --bind /proc '${root}/proc' && exec chroot '${root}' env -i PATH=/usr/sbin:/usr/bin ${build}`;
	program("unshare", ["--mount", "sh", "-c", inside]);
}

function collect(folder: string, output: string): string[] {
	const built = readdirSync(folder).filter((name) => name.endsWith(".ko"));
	if (built.length === 0) throw new Error("the build made no kernel module");
	mkdirSync(join(output, "modules"), { recursive: true });
	return built.map((name) => {
		const path = join(output, "modules", name);
		copyFileSync(join(folder, name), path);
		return path;
	});
}
