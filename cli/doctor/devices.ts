// SPDX-License-Identifier: Apache-2.0
/** Devices with counters of their own, or in one line each why there are none: no driver, no device, no permission. */
import { constants } from "node:fs";
import { release } from "node:os";
import { type Check, type Group, limited, listDirectory, missing, ok, permits, readText } from "./check.js";

interface Kind {
	readonly name: string;
	/** Directory of sysfs that exists once the driver is there. */
	readonly subsystem: string;
	/** Where its nodes are, and how they are called. */
	readonly folder: string;
	readonly pattern: RegExp;
	readonly module: string;
	/** What brings it where this kernel has none. */
	readonly origin: string;
}

const kinds: readonly Kind[] = [
	{
		name: "fwctl",
		subsystem: "/sys/class/fwctl",
		folder: "/dev/fwctl",
		pattern: /^fwctl\d+$/,
		module: "mlx5_fwctl",
		origin: "use Linux 6.15 or later with CONFIG_FWCTL, or the drivers of the vendor",
	},
	{
		name: "mlx5ctl",
		subsystem: "/sys/bus/auxiliary/drivers/mlx5ctl.mlx5ctl",
		folder: "/dev",
		pattern: /^mlx5ctl-/,
		module: "mlx5ctl",
		origin: "it is only to be had outside of the kernel; prefer fwctl",
	},
	{
		name: "infiniband",
		subsystem: "/sys/class/infiniband",
		folder: "/dev/infiniband",
		pattern: /^uverbs\d+$/,
		module: "mlx5_ib",
		origin: "use a kernel with CONFIG_INFINIBAND",
	},
];

function moduleIsInstalled(module: string): boolean {
	const folder = `/lib/modules/${release()}`;
	const known = `${readText(`${folder}/modules.dep`) ?? ""}\n${readText(`${folder}/modules.builtin`) ?? ""}`;
	return new RegExp(`/${module}\\.ko`).test(known);
}

function check({ name, subsystem, folder, pattern, module, origin }: Kind): Check {
	const nodes = (listDirectory(folder) ?? []).filter((node) => pattern.test(node));
	const closed = nodes.filter((node) => !permits(`${folder}/${node}`, constants.R_OK | constants.W_OK));
	if (closed.length)
		return limited(
			name,
			`no permission for ${closed.join(", ")}`,
			`sudo setfacl -m u:$USER:rw ${closed.map((node) => `${folder}/${node}`).join(" ")}`,
		);
	if (nodes.length) return ok(name, nodes.join(", "));
	if (listDirectory(subsystem) !== null)
		return missing(
			name,
			"no device: the driver is there and has found none",
			"have the device passed through to this machine",
		);
	return moduleIsInstalled(module)
		? missing(name, `no driver: the module ${module} is not loaded`, `sudo modprobe ${module}`)
		: missing(name, "no driver: this kernel was built or installed without it", origin);
}

const MELLANOX = "0x15b3";

function pci(): Check {
	const folder = "/sys/bus/pci/devices";
	const cards = (listDirectory(folder) ?? []).filter(
		(device) =>
			readText(`${folder}/${device}/vendor`) === MELLANOX && readText(`${folder}/${device}/class`)?.startsWith("0x02"),
	);
	return cards.length
		? ok("network cards", `${cards.length} of NVIDIA (Mellanox): ${cards.join(", ")}`)
		: missing(
				"network cards",
				"none of NVIDIA (Mellanox) on the PCI bus",
				"sample those that are here with net and ethtool",
			);
}

export function devices(): Group {
	const checks = [pci(), ...kinds.map(check)];
	const verdict = checks.slice(1).some(({ status }) => status === "ok")
		? "counters of these devices can be reached"
		: "no device here can be asked past the kernel: network cards are sampled by net and ethtool, at 2 to 10 us a read";
	return { name: "devices", verdict, checks };
}
