// SPDX-License-Identifier: Apache-2.0
/** mlx5ctl, out of the kernel's tree: the fourth version of its patch series (2024). Every command needs CAP_SYS_ADMIN. */
import type { NodeDriver } from "./device-nodes.js";

export const mlx5ctlDriver: NodeDriver = {
	name: "mlx5ctl",
	folder: "/dev",
	pattern: /^mlx5ctl-/,
	classFolder: "/sys/class/misc",
	presence: "/sys/bus/auxiliary/drivers/mlx5ctl.mlx5ctl",
	module: "mlx5ctl",
	origin: "it is only to be had outside of the kernel; prefer fwctl",
};

/** MLX5CTL_MAX_RPC_SIZE of include/uapi/misc/mlx5ctl.h, either way. */
export const MLX5CTL_MOST_BYTES = 512 * 512;
