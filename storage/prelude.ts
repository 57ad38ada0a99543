// SPDX-License-Identifier: Apache-2.0
import { type Sql, shipped } from "./sql.js";

/** This version's macros: every recording carries them for other clients, and an opened one is asked with them. */
export const prelude = (): Sql => shipped("queries/prelude.sql");
