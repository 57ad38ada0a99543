// SPDX-License-Identifier: Apache-2.0
/** Reads interface counters through iproute2: RTM_GETLINK, decoded by another program. */
import { ip } from "./namespace.js";

interface Shown {
	readonly ifindex: number;
	readonly stats64: Record<"rx" | "tx", Record<string, number>>;
}

/** Names that `ip -s -s -j` uses for both directions. */
const plainNames: Record<string, string> = { "rx/multicast": "multicast", "tx/collisions": "collisions" };

const nameOf = (direction: string, name: string): string =>
	plainNames[`${direction}/${name}`] ?? `${direction}_${name}`;

/** Counters by ifindex, then by name. What ip does not show is missing. */
export function linkTruth(): Map<number, Map<string, bigint>> {
	const links = JSON.parse(ip("-s", "-s", "-j", "link", "show")) as Shown[];
	const directions = ["rx", "tx"] as const;
	return new Map(
		links.map(({ ifindex, stats64 }) => {
			const values = directions.flatMap((direction) =>
				Object.entries(stats64[direction]).map(([name, value]) => [nameOf(direction, name), BigInt(value)] as const),
			);
			return [ifindex, new Map(values)];
		}),
	);
}
