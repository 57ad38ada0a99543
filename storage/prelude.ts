// SPDX-License-Identifier: Apache-2.0
import { type Sql, shipped } from "./sql.js";

/** The macros of this version. Every recording carries them for other clients, and countersink asks every recording
 *  with them. */
export const prelude = (): Sql => shipped("queries/prelude.sql");
