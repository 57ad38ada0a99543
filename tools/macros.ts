// SPDX-License-Identifier: Apache-2.0
/** Prints docs/macros.md from the comments of queries/prelude.sql, section by section. */
import { groupBy } from "../base/group.js";
import { type Macro, macros } from "../queries/prelude.js";

const head = `# Macros

Every recording carries these, so that any DuckDB 1.5 client has them: \`FROM rate('net', 'eth0_rx_bytes')\`. \`stream\` is a table, \`counter\` a column
(\`'eth0_rx_bytes'\`) or an id (\`'net:eth0/rx_bytes'\`); of another attached recording the stream is \`'other.net'\`. What they have in common is in
[the recording](recording-format.md#macros). This page is printed from \`queries/prelude.sql\`.`;

const page = ({ signature, comment }: Macro): string => ["```text", signature, "", ...comment, "```"].join("\n");

export function macroPages(): string {
	const sections = groupBy(
		macros().filter(({ name }) => !name.startsWith("_")),
		({ section }) => section,
	);
	const texts = [...sections].map(([section, own]) =>
		[`## ${section[0]!.toUpperCase()}${section.slice(1)}`, ...own.map(page)].join("\n\n"),
	);
	return `${[head, ...texts].join("\n\n")}\n`;
}
