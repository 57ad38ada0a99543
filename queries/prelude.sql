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

-- SECTION: events

-- Durations are intervals, or texts that DuckDB reads as one: INTERVAL 5 milliseconds, '5 ms', '100 us'.
CREATE MACRO _duration_ns(duration) AS epoch_ns(duration::INTERVAL);
CREATE MACRO _back(ts, ns) AS make_timestamp_ns(epoch_ns(ts) - ns);

-- Deltas that are known, each with the number of ticks before it that are not: two rows that stand beside each other here
-- followed each other in the recording when they have the same number.
CREATE MACRO _known(stream, counter) AS TABLE
	SELECT *, tick - row_number() OVER () AS unknown FROM deltas(stream, counter) WHERE delta IS NOT NULL;

-- Runs of ticks in which a counter moved at a threshold or faster. Two runs are one burst when no more than `merge` lies between
-- them; with nothing to merge a burst ends at every tick that is slower, or not known.
--   threshold   per second, in the unit of the counter
--   merge       a duration, '0 s' unless given
-- Columns:
--   begin       the read before the first fast tick: the burst began after it
--   until       the read that ends the last fast tick
--   dur_ns      from begin to until
--   moved       by how much the counter moved from begin to until; null when it was reset in between
--   peak_per_s  rate of the fastest tick
--   mean_per_s  moved per second of dur_ns
--   ticks       from begin to until
--   unknown     how many of them are not known, because of a gap, a reset or a value that could not be read. It is 0 unless
--               a merge reached across them; the counter still tells how much it moved meanwhile, but not how fast
CREATE MACRO bursts(stream, counter, threshold, merge := '0 s') AS TABLE
	WITH fast AS (
		SELECT *, epoch_ns(ts) - dt_ns AS begin_ns FROM _known(stream, counter) WHERE delta * 1e9 / dt_ns >= threshold
	), beside AS (
		SELECT *, begin_ns - lag(epoch_ns(ts)) OVER () AS pause_ns, lag(value) OVER () AS left_at FROM fast
	), numbered AS (
		SELECT *, count(CASE WHEN pause_ns <= _duration_ns(merge) THEN NULL ELSE 1 END) OVER (ROWS UNBOUNDED PRECEDING) AS number FROM beside
	), stepped AS (
		SELECT *, pause_ns IS NULL OR pause_ns > _duration_ns(merge) AS first,
			_step(CASE WHEN value >= delta THEN value - delta ELSE highest - delta + value + 1 END, left_at, highest) AS between_them
		FROM numbered, _moving(stream, counter)
	), grouped AS (
		SELECT min(begin_ns) AS begin_ns, max(ts) AS until, max(epoch_ns(ts)) - min(begin_ns) AS dur_ns,
			CASE WHEN count(*) FILTER (NOT first AND between_them IS NULL) = 0
				THEN sum(delta) + coalesce(sum(between_them) FILTER (NOT first), 0) END AS moved,
			max(delta * 1e9 / dt_ns) AS peak_per_s, max(tick) - min(tick) + 1 AS ticks, max(unknown) - min(unknown) AS unknown
		FROM stepped GROUP BY number
	)
	SELECT make_timestamp_ns(begin_ns) AS begin, until, dur_ns, moved, peak_per_s, moved * 1e9 / dur_ns AS mean_per_s, ticks, unknown
	FROM grouped ORDER BY begin;

-- Times in which a counter stood still.
--   minimum  a duration; shorter ones are left out
-- Columns:
--   begin    the first read of the value at which it stood
--   until    the last
--   dur_ns   from begin to until; it stood for this long at least
--   ticks    from begin to until
--   cut      null when it was seen to move right before and right after. Otherwise it may have stood for longer: 'begin', 'until' or
--            'both' name the side at which nothing is known, because of a gap, a reset, a value that could not be read, or an end of the recording
CREATE MACRO stalls(stream, counter, minimum) AS TABLE
	WITH kinds AS (
		SELECT ts, tick, dt_ns, CASE WHEN delta IS NULL THEN 'unknown' WHEN delta > 0 THEN 'moved' ELSE 'stood' END AS kind
		FROM deltas(stream, counter)
	), edges AS (
		SELECT * FROM (SELECT *, lag(kind) OVER () AS p_kind, lag(ts) OVER () AS p_ts, lag(tick) OVER () AS p_tick FROM kinds)
		WHERE kind IS DISTINCT FROM p_kind
	), runs AS (
		SELECT *, lead(kind) OVER () AS n_kind, lead(p_ts) OVER () AS n_ts, lead(p_tick) OVER () AS n_tick FROM edges
	), ends AS (
		SELECT kind, p_kind, n_kind, epoch_ns(ts) - dt_ns AS begin_ns, coalesce(n_ts, last_ts) AS until, coalesce(n_tick, last_tick) - tick + 1 AS ticks
		FROM runs, (SELECT max(ts) AS last_ts, max(tick) AS last_tick FROM readings(stream, counter))
	)
	SELECT make_timestamp_ns(begin_ns) AS begin, until, epoch_ns(until) - begin_ns AS dur_ns, ticks,
		CASE WHEN p_kind = 'moved' AND n_kind = 'moved' THEN NULL WHEN p_kind = 'moved' THEN 'until' WHEN n_kind = 'moved' THEN 'begin' ELSE 'both' END AS cut
	FROM ends WHERE kind = 'stood' AND epoch_ns(until) - begin_ns >= _duration_ns(minimum) ORDER BY begin;

-- What is looked at when a counter crosses a threshold: its rate, or the value of what has no rate. What is not known is left out.
CREATE MACRO _signal(stream, counter) AS TABLE
	SELECT ts, tick, level FROM (
		SELECT ts, tick, CASE WHEN semantics <> 'counter' THEN value::DOUBLE ELSE _step(value, p_value, highest) * 1e9 / dt_ns END AS level
		FROM _pairs(stream, counter), _counter(stream, counter)
	) WHERE level IS NOT NULL;

-- Each time the rate of a counter, or the value of a gauge, reaches a threshold or falls below it. Directions alternate.
--   threshold  per second for a counter
--   rearm      it has only fallen when it is below this; a value lower than the threshold, so that a level that wavers
--              around the threshold is crossed once. The threshold unless given
-- Columns:
--   ts, tick   of the first read on the other side
--   direction  up (now at or above the threshold) or down
--   level      what was read there
--   within_ns  it was crossed within this time before ts: since the last read that was on the other side. Longer than
--              a period where ticks between are not known, or where the level was between rearm and threshold
CREATE MACRO crossings(stream, counter, threshold, rearm := NULL) AS TABLE
	WITH sides AS (
		SELECT *, level >= threshold AS above FROM _signal(stream, counter) WHERE level >= threshold OR level < coalesce(rearm, threshold)
	), beside AS (
		SELECT *, lag(above) OVER () AS p_above, lag(ts) OVER () AS p_ts FROM sides
	)
	SELECT ts, tick, CASE WHEN above THEN 'up' ELSE 'down' END AS direction, level, epoch_ns(ts) - epoch_ns(p_ts) AS within_ns
	FROM beside WHERE above <> p_above;

-- A table of the recording itself; of another attached recording when it is named.
CREATE MACRO _table(recording, name) AS TABLE FROM query('FROM ' || CASE WHEN recording = '' THEN '' ELSE recording || '.' END || name);

-- Until when a recording reaches: its end, or the last commit of one that was not finalised.
CREATE MACRO _reaches(recording) AS TABLE
	SELECT coalesce((SELECT max(ended_at) FROM _table(recording, 'recording')), (SELECT max(ts) FROM _table(recording, 'sampler_stats')),
		(SELECT max(ts) FROM _table(recording, 'marks'))) AS until;

-- Marks as intervals. NAME_start lasts to the next NAME_end; any other mark lasts to the next one that is neither a start nor an
-- end. 'suspended' is a moment: the clock of a recording stands while the machine sleeps.
--   recording  the name of an attached recording; this one unless given
-- Columns:
--   name       without _start
--   detail     of the mark that began it
--   begin, until, dur_ns
--   closed     false when no mark ended it; it is then taken to last to the end of the recording
CREATE MACRO intervals(recording := '') AS TABLE
	WITH named AS (
		SELECT *, CASE WHEN name LIKE '%\_start' ESCAPE '\' THEN 'start' WHEN name LIKE '%\_end' ESCAPE '\' THEN 'end' WHEN name = 'suspended' THEN 'moment' ELSE 'plain' END AS kind,
			CASE WHEN kind IN ('start', 'end') THEN regexp_replace(name, '_(start|end)$', '') ELSE name END AS label
		FROM _table(recording, 'marks') WHERE name <> 'suspended'
	), followed AS (
		SELECT *, lead(ts) OVER same AS next_ts, lead(kind) OVER same AS next_kind
		FROM named WINDOW same AS (PARTITION BY CASE WHEN kind = 'plain' THEN '' ELSE label END, kind = 'plain' ORDER BY ts)
	)
	SELECT label AS name, detail, ts AS begin, coalesce(next_ts, reach.until) AS until, epoch_ns(coalesce(next_ts, reach.until)) - epoch_ns(ts) AS dur_ns,
		next_ts IS NOT NULL AND (kind = 'plain' OR next_kind = 'end') AS closed
	FROM followed, _reaches(recording) AS reach WHERE kind <> 'end' ORDER BY begin, name;
