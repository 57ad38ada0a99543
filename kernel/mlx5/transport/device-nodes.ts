// SPDX-License-Identifier: Apache-2.0
/** Nodes of /dev through which programs talk to a device, and why there are none. */
import { readFileSync, realpathSync } from "node:fs";
import { release } from "node:os";
import { namesIn } from "../../shared/folders.js";

/** A driver that makes such nodes. */
export interface NodeDriver {
	readonly name: string;
	/** Folder and names of its nodes. */
	readonly folder: string;
	readonly pattern: RegExp;
	/** Folder of sysfs with a link `device` for each node. */
	readonly classFolder: string;
	/** Path of sysfs that exists once the driver is loaded. */
	readonly presence: string;
	readonly module: string;
	/** Where to get the driver when this kernel has none. */
	readonly origin: string;
}

export interface DeviceNode {
	/** Path that the sampler opens. */
	readonly path: string;
	/** PCI address; without one, the kernel's name of the device, or else the name of the node. */
	readonly address: string;
	/** Network interfaces of the device. */
	readonly interfaces: readonly string[];
}

/** What precedes /dev and /sys, so that a tree of files can stand for a machine: COUNTERSINK_DEVICE_ROOT. */
export const deviceRoot = (): string => process.env.COUNTERSINK_DEVICE_ROOT ?? "";

const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

function deviceFolder(driver: NodeDriver, node: string, root: string): string | null {
	try {
		return realpathSync(`${root}${driver.classFolder}/${node}/device`);
	} catch {
		return null;
	}
}

/** The last PCI address in the path of a device: bridges come before it, auxiliary devices after it. */
function addressOf(folder: string): { address: string; folder: string } {
	const parts = folder.split("/");
	const last = parts.findLastIndex((part) => PCI_ADDRESS.test(part));
	return last < 0
		? { address: parts.at(-1)!, folder }
		: { address: parts[last]!, folder: parts.slice(0, last + 1).join("/") };
}

function describe(driver: NodeDriver, node: string, root: string): DeviceNode {
	const path = `${driver.folder}/${node}`;
	const device = deviceFolder(driver, node, root);
	if (device === null) return { path, address: node, interfaces: [] };
	const { address, folder } = addressOf(device);
	return { path, address, interfaces: namesIn(`${folder}/net`) };
}

/** Sorts by number: fwctl2 comes before fwctl10. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

export const findNodes = (driver: NodeDriver, root = deviceRoot()): DeviceNode[] =>
	namesIn(`${root}${driver.folder}`)
		.filter((name) => driver.pattern.test(name))
		.sort(byNumber)
		.map((name) => describe(driver, name, root));

function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

const exists = (path: string): boolean => {
	try {
		realpathSync(path);
		return true;
	} catch {
		return false;
	}
};

function moduleIsInstalled(module: string, root: string): boolean {
	const folder = `${root}/lib/modules/${release()}`;
	return new RegExp(`/${module}\\.ko`).test(`${read(`${folder}/modules.dep`)}\n${read(`${folder}/modules.builtin`)}`);
}

/** Why a driver has no nodes, and what to try. */
export interface Absence {
	readonly what: string;
	readonly remedy: string;
}

/** Call it only where findNodes() finds none. */
export function explainNoNodes({ presence, module, origin }: NodeDriver, root = deviceRoot()): Absence {
	if (exists(`${root}${presence}`))
		return {
			what: "no device: the driver is loaded and has found none",
			remedy: "have the device passed through to this machine",
		};
	return moduleIsInstalled(module, root)
		? { what: `no driver: the module ${module} is not loaded`, remedy: `sudo modprobe ${module}` }
		: { what: "no driver: this kernel was built or installed without it", remedy: origin };
}
