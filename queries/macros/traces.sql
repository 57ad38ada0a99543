-- SPDX-License-Identifier: Apache-2.0
-- Traces
-- Streams of a device that traces its firmware: a row is an event.

-- A format of C as printf() of DuckDB takes it, for values of 32 bits each: without lengths, a 64-bit number as its two halves in hex, a
-- pointer as a number. Two percent signs become one character 1.
CREATE MACRO _plain_format(format) AS
	regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		replace(format, '%%', chr(1)),
		'%[-+ #0-9.]*ll[xX]', '%x%08x', 'g'),
		'%[-+ #0-9.]*ll[udi]', '0x%x%08x', 'g'),
		'%([-+ #0-9.]*)(?:hh|h|l|z|j|t)([a-zA-Z])', '%\1\2', 'g'),
		'%([-+ #0-9.]*)i', '%\1d', 'g'),
		'%[-+ #0-9.]*[sp]', '0x%x', 'g');

-- The letters of the conversions of a format: ['d', 'x'].
CREATE MACRO _conversions(format) AS regexp_extract_all(format, '%[-+ #0-9.]*([a-zA-Z])', 1);

-- What a conversion makes of 32 bits: 'd' takes them as a signed number.
CREATE MACRO _argument(bits, conversion) AS
	CASE WHEN conversion = 'd' AND bits >= 2147483648 THEN bits::BIGINT - 4294967296 ELSE coalesce(bits, 0)::BIGINT END;

-- The format with its arguments; null where DuckDB cannot print the format.
CREATE MACRO _printed(format, arguments, conversions) AS
	try(replace(printf(format,
		_argument(arguments[1], conversions[1]), _argument(arguments[2], conversions[2]), _argument(arguments[3], conversions[3]),
		_argument(arguments[4], conversions[4]), _argument(arguments[5], conversions[5]), _argument(arguments[6], conversions[6]),
		_argument(arguments[7], conversions[7])), chr(1), '%'));

-- The messages of a firmware trace. A format string and its arguments are events of their own, put together here. Where
-- events are missing, nothing before the gap is taken for a part of what is after it.
--   ts, tick   of the first event of the message
--   event_id   as in the stream
--   message    text. Where the text cannot be made: the format as it is (or its address, where the device has no string there), and the
--              arguments in brackets, in hex
--   complete   whether the message has a format and as many arguments as the format wants
CREATE MACRO messages(stream) AS TABLE
	WITH events AS (
		SELECT * EXCLUDE (starts), sum(starts) OVER (ORDER BY tick) AS part
		FROM (SELECT *, CASE WHEN tick = lag(tick) OVER (ORDER BY tick) + 1 THEN 0 ELSE 1 END AS starts
			FROM query('SELECT ts, tick, event_id, tmsn, tdsn, parameter FROM ' || _table(stream)))
	), numbered AS (
		SELECT *, count(CASE WHEN tdsn = 0 THEN 1 END) OVER (PARTITION BY part, event_id, tmsn ORDER BY tick ROWS UNBOUNDED PRECEDING) AS number FROM events
	), together AS (
		SELECT min(ts) AS ts, min(tick) AS tick, event_id, any_value(parameter) FILTER (tdsn = 0) AS address,
			coalesce(list(parameter ORDER BY tick) FILTER (tdsn > 0), []) AS arguments,
			coalesce(list(tdsn::BIGINT ORDER BY tick) FILTER (tdsn > 0), []) = range(1, count(*) FILTER (tdsn > 0) + 1) AS in_order
		FROM numbered GROUP BY part, event_id, tmsn, number
	), known AS (
		SELECT t.*, CASE WHEN t.address < s.address + length(s.format) THEN substr(s.format, (t.address - s.address)::BIGINT + 1) END AS format
		FROM together t ASOF LEFT JOIN query('SELECT address, format FROM ' || _catalog(stream) || 'trace_strings WHERE stream = ' || _text(_stream(stream))) s
			ON t.address >= s.address
	), plain AS (
		SELECT *, _plain_format(format) AS wanted, _conversions(wanted) AS conversions, coalesce(in_order AND len(conversions) = len(arguments), false) AS complete
		FROM known
	)
	SELECT ts, tick, event_id,
		coalesce(CASE WHEN complete THEN _printed(wanted, arguments, conversions) END,
			coalesce(format, printf('0x%08x', address), '?') || ' [' || array_to_string(list_transform(arguments, a -> printf('0x%x', a)), ', ') || ']') AS message,
		complete
	FROM plain ORDER BY tick;
