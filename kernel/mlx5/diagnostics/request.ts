// SPDX-License-Identifier: Apache-2.0
/** Turns the options of the user into parameters of the card's sampler, by the rules of the firmware's documents. */
import { usageError } from "../../../base/errors.js";
import { nearest } from "../../../base/text.js";
import type { SourceOptions } from "../../source.js";
import type { Capabilities } from "../card/card-capabilities.js";
import type { Parameters } from "../card/sampler-parameters.js";
import { counterName } from "./catalogue.js";
import { type Mode, modes } from "./sampling.js";

export const optionNames = ["mode", "sync", "clear", "driver", "allow_taint", "steal"] as const;

export interface Wish {
	readonly mode: Mode;
	/** All counters start at the same moment. */
	readonly sync: boolean;
	/** Counters start at 0. */
	readonly clear: boolean;
	readonly driver: string | undefined;
	/** The user accepts that starting through fwctl taints the kernel. */
	readonly allowTaint: boolean;
	/** Sampling that someone else started may be interrupted. */
	readonly steal: boolean;
}

function flag(options: SourceOptions, name: (typeof optionNames)[number]): boolean {
	const value = options.get(name) ?? "0";
	if (value !== "0" && value !== "1")
		throw usageError(`${name}=${value} is neither 0 nor 1; write ${name}=1 or leave it out`);
	return value === "1";
}

function parseMode(text: string): Mode {
	const mode = modes.find((known) => known === text);
	if (mode) return mode;
	throw usageError(
		`mode=${text} is not a known mode; ${nearest(text, modes) ? `did you mean ${nearest(text, modes)}?` : `choose ${modes.join(", ")}`}`,
	);
}

/** Throws for options that exclude each other. */
export function parseWish(options: SourceOptions): Wish {
	const mode = parseMode(options.get("mode") ?? "repetitive");
	const [sync, clear] = [flag(options, "sync"), flag(options, "clear")];
	if (mode === "on_demand" && (sync || clear))
		throw usageError(
			"mode=on_demand excludes sync=1 and clear=1, since nothing is started; leave them out or choose another mode",
		);
	if (clear && !sync) throw usageError("clear=1 is only possible together with sync=1; write ?sync=1&clear=1");
	const [allowTaint, steal] = [flag(options, "allow_taint"), flag(options, "steal")];
	return { mode, sync, clear, driver: options.get("driver"), allowTaint, steal };
}

/** Throws for a mode that the card does not have, and for sync with counters that cannot start in sync. */
export function checkWish({ mode, sync }: Wish, counters: readonly number[], capabilities: Capabilities): void {
	if (mode !== "on_demand" && !capabilities[mode])
		throw usageError(
			`this device has no mode ${mode}; it has ${modes.filter((m) => m === "on_demand" || capabilities[m]).join(", ")}`,
		);
	const able = new Set(capabilities.counters.filter((counter) => counter.sync).map(({ id }) => id));
	const unable = counters.filter((id) => sync && !able.has(id));
	if (unable.length)
		throw usageError(`sync=1 is not possible with ${unable.map(counterName).join(", ")}; leave them out, or sync=1`);
}

/** The parameters for SET_DIAGNOSTIC_PARAMS. */
export function parametersFor(
	{ mode, sync, clear }: Wish,
	counters: readonly number[],
	{ logSamples, logPeriod }: { readonly logSamples: number; readonly logPeriod: number },
): Parameters {
	return {
		counters,
		log_num_of_samples: logSamples,
		log_sample_period: logPeriod,
		single: mode === "single" ? 1 : 0,
		repetitive: mode === "repetitive" ? 1 : 0,
		on_demand: mode === "on_demand" ? 1 : 0,
		sync: sync ? 1 : 0,
		clear: clear ? 1 : 0,
		enable: 1,
		tracer_dump: 0,
	};
}

export const modeOf = ({ single, on_demand }: Parameters): Mode =>
	single ? "single" : on_demand ? "on_demand" : "repetitive";
