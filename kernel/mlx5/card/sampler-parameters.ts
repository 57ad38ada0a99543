// SPDX-License-Identifier: Apache-2.0
/** How a card samples: QUERY_ and SET_DIAGNOSTIC_PARAMS. Both have the same bytes from the context on. */
import { decode, encode, type Values } from "../transport/bit-fields.js";
import { firmware, parametersContext, parametersCounter } from "../transport/firmware.gen.js";
import { type Command, command } from "../transport/mailbox.js";

/** What the card is told, or says, of its sampling. */
export interface Parameters extends Omit<Values<typeof parametersContext>, "num_of_counters"> {
	readonly counters: readonly number[];
}

const counterStart = (i: number): number => firmware.PARAMETERS_LIST + i * firmware.PARAMETERS_COUNTER_BYTES;

export const queryParameters: Command = command("QUERY_DIAGNOSTIC_PARAMS", {
	outBytes: counterStart(firmware.PARAMETERS_MAX_COUNTERS),
});

export function decodeParameters(bytes: Uint8Array): Parameters {
	const { num_of_counters, ...context } = decode(parametersContext, bytes, firmware.PARAMETERS_START);
	const counters = Array.from(
		{ length: num_of_counters },
		(_, i) => decode(parametersCounter, bytes, counterStart(i)).counter_id,
	);
	return { ...context, counters };
}

/** Starts sampling, or with enable 0 ends it. By fwctl this taints the kernel. */
export function setParameters({ counters, ...context }: Parameters): Command {
	const set = command("SET_DIAGNOSTIC_PARAMS", { bytes: counterStart(counters.length) });
	encode(parametersContext, { ...context, num_of_counters: counters.length }, set.inbox, firmware.PARAMETERS_START);
	for (const [i, counter_id] of counters.entries())
		encode(parametersCounter, { counter_id }, set.inbox, counterStart(i));
	return set;
}
