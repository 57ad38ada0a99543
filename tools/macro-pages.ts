// SPDX-License-Identifier: Apache-2.0
/** docs/macros.md: the pages of queries/macros, topic by topic. */
import { type Macro, type Topic, topics } from "../queries/prelude.js";

const head = `# Macros

Every recording carries these, so that any DuckDB 1.5 client has them: \`FROM rate('net', 'eth0_rx_bytes')\`. \`stream\` is a table, \`counter\` a column
(\`'eth0_rx_bytes'\`) or an id (\`'net:eth0/rx_bytes'\`); of another attached recording the stream is \`'other.net'\`. What they have in common is in
[the recording](recording-format.md#macros). This page is printed from \`queries/macros/\`.`;

/** Macros that users call; a topic may have none. */
const called = ({ macros }: Topic): Macro[] => macros.filter(({ name }) => !name.startsWith("_"));

const pageText = ({ signature, page }: Macro): string => ["```text", signature, "", ...page, "```"].join("\n");

const topicText = (topic: Topic): string =>
	[`## ${topic.title}`, topic.about.join("\n"), ...called(topic).map(pageText)].join("\n\n");

export function macroPages(): string {
	const texts = topics()
		.filter((topic) => called(topic).length > 0)
		.map(topicText);
	return `${[head, ...texts].join("\n\n")}\n`;
}
