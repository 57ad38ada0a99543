// SPDX-License-Identifier: Apache-2.0
/** Which statements an asker may run. DuckDB refuses what would write to a recording; this refuses what reaches beyond it. */
import type { StatementType as Type } from "@duckdb/node-api";
import { type CountersinkError, usageError } from "../base/errors.js";
import { duckdbClient } from "./duckdb.js";

const { StatementType } = duckdbClient();

/** What it would do. Everything else reads, or makes temporary things (a PIVOT makes a type) that go with the session. */
const refused: ReadonlyMap<Type, string> = new Map([
	[StatementType.ATTACH, "opens other files"],
	[StatementType.DETACH, "lets go of the recording"],
	[StatementType.COPY, "reads or writes other files"],
	[StatementType.COPY_DATABASE, "writes other files"],
	[StatementType.EXPORT, "writes other files"],
	[StatementType.LOAD, "loads other code"],
	[StatementType.EXTENSION, "loads other code"],
	[StatementType.UPDATE_EXTENSIONS, "loads other code"],
	[StatementType.PRAGMA, "changes how DuckDB works"],
	[StatementType.TRANSACTION, "holds on to what others may need"],
	[StatementType.VACUUM, "is there for files that are written"],
	[StatementType.LOGICAL_PLAN, "cannot be checked"],
]);

/** null: it may run. */
export function refusal(type: Type): CountersinkError | null {
	const why = refused.get(type);
	const name = StatementType[type].replaceAll("_", " ");
	return why === undefined
		? null
		: usageError(`${name} is refused, since it ${why}; ask with SELECT, or permit it with --unsafe`);
}
