-- SPDX-License-Identifier: Apache-2.0
-- Readings and rates
-- One counter, read by read.

-- The value after which a counter of `width` bits wraps to 0.
CREATE MACRO _highest(width) AS 18446744073709551615 >> (64 - width);

-- What is known of a counter: one row. Fails where the stream has no such counter.
--   id, unit, semantics
--   highest    the value after which it wraps to 0
--   period_ns  of its stream: as requested, or as a device granted it
CREATE MACRO _counter(stream, counter) AS TABLE
	SELECT any_value(id) AS id, any_value(unit) AS unit, any_value(semantics) AS semantics, any_value(period_ns) AS period_ns,
		_highest(any_value(width)) AS highest
	FROM query('SELECT c.*, coalesce(s.granted_ns, s.period_ns) AS period_ns FROM ' || _catalog(stream) || 'counters c JOIN ' || _catalog(stream) || 'streams s ON s.name = c.stream
		WHERE c.stream = ' || _text(_stream(stream)) || ' AND c.column_name = coalesce(
			(SELECT any_value(o.column_name) FROM ' || _catalog(stream) || 'counters o WHERE o.stream = ' || _text(_stream(stream)) || ' AND o.column_name = ' || _text(_column(counter)) || '),
			' || _text(_device_column(counter)) || ')' ||
		CASE WHEN contains(counter, ':') THEN ' AND c.id = ' || _text(counter) ELSE '' END)
	HAVING CASE WHEN count(*) = 0 THEN error(_unknown(stream, counter)) ELSE true END;

-- The same as _counter(). Fails for a gauge or a flag, which have no rate.
CREATE MACRO _moving(stream, counter) AS TABLE
	FROM _counter(stream, counter) WHERE CASE WHEN semantics = 'counter' THEN true
		ELSE error(id || ' is a ' || semantics || ', which has values but no rate; use readings(' || _text(stream) || ', ' || _text(counter) || ')') END;

-- How far a counter moved from one read to the next. A step back is a wrap when the way across the top is shorter than half the
-- range. Otherwise it is a reset, after which nothing is known: null. A value above 2^width - 1 shows that the counter is wider
-- than its source said: steps up to such a value count, and the step back from it is a reset.
CREATE MACRO _step(value, previous, highest) AS
	CASE WHEN value >= previous THEN value - previous
		WHEN previous > highest THEN NULL
		WHEN highest - previous + value < highest // 2 THEN highest - previous + value + 1
	END;

-- The values of a counter, in the order of ticks: of _column() where the table has it, else of _device_column(), else of `missing`, a row
-- that is an error. Whether the column is that of the id is up to _counter().
CREATE MACRO _cells(stream, counter) AS TABLE
	FROM query('SELECT ts, tick, read_ns, COLUMNS(CASE WHEN list_contains((*), ' || _text(_column(counter)) || ') THEN [' || _text(_column(counter)) || ']
			WHEN list_contains((*), ' || _text(_device_column(counter)) || ') THEN [' || _text(_device_column(counter)) || '] ELSE [''_missing''] END) AS value
		FROM (SELECT error(' || _text(_unknown(stream, counter)) || ') AS _missing) AS missing, ' || _table(stream));

-- The values of a counter, a gauge or a flag as they were read.
--   ts, tick, read_ns  as in the stream
--   value              null where it could not be read
CREATE MACRO readings(stream, counter) AS TABLE
	FROM query('SELECT r.* FROM _cells(' || _text(stream) || ', ' || _text(counter) || ') AS r' ||
		CASE WHEN contains(counter, ':') THEN ', _counter(' || _text(stream) || ', ' || _text(counter) || ')' ELSE '' END);

-- Each read with the read before it. The columns of the earlier read are null where a tick is missing between the two.
CREATE MACRO _pairs(stream, counter) AS TABLE
	SELECT ts, tick, read_ns, value,
		CASE WHEN tick = p_tick + 1 THEN p_value END AS p_value,
		CASE WHEN tick = p_tick + 1 THEN epoch_ns(ts) - p_ns END AS dt_ns,
		p_read_ns, p_tick
	FROM (
		SELECT *, lag(value) OVER () AS p_value, lag(tick) OVER () AS p_tick, lag(epoch_ns(ts)) OVER () AS p_ns, lag(read_ns) OVER () AS p_read_ns
		FROM _cells(stream, counter)
	);

-- How far a counter moved between reads that follow each other.
--   ts, tick  of the later read
--   dt_ns     time since the read before; null after a gap and for the first read
--   value     as read
--   delta     how far the counter moved, in its unit; null across a gap, after a reset and for a value that could not be read
CREATE MACRO deltas(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, value, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
	FROM _pairs(stream, counter), _moving(stream, counter);

-- How fast a counter moved between reads that follow each other.
--   ts, tick  of the later read
--   dt_ns     time since the read before
--   delta     how far the counter moved
--   per_s     delta per second
CREATE MACRO rate(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, delta, delta * 1e9 / dt_ns AS per_s FROM deltas(stream, counter) WHERE delta IS NOT NULL;

-- The bounds of the true rate. A value was read at some moment between ts and ts + read_ns. So two reads are at least as far apart
-- as the end of the first window and the start of the second, and at most as far as the start of the first and the end of the second.
--   ts, tick  of the later read
--   dt_ns     time since the read before, from start to start
--   delta     how far the counter moved
--   slowest   delta per second over the longest time
--   per_s     delta per second of dt_ns
--   fastest   delta per second over the shortest time; null where the windows touch or overlap, since nothing bounds the rate then
CREATE MACRO rate_band(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, delta, delta * 1e9 / (dt_ns + read_ns) AS slowest, delta * 1e9 / dt_ns AS per_s,
		CASE WHEN dt_ns > p_read_ns THEN delta * 1e9 / (dt_ns - p_read_ns) END AS fastest
	FROM (
		SELECT *, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
		FROM _pairs(stream, counter), _moving(stream, counter)
	) WHERE delta IS NOT NULL;
