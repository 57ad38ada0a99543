// SPDX-License-Identifier: Apache-2.0
/**
 * The guest's root file system: busybox, this machine's Node with its libraries, this package as npm would install it,
 * its compiled tests, and the kernel modules. About 200 MB, never compressed: unpacking in emulation costs more than
 * reading.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageFile } from "../../base/paths.js";
import { type Entry, writeCpio } from "./cpio.js";
import type { Kernel } from "./kernel.js";
import { program } from "./progress.js";

/** Where the package lies in the guest. */
const home = "countersink";

const fileAt = (path: string, from: string): Entry => ({
	kind: "file",
	path,
	from,
	executable: (statSync(from).mode & 0o111) !== 0,
});

/** All files below a folder, at the same place below another one; links are followed. */
function tree(from: string, to: string, keep: (path: string) => boolean = () => true): Entry[] {
	const names = readdirSync(from, { recursive: true, encoding: "utf8" });
	return names
		.filter((name) => keep(name) && statSync(join(from, name)).isFile())
		.map((name) => fileAt(join(to, name), join(from, name)));
}

/** The packages that are needed at run time and are installed here, from the lock file. */
function dependencies(): string[] {
	const { packages } = JSON.parse(readFileSync(packageFile("package-lock.json"), "utf8"));
	const installed = (path: string): boolean => statSync(packageFile(path), { throwIfNoEntry: false }) !== undefined;
	return Object.keys(packages).filter((path) => path !== "" && !packages[path].dev && installed(path));
}

const isNeeded = (path: string): boolean => !/\.(map|d\.[cm]?ts|md)$|musl|node_modules\//.test(path);

/** The sampler, and what tells a test what the simulated card knows of itself. */
const programs = ["countersink-sampler", "device/fwdump"].map((name) => `build/native/release/${name}`);

function product(): Entry[] {
	return [
		...dependencies().flatMap((path) => tree(packageFile(path), join(home, path), isNeeded)),
		...["dist", "storage", "queries"].flatMap((path) => tree(packageFile(path), join(home, path))),
		...["package.json", ...programs].map((path) => fileAt(join(home, path), packageFile(path))),
	];
}

/** A program of this machine with the libraries that its loader names, at their own places. */
function withLibraries(binary: string): Entry[] {
	const libraries = program("ldd", [binary]).matchAll(/(?:=> )?(\/\S+) \(0x/g);
	return [...libraries].map(([, path]) => fileAt(path!.slice(1), realpathSync(path!)));
}

function system({ root }: Kernel): Entry[] {
	const node = process.execPath;
	return [
		fileAt("bin/busybox", join(root, "usr/bin/busybox")),
		{ kind: "link", path: "bin/sh", to: "busybox" },
		fileAt("bin/node", node),
		...withLibraries(node),
		...programs.flatMap((path) => withLibraries(packageFile(path))),
		{ ...fileAt("init", packageFile("test/device/guest/init")), executable: true } as Entry,
	];
}

/** The folders that hold these entries, each before what is in it. */
function foldersOf(entries: readonly Entry[]): Entry[] {
	const found = new Set<string>();
	const add = (path: string): void => {
		if (path === "." || found.has(path)) return;
		add(dirname(path));
		found.add(path);
	};
	for (const { path } of entries) add(dirname(path));
	for (const path of ["proc", "sys", "dev", "tmp", "results"]) add(path);
	return [...found].map((path) => ({ kind: "folder", path }));
}

export function guestImage(kernel: Kernel, modules: readonly string[], output: string): string {
	const all = [...system(kernel), ...product(), ...modules.map((path) => fileAt(`modules/${basename(path)}`, path))];
	const entries = [...new Map(all.map((entry) => [entry.path, entry])).values()];
	const image = join(output, "guest.cpio");
	writeCpio(image, [...foldersOf(entries), ...entries]);
	return image;
}
