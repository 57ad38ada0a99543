// SPDX-License-Identifier: Apache-2.0
/** docs/library.md with every example that it shows as it is in examples/, where it is type-checked and run. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/paths.js";

const block = /<!-- (examples\/\S+\.(ts|py)) -->\n```\w+\n[\s\S]*?\n```/g;

/** The example without its licence. */
function shown(path: string): string {
	const [, ...lines] = readFileSync(packageFile(path), "utf8").trimEnd().split("\n");
	return lines.join("\n");
}

const languages: Readonly<Record<string, string>> = { ts: "ts", py: "python" };

export const libraryPage = (): string =>
	readFileSync(packageFile("docs/library.md"), "utf8").replaceAll(
		block,
		(_, path: string, ending: string) => `<!-- ${path} -->\n\`\`\`${languages[ending]}\n${shown(path)}\n\`\`\``,
	);
