// SPDX-License-Identifier: Apache-2.0
/**
 * fwctl, in Linux since 6.15: commands to the firmware of a device, which the kernel admits by opcode and scope. Cards
 * of several makers have it, so a node must be asked what it is.
 */
import type { NodeDriver } from "./device-nodes.js";

export const fwctlDriver: NodeDriver = {
	name: "fwctl",
	folder: "/dev/fwctl",
	pattern: /^fwctl\d+$/,
	classFolder: "/sys/class/fwctl",
	presence: "/sys/class/fwctl",
	module: "mlx5_fwctl",
	origin: "use Linux 6.15 or later with CONFIG_FWCTL, or the drivers of the vendor",
};
