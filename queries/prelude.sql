-- SPDX-License-Identifier: Apache-2.0
-- Counter arithmetic as table macros. Every recording holds a copy, so that any DuckDB client has them: FROM rate('net', 'eth0_rx_bytes').
--
--   stream    name of a stream (streams.name); of another attached recording: 'other.net'
--   counter   its column ('eth0_rx_bytes', counters.column_name), or its id ('net:eth0/rx_bytes', counters.id)
--
-- Names that begin with an underscore are parts of the others. Rows are taken in the order in which they are stored, which is that
-- of their ticks; a pair of rows is only ever compared when their ticks follow each other, so a different order could hide a step
-- but never invent one.

-- SECTION: names

-- 'net:eth0/rx-bytes' to 'eth0_rx_bytes' and 'softirq:0/x' to 'softirq_0_x', as base/text.ts names columns; anything without a
-- colon is taken as a column.
CREATE MACRO _identifier(text, prefix) AS CASE WHEN regexp_matches(text, '^[a-z]') THEN text ELSE prefix || '_' || text END;
CREATE MACRO _column(counter) AS
	CASE WHEN contains(counter, ':')
		THEN _identifier(trim(regexp_replace(lower(substr(counter, strpos(counter, ':') + 1)), '[^a-z0-9]+', '_', 'g'), '_'), split_part(counter, ':', 1))
		ELSE counter END;

CREATE MACRO _text(value) AS '''' || replace(value, '''', '''''') || '''';

-- 'other.net' to 'other.', 'net' to ''.
CREATE MACRO _catalog(stream) AS CASE WHEN contains(stream, '.') THEN split_part(stream, '.', 1) || '.' ELSE '' END;
CREATE MACRO _stream(stream) AS CASE WHEN contains(stream, '.') THEN split_part(stream, '.', 2) ELSE stream END;

-- SECTION: arithmetic

-- What is known of a counter: one row. Fails where it is no counter of the stream.
--   id, unit, semantics
--   highest    the value after which it wraps to 0: 2^width - 1
--   period_ns  of its stream, as requested
CREATE MACRO _counter(stream, counter) AS TABLE
	SELECT any_value(id) AS id, any_value(unit) AS unit, any_value(semantics) AS semantics, any_value(period_ns) AS period_ns,
		CASE WHEN count(*) = 0 THEN error(counter || ' is no counter of ' || stream || '; FROM counters lists all') ELSE
			CASE any_value(width) WHEN 64 THEN 18446744073709551615 ELSE (1::UBIGINT << any_value(width)) - 1 END END AS highest
	FROM query('SELECT c.*, s.period_ns FROM ' || _catalog(stream) || 'counters c JOIN ' || _catalog(stream) || 'streams s ON s.name = c.stream
		WHERE c.stream = ' || _text(_stream(stream)) || ' AND c.column_name = ' || _text(_column(counter)));

-- The same, and fails for what has no rate.
CREATE MACRO _moving(stream, counter) AS TABLE
	SELECT * REPLACE (CASE WHEN semantics = 'counter' THEN semantics
		ELSE error(id || ' is a ' || semantics || ', which has values but no rate; use readings(' || _text(stream) || ', ' || _text(counter) || ')') END AS semantics)
	FROM _counter(stream, counter);

-- By how much a counter moved from one read to the next. A step back is a wrap when the way over the top is shorter than half
-- the range, and otherwise a reset, after which nothing is known: null.
CREATE MACRO _step(value, previous, highest) AS
	CASE WHEN value >= previous THEN value - previous
		WHEN previous > highest THEN NULL
		WHEN highest - previous + value < highest // 2 THEN highest - previous + value + 1
	END;

-- The values of a counter as they were read.
--   ts, tick, read_ns  as in the stream
--   value              null where it could not be read
CREATE MACRO readings(stream, counter) AS TABLE
	FROM query('SELECT ts, tick, read_ns, "' || _column(counter) || '" AS value FROM ' || stream);

-- Each reading beside the one before it, where no tick is missing between the two; the first row of each run of ticks has nulls.
CREATE MACRO _pairs(stream, counter) AS TABLE
	SELECT ts, tick, read_ns, value,
		CASE WHEN tick = p_tick + 1 THEN p_value END AS p_value,
		CASE WHEN tick = p_tick + 1 THEN epoch_ns(ts) - p_ns END AS dt_ns,
		p_read_ns, p_tick
	FROM (
		SELECT *, lag(value) OVER () AS p_value, lag(tick) OVER () AS p_tick, lag(epoch_ns(ts)) OVER () AS p_ns, lag(read_ns) OVER () AS p_read_ns
		FROM readings(stream, counter)
	);

-- By how much a counter moved between reads that followed each other.
--   ts, tick  of the later read
--   dt_ns     since the read before; null after a gap and for the first read
--   value     as read
--   delta     moved by, in the unit of the counter; null across a gap, a reset and a value that could not be read
CREATE MACRO deltas(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, value, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
	FROM _pairs(stream, counter), _moving(stream, counter);

-- How fast a counter moved between reads that followed each other.
--   ts, tick  of the later read
--   dt_ns     since the read before
--   delta     moved by
--   per_s     delta per second
CREATE MACRO rate(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, delta, delta * 1e9 / dt_ns AS per_s FROM deltas(stream, counter) WHERE delta IS NOT NULL;

-- SECTION: many counters

-- By how much each counter of a stream moved from one stored read to the next, across missing ticks too: what was counted in a gap
-- is counted, only not how fast. For one counter at full precision see deltas.
--   pattern   a regular expression over the columns: '_dropped$'
--   ts, tick  of the later read
--   missed    ticks between the two reads that were not stored; null for the first read
--   dt_ns     between the two reads
--   id, source, instance, name, unit, width  of the counter
--   value, previous  as read
--   delta     moved by, in the unit of the counter; null for the first read, after a reset and beside a value that could not be read
CREATE MACRO steps(stream, pattern) AS TABLE
	SELECT ts, tick, missed, dt_ns, id, source, instance, name, unit, width, pair.value AS value, pair.previous AS previous,
		_step(pair.value, pair.previous, CASE width WHEN 64 THEN 18446744073709551615 ELSE (1::UBIGINT << width) - 1 END) AS delta
	FROM query('SELECT p.*, c.* EXCLUDE (stream, column_name) FROM (
			UNPIVOT (
				SELECT ts, tick, tick - lag(tick) OVER () - 1 AS missed, epoch_ns(ts) - lag(epoch_ns(ts)) OVER () AS dt_ns,
					{''value'': TRY_CAST(COLUMNS(' || _text(pattern) || ') AS UBIGINT),
					 ''previous'': lag(TRY_CAST(COLUMNS(' || _text(pattern) || ') AS UBIGINT)) OVER ()} AS ''\0''
				FROM ' || stream || ')
			ON COLUMNS(* EXCLUDE (ts, tick, missed, dt_ns)) INTO NAME column_name VALUE pair) p
		JOIN ' || _catalog(stream) || 'counters c ON c.column_name = p.column_name AND c.stream = ' || _text(_stream(stream)) || '
			AND c.semantics = ''counter''');

-- When the counters of a stream that ought to stand still moved: runs of moves, joined where less than merge_ns lies between two.
--   id, instance, name, unit  of the counter
--   "begin", dur_ns           the first read that saw a move, and from there to the last one
--   moved                     in the unit of the counter
--   reads                     that saw a move
--   in_gaps                   of moved: how much was seen right after missing ticks, so that it cannot be told when it happened
CREATE MACRO episodes(stream, pattern, merge_ns) AS TABLE
	SELECT id, instance, name, unit, min(ts) AS "begin", epoch_ns(max(ts)) - epoch_ns(min(ts)) AS dur_ns,
		sum(delta)::UBIGINT AS moved, count(*) AS reads, coalesce(sum(delta) FILTER (missed > 0), 0)::UBIGINT AS in_gaps
	FROM (
		SELECT *, sum(opens) OVER (PARTITION BY id ORDER BY tick) AS episode
		FROM (
			SELECT *, coalesce(epoch_ns(ts) - lag(epoch_ns(ts)) OVER (PARTITION BY id ORDER BY tick) > merge_ns, true)::INT AS opens
			FROM steps(stream, pattern) WHERE delta > 0
		)
	)
	GROUP BY id, instance, name, unit, episode;
