// SPDX-License-Identifier: Apache-2.0
/** The source mlx5reg: counter registers of ConnectX and BlueField cards, one command for each group: `ppcnt.*` and
 * `mpcnt.*`. */
import { groupBy } from "../../../base/group-by.js";
import { type Counter, planWord, type ReaderPlan, type Source } from "../../source.js";
import { type Card, cardAbsence, cardAt, preferredCards } from "../card/cards.js";
import { execute } from "../transport/execute.js";
import { scope } from "../transport/firmware.gen.js";
import { type Command, hex } from "../transport/mailbox.js";
import { type RegisterGroup, registerGroups } from "./catalogue.js";
import { counterSetBit, readCounterRegister } from "./read-register.js";

interface At {
	readonly address: string;
	readonly group: RegisterGroup;
	/** Its first bit in the outbox. */
	readonly bit: number;
	readonly bits: number;
}

const readGroup = ({ register, group, priority }: RegisterGroup): Command =>
	readCounterRegister(register, group, priority);

const countersOf = ({ address }: Card, group: RegisterGroup): Counter<At>[] =>
	group.counters.map(({ bit, bits, name, ...meaning }) => ({
		source: "mlx5reg",
		instance: address,
		name: `${group.name}.${name}`,
		type: "u64",
		...meaning,
		at: { address, group, bit: counterSetBit(bit), bits },
	}));

/** The firmware refuses groups that it does not have; they are left out. */
function ask(cards: readonly Card[]): Counter<At>[] {
	const asked = cards.flatMap((card) => registerGroups.map((group) => ({ card, group })));
	const answers = execute(asked.map(({ card, group }) => [card, readGroup(group)]));
	return asked.flatMap(({ card, group }, i) => (answers[i]!.kind === "ok" ? countersOf(card, group) : []));
}

let listed: Counter<At>[] | undefined;

function list(): Counter<At>[] {
	listed ??= ask(preferredCards());
	return listed;
}

const absence = (): string | null =>
	cardAbsence() ??
	(list().length ? null : "the mlx5 devices here do not let their counter registers be read; use net or ethtool");

/** One command for each group, and the fields of its answer. */
function cardPlan(card: Card, counters: readonly { at: At; column: number }[]): ReaderPlan {
	const groups = [...groupBy(counters, ({ at }) => at.group)];
	const accesses = groups.map(([group]) => readGroup(group));
	return {
		reader: "mlx5_register",
		cpu: -1,
		lines: [
			["device", card.driver, planWord(card.path), scope.debugReadOnly, scope.debugReadOnly],
			...accesses.map(({ inbox, outBytes }) => ["access", hex(inbox), outBytes]),
			...groups.flatMap(([, own], command) => own.map(({ at, column }) => ["field", column, command, at.bit, at.bits])),
		],
	};
}

export const mlx5reg: Source<At> = {
	name: "mlx5reg",
	summary: "counter registers of ConnectX cards, read only: ppcnt.* of the port, mpcnt.* of the PCIe link",
	options: ["driver"],
	absence,
	list,
	plan: (counters, options) => {
		const columns = counters.map(({ at }, column) => ({ at, column }));
		return [...groupBy(columns, ({ at }) => at.address)].map(([address, own]) =>
			cardPlan(cardAt(address, options.get("driver")), own),
		);
	},
};
