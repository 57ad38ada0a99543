// SPDX-License-Identifier: Apache-2.0
/** The SQL files of this folder: one documented question each. `{name}` in a file stands for a parameter. */
import { readFileSync } from "node:fs";
import { assert } from "../base/errors.js";
import { packageFile } from "../base/paths.js";

/** The statement of queries/NAME.sql with its parameters filled in; values must be identifiers of the recording. */
export function loadQuery(name: string, parameters: Readonly<Record<string, string>>): string {
	const text = readFileSync(packageFile(`queries/${name}.sql`), "utf8");
	return text.replace(/\{([a-z_]+)\}/g, (_, parameter: string) => {
		const value = parameters[parameter];
		assert(value !== undefined && /^[a-z][a-z0-9_]*$/.test(value), `query ${name} has its parameter ${parameter}`);
		return value;
	});
}
