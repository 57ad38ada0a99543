// SPDX-License-Identifier: Apache-2.0
/** What an outbox says of a command that the firmware refused. */
import { decode } from "./bit-fields.js";
import { outHeader } from "./headers.js";

/** Command statuses (include/linux/mlx5/device.h), by the names of the cards' manual, and what each means; status.c has the same. */
const statuses = new Map<number, readonly [name: string, meaning: string]>([
	[0x00, ["OK", "done"]],
	[0x01, ["INTERNAL_ERR", "the firmware failed"]],
	[0x02, ["BAD_OP", "this firmware has no such command"]],
	[0x03, ["BAD_PARAM", "a parameter is not supported"]],
	[0x04, ["BAD_SYS_STATE", "not in the state that the system is in"]],
	[0x05, ["BAD_RESOURCE", "no such resource, or not ours"]],
	[0x06, ["RESOURCE_BUSY", "someone else uses the resource"]],
	[0x08, ["EXCEED_LIM", "beyond a limit of the device"]],
	[0x09, ["BAD_RES_STATE", "the resource is not in the state for it"]],
	[0x0a, ["BAD_INDEX", "an index out of range"]],
	[0x0f, ["NO_RESOURCES", "the device has none left"]],
	[0x10, ["BAD_QP_STATE", "the queue pair is not in the state for it"]],
	[0x30, ["BAD_PKT", "a malformed management packet"]],
	[0x40, ["BAD_SIZE_OUTS_CQES", "more completions are outstanding than fit"]],
	[0x50, ["BAD_INPUT_LEN", "the mailbox has the wrong length"]],
	[0x51, ["BAD_OUTPUT_LEN", "there is not the room for the answer"]],
]);

export const statusName = (status: number): string =>
	statuses.get(status)?.[0] ?? `status 0x${status.toString(16).padStart(2, "0")}`;

/** "RESOURCE_BUSY (someone else uses the resource), syndrome 0x001f3a21". */
export function explainOutbox(outbox: Uint8Array): string {
	const { status, syndrome } = decode(outHeader, outbox);
	const meaning = statuses.get(status)?.[1];
	return `${statusName(status)}${meaning ? ` (${meaning})` : ""}, syndrome 0x${syndrome.toString(16).padStart(8, "0")}`;
}
