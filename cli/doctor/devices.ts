// SPDX-License-Identifier: Apache-2.0
/** Checks devices that have counters of their own. Where there are none, one line each says why: no driver, no device,
 *  no permission. */
import { constants } from "node:fs";
import { basename } from "node:path";
import { type Card, theseCards } from "../../kernel/mlx5/card/cards.js";
import {
	type DeviceNode,
	deviceRoot,
	explainNoNodes,
	findNodes,
	type NodeDriver,
} from "../../kernel/mlx5/transport/device-nodes.js";
import { fwctlDriver } from "../../kernel/mlx5/transport/fwctl.js";
import { mlx5ctlDriver } from "../../kernel/mlx5/transport/mlx5ctl.js";
import { type Check, type Group, limited, listDirectory, missing, ok, permits, readText } from "./check.js";
import { setcapCommand } from "./linux-capabilities.js";

const infiniband: NodeDriver = {
	name: "infiniband",
	folder: "/dev/infiniband",
	pattern: /^uverbs\d+$/,
	classFolder: "/sys/class/infiniband_verbs",
	presence: "/sys/class/infiniband",
	module: "mlx5_ib",
	origin: "use a kernel with CONFIG_INFINIBAND",
};

const names = (nodes: readonly DeviceNode[]): string => nodes.map(({ path }) => basename(path)).join(", ");

function absent(driver: NodeDriver): Check {
	const { what, remedy } = explainNoNodes(driver);
	return missing(driver.name, what, remedy);
}

/** Checks nodes that only have to exist. */
function nodeCheck(driver: NodeDriver): Check {
	const nodes = findNodes(driver);
	const closed = nodes.filter(({ path }) => !permits(`${deviceRoot()}${path}`, constants.R_OK | constants.W_OK));
	if (closed.length)
		return limited(
			driver.name,
			`no permission for ${names(closed)}`,
			`sudo setfacl -m u:$USER:rw ${closed.map(({ path }) => path).join(" ")}`,
		);
	return nodes.length ? ok(driver.name, names(nodes)) : absent(driver);
}

const cardName = ({ address, interfaces, path }: Card): string =>
	`${address}${interfaces.length ? ` (${interfaces.join(", ")})` : ""} at ${basename(path)}`;

/** Checks nodes whose card must answer. The card is asked as the sampler would ask it. */
function cardCheck(driver: NodeDriver): Check {
	const cards = theseCards().cards.filter((card) => card.driver === driver.name);
	const silent = cards.find(({ refusal }) => refusal !== null);
	if (silent) {
		const [what = "", ...remedy] = `${cardName(silent)}: ${silent.refusal}`.split("; ");
		/* A setcap without the other capabilities would remove them. */
		const remedies = /CAP_SYS_ADMIN/.test(what) ? [setcapCommand("cap_sys_admin")] : remedy;
		return limited(driver.name, what, remedies.join("; ").replace(/^try /, "") || "read the kernel's log");
	}
	return cards.length ? ok(driver.name, cards.map(cardName).join(", ")) : nodeCheck(driver);
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
				"no card of NVIDIA (Mellanox) is on the PCI bus",
				"sample the cards of this machine with net and ethtool",
			);
}

export function devices(): Group {
	const checks = [pci(), cardCheck(fwctlDriver), cardCheck(mlx5ctlDriver), nodeCheck(infiniband)];
	const verdict = checks.slice(1).some(({ status }) => status === "ok")
		? "counters of these devices can be read"
		: "no device here can be read past the kernel: network cards are sampled by net and ethtool, at 2 to 10 us a read";
	return { name: "devices", verdict, checks };
}
