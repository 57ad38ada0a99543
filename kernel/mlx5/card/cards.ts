// SPDX-License-Identifier: Apache-2.0
/** Cards that can be asked, by PCI address, and what each answered. They are looked for once per process. */
import { unavailable, usageError } from "../../../base/errors.js";
import { type DeviceNode, deviceRoot, explainNoNodes, findNodes, type NodeDriver } from "../transport/device-nodes.js";
import {
	type Answer,
	type Driver,
	execute,
	explainAnswer,
	isOfOtherMaker,
	type Node,
	outboxOf,
} from "../transport/execute.js";
import { firmware } from "../transport/firmware.gen.js";
import { fwctlDriver } from "../transport/fwctl.js";
import { mlx5ctlDriver } from "../transport/mlx5ctl.js";
import { type Capabilities, decodeCapabilities, queryCapability } from "./card-capabilities.js";
import { decodeParameters, type Parameters, queryParameters } from "./sampler-parameters.js";

export interface Card extends Node, DeviceNode {
	/** Null: the card samples nothing by itself, or its capabilities are not known. */
	readonly capabilities: Capabilities | null;
	/** What the card sampled when it was found; null where it did not answer. */
	readonly parameters: Parameters | null;
	/** Why the capabilities are not known; null: they are. */
	readonly refusal: string | null;
}

export interface Cards {
	readonly cards: readonly Card[];
	/** One line for each driver through which no card answers: what is missing, and why. */
	readonly absences: readonly string[];
}

const drivers: Record<Driver, NodeDriver> = { fwctl: fwctlDriver, mlx5ctl: mlx5ctlDriver };
export const maxBytes: Record<Driver, number> = {
	fwctl: firmware.FWCTL_MAX_BYTES,
	mlx5ctl: firmware.MLX5CTL_MAX_BYTES,
};
/** In the order of preference: the driver that is part of Linux comes first. */
export const driverNames = ["fwctl", "mlx5ctl"] as const satisfies readonly Driver[];

type Found = Node & DeviceNode;

const questions = [null, queryCapability("general"), queryCapability("debug"), queryParameters] as const;

function judge(node: Found, [info, general, debug, parameters]: readonly Answer[]): Card {
	const refused = { capabilities: null, parameters: null };
	if (info!.kind !== "ok") return { ...node, ...refused, refusal: explainAnswer(info!, node, "INFO") };
	try {
		const capabilities = decodeCapabilities(
			outboxOf(general!, node, "QUERY_HCA_CAP"),
			outboxOf(debug!, node, "QUERY_HCA_CAP"),
		);
		const said = parameters!.kind === "ok" ? decodeParameters(parameters!.outbox) : null;
		return { ...node, capabilities, parameters: said, refusal: null };
	} catch (error) {
		return { ...node, ...refused, refusal: (error as Error).message };
	}
}

/** Asks each node, and leaves out those of other makers. */
function ask(nodes: readonly Found[]): Card[] {
	const answers = execute(nodes.flatMap((node) => questions.map((question) => [node, question] as const)));
	return nodes.flatMap((node, i) => {
		const own = answers.slice(i * questions.length, (i + 1) * questions.length);
		return isOfOtherMaker(own[0]!) ? [] : [judge(node, own)];
	});
}

function explainDriver(name: Driver, root: string, nodes: readonly Found[], cards: readonly Card[]): string[] {
	const own = cards.filter(({ driver }) => driver === name);
	if (own.some(({ refusal }) => refusal === null)) return [];
	if (own.length) return own.map(({ path, refusal }) => `${name}: ${path}: ${refusal}`);
	if (nodes.some(({ driver }) => driver === name))
		return [`${name}: no device: those here are of other makers; sample network cards with net and ethtool`];
	const { what, remedy } = explainNoNodes(drivers[name], root);
	return [`${name}: ${what}; ${remedy}`];
}

/** @param root what precedes /dev and /sys */
export function findCards(root = deviceRoot()): Cards {
	const nodes = driverNames.flatMap((driver) => findNodes(drivers[driver], root).map((node) => ({ driver, ...node })));
	const cards = ask(nodes);
	return { cards, absences: driverNames.flatMap((name) => explainDriver(name, root, nodes, cards)) };
}

let found: Cards | undefined;

export function theseCards(): Cards {
	found ??= findCards();
	return found;
}

/** One card for each address that answers, through the preferred driver. */
export function preferredCards({ cards } = theseCards()): Card[] {
	const answering = cards.filter(({ refusal }) => refusal === null);
	return answering.filter((card, i) => answering.findIndex(({ address }) => address === card.address) === i);
}

/** The card with this address, through the driver that the user named, or else the preferred one. */
export function cardAt(address: string, driver: string | undefined): Card {
	if (driver !== undefined && !driverNames.includes(driver as Driver))
		throw usageError(`driver=${driver} is not a known driver; choose ${driverNames.join(" or ")}`);
	const own = theseCards().cards.filter((card) => card.address === address);
	const card = own.find((one) => (driver ? one.driver === driver : one.refusal === null));
	if (!card)
		throw unavailable(`${address} cannot be reached through ${driver ?? "any driver"} here; leave out driver=`);
	if (card.refusal !== null) throw unavailable(`${address} does not answer: ${card.refusal}`);
	return card;
}

/** Whether mlx5ctl reaches the card: it starts sampling without tainting the kernel. */
export const isReachedByMlx5ctl = (address: string): boolean =>
	theseCards().cards.some((card) => card.address === address && card.driver === "mlx5ctl" && card.refusal === null);

/** Why there is no card, one line for each driver; null where there is one. */
export function cardAbsence(): string | null {
	const { absences } = theseCards();
	return preferredCards().length ? null : ["no mlx5 device answers here", ...absences].join("\n  ");
}
