// SPDX-License-Identifier: Apache-2.0
/** Cells of CSV (RFC 4180). */

/** In quotes where a comma, a quote or a line break would end it. */
export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** What a spreadsheet computes instead of showing it, also behind blanks and quotes, also in full width; but no number. */
const formula = /^[\s"'\u2018\u2019\u201c\u201d]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Text that a spreadsheet shows as it is: what begins a formula has an apostrophe before it. Only for a person's spreadsheet: another
 *  reader has the apostrophe in its data. */
export const asText = (text: string): string => (formula.test(text) && !number.test(text) ? `'${text}` : text);
