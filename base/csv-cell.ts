// SPDX-License-Identifier: Apache-2.0
/** Cells of CSV (RFC 4180). */

/** A cell, quoted if it holds a comma, a quote or a line break. */
export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Text that a spreadsheet computes instead of showing it, also after blanks or quotes and in full-width characters. */
const formula = /^[\s"'\u2018\u2019\u201c\u201d]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Text that a spreadsheet shows as it is: the start of a formula gets an apostrophe before it, a number does not. Use
 *  it only for people's spreadsheets; another reader would have the apostrophe in its data. */
export const asText = (text: string): string => (formula.test(text) && !number.test(text) ? `'${text}` : text);
