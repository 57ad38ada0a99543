// SPDX-License-Identifier: Apache-2.0
/** Prints docs/queries.md: the page of each named query with its answer on the fixture recording. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/paths.js";
import { allPages, groups } from "../queries/library.js";
import type { Page } from "../queries/page.js";
import { type Parameter, parameterTypes } from "../queries/query-parameters.js";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

const fallbackText = ({ fallback, type }: Parameter): string =>
	fallback !== null ? `\`${fallback}\`` : type === "stream" ? "the only one" : "must be given";

function parameterTable({ parameters }: Page): string[] {
	if (parameters.length === 0) return [];
	const rows = parameters.map((p) =>
		row([`\`--${p.name}\``, `${p.meaning}; ${parameterTypes[p.type]}`, fallbackText(p)]),
	);
	return ["| option | meaning | default |\n| --- | --- | --- |", ...rows];
}

const columnTable = ({ columns }: Page): string[] => [
	"| column | unit | meaning |\n| --- | --- | --- |",
	...columns.map(({ name, unit, meaning }) => row([`\`${name}\``, unit ?? "", meaning])),
];

function pageText(page: Page): string {
	const { group, name, question, notes, needs, nothing, sql } = page;
	const answer = readFileSync(packageFile(`queries/${group}/${name}.expected`), "utf8").trimEnd();
	const record = needs.map(({ glob }) => `-e '${glob}'`).join(" ");
	return [
		`### ${name}`,
		`**${question}** ${notes}`,
		...(needs.length > 0 ? [`Record \`countersink record ${record}\`.`] : []),
		parameterTable(page).join("\n"),
		columnTable(page).join("\n"),
		`No rows: ${nothing}.`,
		`\`\`\`console\n${answer}\n\`\`\``,
		`\`\`\`sql\n${sql}\n\`\`\``,
	]
		.filter((part) => part !== "")
		.join("\n\n");
}

export function queries(): string {
	const pages = allPages();
	const sections = Object.entries(groups).map(([group, title]) => {
		const own = pages.filter((page) => page.group === group);
		return [`## ${title[0]!.toUpperCase()}${title.slice(1)}`, ...own.map(pageText)].join("\n\n");
	});
	return [
		"# Named queries",
		"Printed by `npm run gen` from the files in `queries/`: do not edit.",
		"`countersink query` lists them, `countersink query NAME FILE` asks one of a recording, `countersink query NAME --explain` prints its page. The answers below are those on the fixture recording of the tests (`test/support/fixture.ts`), in which known things happen. In the statements `{name}` stands for a parameter, `{net}` for the stream of the source net and `{net.columns}` for a pattern of those of its columns that the query is about.",
		...sections,
		"",
	].join("\n\n");
}
