// SPDX-License-Identifier: Apache-2.0
/** countersink doctor: shows what this machine allows, what limits it, and the remedies. */
import { Command } from "commander";
import { exitStatus } from "../../base/errors.js";
import type { Check, Group, Status } from "../doctor/check.js";
import { devices } from "../doctor/devices.js";
import { interfaces } from "../doctor/interfaces.js";
import { samplerPrivileges } from "../doctor/linux-capabilities.js";
import { machine } from "../doctor/machine.js";
import { privileges } from "../doctor/privileges.js";
import { sourceGroup } from "../doctor/sources.js";
import { ffi, storage } from "../doctor/storage.js";
import { measureTiming, type Timing, timing } from "../doctor/timing.js";
import { printJson, show } from "../streams.js";
import { lineWidth, type Paint, ProgressBar, painter, wrap } from "../terminal.js";

async function timingOrError(): Promise<Timing | Error> {
	try {
		return await measureTiming();
	} catch (error) {
		return error instanceof Error ? error : new Error(String(error));
	}
}

async function examine(): Promise<Group[]> {
	const native = ffi();
	if (native.status !== "ok")
		return [{ name: "storage", verdict: "nothing can be recorded without it", checks: [native] }];
	const bar = new ProgressBar(2);
	const measured = await timingOrError();
	bar.show(1, "sources");
	const of = samplerPrivileges();
	const groups = [
		machine(),
		timing(measured),
		privileges(measured instanceof Error ? null : measured, of),
		interfaces(of),
		await sourceGroup(),
		devices(),
		await storage(),
	];
	bar.clear();
	return groups;
}

const WIDEST = 100;
const STATUS_COLUMN = 9;
const colours: Record<Status, "green" | "yellow" | "red"> = { ok: "green", limited: "yellow", missing: "red" };

/** One remedy often helps several checks; it is printed once. */
function shortened(groups: readonly Group[]): Group[] {
	const written = new Set<string>();
	return groups.map((group) => ({
		...group,
		checks: group.checks.map((check) => {
			const again = check.remedy !== null && written.has(check.remedy);
			if (check.remedy !== null) written.add(check.remedy);
			return again ? { ...check, remedy: "as above" } : check;
		}),
	}));
}

function checkLines({ name, status, found, remedy }: Check, nameColumn: number, width: number, paint: Paint): string[] {
	const indent = 2 + STATUS_COLUMN + nameColumn;
	const block = (text: string): string[] => wrap(text, width - indent);
	const [first = "", ...rest] = block(found);
	return [
		`  ${paint(colours[status], status)}${" ".repeat(STATUS_COLUMN - status.length)}${name.padEnd(nameColumn)}${first}`,
		...rest.map((line) => " ".repeat(indent) + line),
		...(remedy === null ? [] : block(`try: ${remedy}`)).map((line) => " ".repeat(indent) + paint("bold", line)),
	];
}

function groupLines({ name, verdict, checks }: Group, nameColumn: number, width: number, paint: Paint): string[] {
	return [
		paint("bold", name),
		...wrap(verdict, width - 2).map((line) => `  ${line}`),
		...checks.flatMap((check) => checkLines(check, nameColumn, width, paint)),
	];
}

function print(groups: readonly Group[]): void {
	const paint = painter();
	const width = Math.min(lineWidth(), WIDEST);
	const nameColumn = 2 + Math.max(...groups.flatMap(({ checks }) => checks.map(({ name }) => name.length)));
	const blocks = shortened(groups).map((group) => groupLines(group, nameColumn, width, paint));
	show(blocks.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines])));
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
	const groups = await examine();
	if (json) printJson(groups);
	else print(groups);
	const hopeless = groups.some(({ checks }) => checks.some((check) => check.required && check.status === "missing"));
	process.exitCode = hopeless ? exitStatus.unavailable : exitStatus.fine;
}

export function doctorCommand(): Command {
	return new Command("doctor")
		.option("--json", "print the groups of checks as JSON")
		.addHelpText("after", "\nTakes about 2 s. Exit status: 0, or 4 when nothing can be recorded here at all.")
		.action(doctor);
}
