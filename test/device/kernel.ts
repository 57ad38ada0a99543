// SPDX-License-Identifier: Apache-2.0
/**
 * A stock Debian kernel of 6.15 or later with what builds modules for it, in a folder of the cache:
 *
 *   root/                    a small Debian tree: the compiler the kernel was built with, its headers, make, busybox
 *   root/lib/modules/R/      the kernel's modules and its image, vmlinuz
 *   root/usr/src/fwctl/      main.c, the kernel's own fwctl core
 *
 * The tree is unpacked, never configured; `chroot` runs its compiler. The machine's own compiler would not do: it is
 * older than the kernel's, and so is the C library for the kernel's build tools.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Apt, privateApt } from "./apt.js";
import { program, say } from "./progress.js";

export interface Kernel {
	/** The unpacked tree. */
	readonly root: string;
	/** What `uname -r` says in the guest. */
	readonly release: string;
	readonly image: string;
}

const tools = ["base-files", "bash", "dash", "coreutils", "findutils", "grep", "sed", "mawk", "tar", "xz-utils"];
const builders = ["linux-headers-cloud-amd64", "make", "binutils", "kmod"];

/** Debian builds FWCTL off, so the core is compiled from the source that belongs to this kernel. */
const core = "drivers/fwctl/main.c";

const cache = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "countersink", "device");

/** The cached kernel, or the newest one of the suite when there is none yet or a newer one is asked for. */
export function fetchKernel(refresh: boolean): Kernel {
	const root = join(cache(), "root");
	if (refresh) rmSync(root, { recursive: true, force: true });
	if (!existsSync(root)) fetchInto(root);
	return kernelIn(root);
}

/** Everything is prepared aside and moved in one step, so that what is in the cache is complete. */
function fetchInto(root: string): void {
	say("# fetching kernel, compiler and headers");
	mkdirSync(cache(), { recursive: true });
	const aside = mkdtempSync(join(cache(), "fetch-"));
	try {
		unpackAll(privateApt(join(aside, "apt")), join(aside, "root"));
		if (!existsSync(root)) renameSync(join(aside, "root"), root);
	} finally {
		rmSync(aside, { recursive: true, force: true });
	}
}

function unpackAll(apt: Apt, root: string): void {
	unpack(apt.withDependencies([...tools, ...builders, "busybox-static"]), root);
	const { release } = kernelIn(root);
	const ofKernel = apt.closure(`linux-image-${release}`).filter((name) => name.endsWith(`-${release}`));
	const source = apt.closure("linux-source").find((name) => /^linux-source-\d/.test(name))!;
	unpack(apt.alone([...ofKernel, source]), root);
	takeCore(root, source);
	makeRunnable(root);
}

/** Unpacks packages and removes them; base-files comes first, since its links say where /bin and /lib lead. */
function unpack(folder: string, root: string): void {
	const debs = readdirSync(folder).filter((name) => name.endsWith(".deb"));
	const isFirst = (name: string): boolean => name.startsWith("base-files_");
	for (const name of [...debs.filter(isFirst), ...debs.filter((name) => !isFirst(name))]) {
		program("dpkg-deb", ["-x", join(folder, name), root]);
		rmSync(join(folder, name));
	}
}

/** One file of a 160 MB archive: `--occurrence` lets tar stop reading once it was found. */
function takeCore(root: string, source: string): void {
	const member = `${source}/${core}`;
	const words = ["-I", "xz -dT0", "--occurrence=1", "--strip-components=2", "-C", "/usr/src"];
	program("chroot", [root, "/usr/bin/tar", ...words, "-xf", `/usr/src/${source}.tar.xz`, member]);
	rmSync(join(root, "usr/src", `${source}.tar.xz`));
}

/** What the packages' own scripts would have done. */
function makeRunnable(root: string): void {
	symlinkSync("mawk", join(root, "usr/bin/awk"));
	program("mknod", ["-m", "666", join(root, "dev/null"), "c", "1", "3"]);
}

function kernelIn(root: string): Kernel {
	const release = readdirSync(join(root, "usr/lib/modules")).at(0)!;
	return { root, release, image: join(root, "usr/lib/modules", release, "vmlinuz") };
}
