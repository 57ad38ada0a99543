// SPDX-License-Identifier: Apache-2.0
/** Commands to the firmware: TypeScript builds and decodes them, the sampler executes them. */
import { encode, type Layout, type Values } from "./bit-fields.js";
import { firmware, inHeader, opcodes, registerAccess, registers } from "./firmware.gen.js";

export interface Command {
	/** Name in the firmware's documents. */
	readonly name: string;
	/** The narrowest that fwctl accepts. */
	readonly scope: number;
	readonly inbox: Uint8Array;
	readonly outBytes: number;
}

export type OpcodeName = keyof typeof opcodes;
export type RegisterName = keyof typeof registers;

export interface Mailbox {
	/** Length of the inbox; default: no more than its header. */
	readonly bytes?: number;
	readonly op_mod?: number;
	/** Length of the outbox; default: no more than its header. */
	readonly outBytes?: number;
}

/** A command whose inbox is zero after its header: write the rest to its bytes. */
export function command(name: OpcodeName, { bytes = 0, op_mod = 0, outBytes = 0 }: Mailbox = {}): Command {
	const inbox = new Uint8Array(Math.max(firmware.MAILBOX_MIN, bytes));
	encode(inHeader, { opcode: opcodes[name].number, op_mod }, inbox);
	return { name, scope: opcodes[name].scope, inbox, outBytes: Math.max(firmware.MAILBOX_MIN, outBytes) };
}

/** ACCESS_REG. A register answers with as many bytes as it is asked with. */
export function accessRegister<L extends Layout>(
	name: RegisterName,
	op: "read" | "write",
	bytes: number,
	layout: L,
	values: Partial<Values<L>> = {},
	answer = bytes,
): Command {
	const made = command("ACCESS_REG", {
		bytes: firmware.REGISTER_START + bytes,
		op_mod: op === "read" ? firmware.REGISTER_READ : firmware.REGISTER_WRITE,
		outBytes: firmware.REGISTER_START + answer,
	});
	encode(registerAccess, { register_id: registers[name] }, made.inbox);
	encode(layout, values, made.inbox, firmware.REGISTER_START);
	return { ...made, name: `ACCESS_REG ${name}` };
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
