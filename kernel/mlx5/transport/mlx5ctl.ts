// SPDX-License-Identifier: Apache-2.0
/** mlx5ctl, a driver outside of the kernel: the fourth version of its patch series (2024). Every command needs
 * CAP_SYS_ADMIN. */
import type { NodeDriver } from "./device-nodes.js";

export const mlx5ctlDriver: NodeDriver = {
	name: "mlx5ctl",
	folder: "/dev",
	pattern: /^mlx5ctl-/,
	classFolder: "/sys/class/misc",
	presence: "/sys/bus/auxiliary/drivers/mlx5ctl.mlx5ctl",
	module: "mlx5ctl",
	origin: "it exists only outside of the kernel; prefer fwctl",
};
