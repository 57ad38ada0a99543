// SPDX-License-Identifier: Apache-2.0
/** Names and texts inside SQL. */

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
