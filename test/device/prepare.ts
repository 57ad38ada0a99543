// SPDX-License-Identifier: Apache-2.0
/** What must be there before anything is fetched. */
import { spawnSync } from "node:child_process";
import { program, say } from "./progress.js";

const present = (file: string): boolean => spawnSync(file, ["--version"], { stdio: "ignore" }).error === undefined;

export function requireRoot(): void {
	if (process.getuid?.() !== 0)
		throw new Error("needs root, for chroot and for the package qemu-system-x86; run it as root or in a container");
	if (process.arch !== "x64") throw new Error(`needs an x86-64 machine, this one is ${process.arch}`);
	for (const file of ["apt-get", "dpkg-deb"])
		if (!present(file)) throw new Error(`needs ${file}: it runs on Debian 12 or later`);
}

/** QEMU of the machine's own suite: the one package that is installed outside of the cache. */
export function installQemu(): void {
	if (present("qemu-system-x86_64")) return;
	say("# installing qemu-system-x86");
	program("apt-get", ["update", "-qq"]);
	program("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "qemu-system-x86"]);
}
