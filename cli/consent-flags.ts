// SPDX-License-Identifier: Apache-2.0
/** Flags of `record` with which a user allows what a source does to a device (kernel/source.ts, Consent). */
import { type Command, Option } from "commander";
import { consents } from "../kernel/registry.js";
import { allowing } from "../library/event-selection.js";
import type { EventSpec } from "../sampler/selection.js";

/** Adds the flags of all sources. */
export function offerConsents(command: Command): void {
	for (const { flag, help } of consents) command.option(flag, help);
}

/** The event with the options that the flags set, where its source has them. */
export function consented(event: EventSpec, flags: object): EventSpec {
	const given = consents.filter(({ flag }) => new Option(flag).attributeName() in flags);
	const options = given.map(({ option }) => option);
	return allowing(event, options);
}

/** For --help. */
export const consentExamples: string = consents
	.flatMap(({ example }) => (example === undefined ? [] : [`  countersink record ${example}\n`]))
	.join("");
