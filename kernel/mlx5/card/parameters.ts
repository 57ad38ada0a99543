// SPDX-License-Identifier: Apache-2.0
/** How a card samples: QUERY_ and SET_DIAGNOSTIC_PARAMS. */
import { bit, decode, encode, type Layout, u8, u16, type Values } from "../transport/bit-fields.js";
import { type Command, HEADER_BYTES, inbox, scope } from "../transport/mailbox.js";

/** The context stands after the short header of 8 bytes, then the list of counters. */
export const parameters = { begin: 8, list: 32 } as const;
export const parametersContext = {
	num_of_counters: u16(0),
	log_num_of_samples: u8(3),
	single: bit(4, 31),
	repetitive: bit(4, 30),
	sync: bit(4, 29),
	clear: bit(4, 28),
	on_demand: bit(4, 27),
	enable: bit(4, 26),
	tracer_dump: bit(4, 25),
	log_sample_period: u8(7),
} satisfies Layout;
export const parametersCounter = { counter_id: u16(2) } satisfies Layout;
const COUNTER_BYTES = 4;
/** Most counters that QUERY_DIAGNOSTIC_PARAMS leaves room for; cards say 18 to 175. */
const MAX_COUNTERS = 1024;

/** What the card is told, or says, of its sampling. */
export interface Parameters extends Omit<Values<typeof parametersContext>, "num_of_counters"> {
	readonly counters: readonly number[];
}

export const queryParameters: Command = {
	name: "QUERY_DIAGNOSTIC_PARAMS",
	scope: scope.debugReadOnly,
	inbox: inbox("QUERY_DIAGNOSTIC_PARAMS"),
	outBytes: parameters.list + MAX_COUNTERS * COUNTER_BYTES,
};

export function decodeParameters(bytes: Uint8Array): Parameters {
	const { num_of_counters, ...context } = decode(parametersContext, bytes, parameters.begin);
	const counters = Array.from(
		{ length: num_of_counters },
		(_, i) => decode(parametersCounter, bytes, parameters.list + i * COUNTER_BYTES).counter_id,
	);
	return { ...context, counters };
}

/** Starts sampling, or with enable 0 ends it. The kernel asks for DEBUG_WRITE, which taints it. */
export function setParameters({ counters, ...context }: Parameters): Command {
	const made = inbox("SET_DIAGNOSTIC_PARAMS", parameters.list + counters.length * COUNTER_BYTES);
	encode(parametersContext, { ...context, num_of_counters: counters.length }, made, parameters.begin);
	for (const [i, counter_id] of counters.entries())
		encode(parametersCounter, { counter_id }, made, parameters.list + i * COUNTER_BYTES);
	return { name: "SET_DIAGNOSTIC_PARAMS", scope: scope.debugWrite, inbox: made, outBytes: HEADER_BYTES };
}
