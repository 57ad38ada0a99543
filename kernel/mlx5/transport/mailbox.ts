// SPDX-License-Identifier: Apache-2.0
/** Commands to the firmware: TypeScript builds and decodes them, the sampler executes them. */
import { encode, type Layout, type Values } from "./bit-fields.js";
import { inHeader, registerAccess, registerData } from "./headers.js";

/** What fwctl lets a command do (include/uapi/fwctl/fwctl.h). mlx5ctl has no scopes. */
export const scope = { configuration: 0, debugReadOnly: 1, debugWrite: 2, debugWriteFull: 3 } as const;

export interface Command {
	/** As the firmware's documents call it. */
	readonly name: string;
	/** The narrowest that fwctl accepts. */
	readonly scope: number;
	readonly inbox: Uint8Array;
	readonly outBytes: number;
}

export const opcode = {
	QUERY_HCA_CAP: 0x100,
	CREATE_MKEY: 0x200,
	DESTROY_MKEY: 0x202,
	ALLOC_PD: 0x800,
	DEALLOC_PD: 0x801,
	ACCESS_REG: 0x805,
	QUERY_DIAGNOSTIC_PARAMS: 0x819,
	SET_DIAGNOSTIC_PARAMS: 0x820,
	QUERY_DIAGNOSTIC_COUNTERS: 0x821,
} as const;
export type OpcodeName = keyof typeof opcode;

export const register = {
	PPCNT: 0x5008,
	MTRC_CAP: 0x9040,
	MTRC_CONF: 0x9041,
	MTRC_STDB: 0x9042,
	MTRC_CTRL: 0x9043,
	MPCNT: 0x9051,
} as const;
export type RegisterName = keyof typeof register;

export const HEADER_BYTES = 16;

/** An inbox of zeros with its header, at least HEADER_BYTES long. */
export function inbox(name: OpcodeName, bytes = HEADER_BYTES, op_mod = 0): Uint8Array {
	const made = new Uint8Array(Math.max(HEADER_BYTES, bytes));
	encode(inHeader, { opcode: opcode[name], op_mod }, made);
	return made;
}

/** ACCESS_REG. Reading is op_mod 1, writing 0. A register answers with as many bytes as it is asked with. */
export function accessRegister<L extends Layout>(
	name: RegisterName,
	op: "read" | "write",
	bytes: number,
	layout: L,
	values: Partial<Values<L>> = {},
	answer = bytes,
): Command {
	const made = inbox("ACCESS_REG", registerData.begin + bytes, op === "read" ? 1 : 0);
	encode(registerAccess, { register_id: register[name] }, made);
	encode(layout, values, made, registerData.begin);
	return {
		name: `ACCESS_REG ${name}`,
		scope: scope.debugReadOnly,
		inbox: made,
		outBytes: registerData.begin + answer,
	};
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
