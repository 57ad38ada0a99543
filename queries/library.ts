// SPDX-License-Identifier: Apache-2.0
/** The named queries: one file each, in one folder for each subject of an investigation. */
import { readdirSync } from "node:fs";
import { usageError } from "../base/errors.js";
import { packageFile } from "../base/paths.js";
import { nearest } from "../base/text.js";
import { shipped } from "../storage/sql.js";
import { type Page, parsePage } from "./page.js";

/** Folders with their titles, in the order of an investigation: what moved, where, and whether to believe it. */
export const groups: Readonly<Record<string, string>> = {
	general: "any counter",
	network: "network",
	cpu: "CPU and scheduling",
	memory: "memory",
	disk: "disk",
	pressure: "pressure",
	trust: "trust in the recording",
};

const pagesOf = (group: string): Page[] =>
	readdirSync(packageFile(`queries/${group}`))
		.filter((file) => file.endsWith(".sql"))
		.sort()
		.map((file) => parsePage(group, file.slice(0, -4), shipped(`queries/${group}/${file}`)));

export const allPages = (): Page[] => Object.keys(groups).flatMap(pagesOf);

/** @throws CountersinkError with the nearest name when there is no such query */
export function findPage(name: string): Page {
	const pages = allPages();
	const page = pages.find((candidate) => candidate.name === name);
	if (page) return page;
	const near = nearest(
		name,
		pages.map((candidate) => candidate.name),
	);
	throw usageError(
		`there is no query ${name}; ${near ? `did you mean ${near}?` : "'countersink query' lists what there is"}`,
	);
}
