// SPDX-License-Identifier: Apache-2.0
/** Cards that can be asked, by PCI address, and what each said; found once per process. */
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
import { FWCTL_MOST_BYTES, fwctlDriver } from "../transport/fwctl.js";
import { MLX5CTL_MOST_BYTES, mlx5ctlDriver } from "../transport/mlx5ctl.js";
import { type Capabilities, decodeCapabilities, queryCapability } from "./capabilities.js";
import { decodeParameters, type Parameters, queryParameters } from "./parameters.js";

export interface Card extends Node, DeviceNode {
	/** Null: it has no counters that it samples by itself. */
	readonly capabilities: Capabilities | null;
	/** What it was sampling when it was found. */
	readonly parameters: Parameters | null;
	/** Why its capabilities are not known. */
	readonly refusal: string | null;
}

export interface Cards {
	readonly cards: readonly Card[];
	/** One line for each driver by which no card answers: what is missing, and why. */
	readonly absences: readonly string[];
}

const drivers: Record<Driver, NodeDriver> = { fwctl: fwctlDriver, mlx5ctl: mlx5ctlDriver };
export const mostBytes: Record<Driver, number> = { fwctl: FWCTL_MOST_BYTES, mlx5ctl: MLX5CTL_MOST_BYTES };
/** In the order in which they are preferred: what Linux has itself comes first. */
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

/** What each node answered; those of other makers are left out. */
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
		return [`${name}: no device: those that are here are of other makers; sample network cards with net and ethtool`];
	const { what, remedy } = explainNoNodes(drivers[name], root);
	return [`${name}: ${what}; ${remedy}`];
}

/** @param root before /dev and /sys */
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

/** One for each address that answers, by the driver that is preferred. */
export function preferredCards({ cards } = theseCards()): Card[] {
	const answering = cards.filter(({ refusal }) => refusal === null);
	return answering.filter((card, i) => answering.findIndex(({ address }) => address === card.address) === i);
}

/** The card with this address, by the driver that the user named, or else the preferred one. */
export function cardAt(address: string, driver: string | undefined): Card {
	if (driver !== undefined && !driverNames.includes(driver as Driver))
		throw usageError(`driver=${driver} is no driver; choose ${driverNames.join(" or ")}`);
	const own = theseCards().cards.filter((card) => card.address === address);
	const card = own.find((one) => (driver ? one.driver === driver : one.refusal === null));
	if (!card)
		throw unavailable(`${address} is not to be reached through ${driver ?? "any driver"} here; leave out driver=`);
	if (card.refusal !== null) throw unavailable(`${address} does not answer: ${card.refusal}`);
	return card;
}

/** Whether a card can be told to sample without a taint, by a driver that is not the preferred one. */
export const isReachedByMlx5ctl = (address: string): boolean =>
	theseCards().cards.some((card) => card.address === address && card.driver === "mlx5ctl" && card.refusal === null);

/** Why there is no card, a line for each driver; null where there is one. */
export function cardAbsence(): string | null {
	const { absences } = theseCards();
	return preferredCards().length ? null : ["no mlx5 device answers here", ...absences].join("\n  ");
}
