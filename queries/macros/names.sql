-- SPDX-License-Identifier: Apache-2.0
-- Names and lengths of time
-- How the other macros turn their arguments into SQL. A stream is the name of a table (streams.name), or of a table of another attached
-- recording ('other.net'). A counter is its column ('eth0_rx_bytes', counters.column_name) or its id ('net:eth0/rx_bytes', counters.id).
--
-- Names that start with an underscore are parts of the other macros. `lag(..) OVER ()` looks at rows in the order in which they are stored,
-- which is the order of their ticks, and DuckDB streams it. It may stand on a table alone: after a filter or a join DuckDB does not keep
-- the order, and a window has to say ORDER BY. Two rows are only compared when their ticks follow each other.

-- A name that SQL takes without quotes: a text that does not start with a letter gets a prefix, as in base/text.ts.
CREATE MACRO _identifier(text, prefix) AS CASE WHEN regexp_matches(text, '^[a-z]') THEN text ELSE prefix || '_' || text END;

-- A name of a counter of a source as a column, as base/text.ts makes it: 'eth0/rx-bytes' to 'eth0_rx_bytes'.
CREATE MACRO _named(name, source) AS _identifier(trim(regexp_replace(lower(name), '[^a-z0-9]+', '_', 'g'), '_'), source);

-- The column of a counter: that of 'net:eth0/rx_bytes' is eth0_rx_bytes, that of 'softirq:0/x' is softirq_0_x. A text without a colon
-- is the column itself.
CREATE MACRO _column(counter) AS
	CASE WHEN contains(counter, ':') THEN _named(substr(counter, strpos(counter, ':') + 1), split_part(counter, ':', 1)) ELSE counter END;

-- The column of a counter in a stream of one device, which its columns do not name: that of 'mlx5:0000:08:00.0/0x7f01' is mlx5_0x7f01.
CREATE MACRO _device_column(counter) AS
	CASE WHEN contains(counter, ':')
		THEN _named(substr(counter, greatest(strpos(counter, ':'), strpos(counter, '/')) + 1), split_part(counter, ':', 1))
		ELSE counter END;

-- A text literal.
CREATE MACRO _text(value) AS '''' || replace(value, '''', '''''') || '''';

-- A quoted identifier.
CREATE MACRO _quoted(name) AS '"' || replace(name, '"', '""') || '"';

-- The recording that a stream is of, as a prefix of SQL: 'other.net' to '"other".', 'net' to ''.
CREATE MACRO _catalog(stream) AS CASE WHEN contains(stream, '.') THEN _quoted(split_part(stream, '.', 1)) || '.' ELSE '' END;

-- The stream without its recording: 'other.net' to 'net'.
CREATE MACRO _stream(stream) AS CASE WHEN contains(stream, '.') THEN split_part(stream, '.', 2) ELSE stream END;

-- The table of a stream.
CREATE MACRO _table(stream) AS _catalog(stream) || _quoted(_stream(stream));

-- The sentence for a counter that the stream does not have.
CREATE MACRO _unknown(stream, counter) AS counter || ' is not a counter of ' || stream || '; FROM counters lists all of them';

-- A length of time in nanoseconds: from an INTERVAL, from a text that is one ('10 ms'), or from a number of nanoseconds.
CREATE MACRO _ns(length) AS coalesce(
	try_cast(length::VARCHAR AS UBIGINT), try_cast(epoch_ns(try_cast(length::VARCHAR AS INTERVAL)) AS UBIGINT),
	error('a length of time is an interval (INTERVAL 1 SECOND), a text that is one (''10 ms'') or a number of nanoseconds, not ' || length::VARCHAR));
