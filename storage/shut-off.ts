// SPDX-License-Identifier: Apache-2.0
/** Statements that shut a DuckDB off before it sees a file from outside. None of them can be taken back. */
import { type Sql, sql, texts } from "./sql.js";

/** @param paths the only files that it may open from now on
 *  @param folders folders in which it may read and write any file */
export const shutOff = (paths: readonly string[], folders: readonly string[] = []): readonly Sql[] => [
	sql`SET allowed_paths = ${texts(paths)}`,
	...(folders.length > 0 ? [sql`SET allowed_directories = ${texts(folders)}`] : []),
	sql`SET autoinstall_known_extensions = false`,
	sql`SET autoload_known_extensions = false`,
	sql`SET allow_community_extensions = false`,
	sql`SET enable_external_access = false`,
	sql`SET lock_configuration = true`,
];
