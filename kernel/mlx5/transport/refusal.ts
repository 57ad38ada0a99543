// SPDX-License-Identifier: Apache-2.0
/** Why the firmware refused a command, from its outbox. */
import { decode } from "./bit-fields.js";
import { outHeader, statuses } from "./firmware.gen.js";

export const statusName = (status: number): string =>
	statuses[status]?.[0] ?? `status 0x${status.toString(16).padStart(2, "0")}`;

/** "RESOURCE_BUSY (someone else uses the resource), syndrome 0x001f3a21". */
export function explainOutbox(outbox: Uint8Array): string {
	const { status, syndrome } = decode(outHeader, outbox);
	const meaning = statuses[status]?.[1];
	return `${statusName(status)}${meaning ? ` (${meaning})` : ""}, syndrome 0x${syndrome.toString(16).padStart(8, "0")}`;
}
