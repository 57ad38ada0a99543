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

-- How fast the counters of a stream were, window by window. A step counts for the window that holds its middle; steps across missing
-- ticks are left out, and coverage says how much of the window was seen.
--   id, instance, name, unit  of the counter
--   "begin"                   of the window, a whole multiple of width_ns since 1970
--   moved                     in the unit of the counter
--   covered_ns, coverage      time between reads that was seen, and its share of the window
--   per_s                     moved per second of what was seen
CREATE MACRO windows(stream, pattern, width_ns) AS TABLE
	SELECT id, instance, name, unit, make_timestamp_ns(slot * width_ns::BIGINT) AS "begin", sum(delta)::UBIGINT AS moved,
		sum(dt_ns)::BIGINT AS covered_ns, least(1, covered_ns / width_ns) AS coverage, sum(delta) * 1e9 / sum(dt_ns) AS per_s
	FROM (SELECT *, (epoch_ns(ts) - dt_ns // 2) // width_ns::BIGINT AS slot FROM steps(stream, pattern) WHERE missed = 0 AND delta IS NOT NULL)
	GROUP BY id, instance, name, unit, slot;

-- When the counters of a stream were much faster than usual: runs of windows, at least half of each seen, in which the rate was
-- more than factor times the usual one and at least `least` were counted. Usual is the median of all windows of the counter or their
-- mean, whichever is larger: a counter that mostly stands still does not surge whenever it moves.
--   id, instance, name, unit  of the counter
--   "begin", dur_ns           of the windows
--   moved, per_s, peak_per_s  in them; the peak is that of the fastest window
--   usual_per_s, times        the usual rate, and how many times that the peak is
CREATE MACRO surges(stream, pattern, width_ns, factor, least) AS TABLE
	SELECT id, instance, name, unit, min("begin") AS "begin", epoch_ns(max("begin")) - epoch_ns(min("begin")) + width_ns::BIGINT AS dur_ns,
		sum(moved)::UBIGINT AS moved, sum(moved) * 1e9 / sum(covered_ns) AS per_s, max(per_s) AS peak_per_s,
		any_value(usual) AS usual_per_s, peak_per_s / usual_per_s AS times
	FROM (
		SELECT *, sum(opens) OVER (PARTITION BY id ORDER BY "begin") AS run
		FROM (
			SELECT *, coalesce(epoch_ns("begin") - lag(epoch_ns("begin")) OVER (PARTITION BY id ORDER BY "begin") > width_ns, true)::INT AS opens
			FROM (SELECT *, greatest(median(per_s) OVER own, avg(per_s) OVER own) AS usual FROM windows(stream, pattern, width_ns) WHERE coverage >= 0.5 WINDOW own AS (PARTITION BY id))
			WHERE per_s > factor * usual AND moved >= least
		)
	)
	GROUP BY id, instance, name, unit, run;

-- When the rate of a counter went from one level to another and stayed there for a while: where the mean of four windows differs most
-- from that of the four before them.
--   id, instance, name, unit      of the counter
--   changed_at                    begin of the first window at the new level
--   before_per_s, after_per_s     means of the four windows on either side
--   times                         the larger of the two by the smaller; null where that is 0
CREATE MACRO jumps(stream, pattern, width_ns, factor, least) AS TABLE
	SELECT id, instance, name, unit, "begin" AS changed_at, before AS before_per_s, after AS after_per_s,
		greatest(before, after) / nullif(least(before, after), 0) AS times
	FROM (
		SELECT *, max(size) OVER (near ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING) AS earlier, max(size) OVER (near ROWS BETWEEN 1 FOLLOWING AND 4 FOLLOWING) AS later
		FROM (
			SELECT *, CASE WHEN count(*) OVER sides = 8 THEN abs(after - before) END AS size
			FROM (
				SELECT *, avg(per_s) OVER (side ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING) AS before,
					avg(per_s) OVER (side ROWS BETWEEN CURRENT ROW AND 3 FOLLOWING) AS after
				FROM windows(stream, pattern, width_ns) WHERE coverage >= 0.5
				WINDOW side AS (PARTITION BY id ORDER BY "begin")
			)
			WINDOW sides AS (PARTITION BY id ORDER BY "begin" ROWS BETWEEN 4 PRECEDING AND 3 FOLLOWING)
		)
		WINDOW near AS (PARTITION BY id ORDER BY "begin")
	)
	WHERE greatest(before, after) > factor * least(before, after) AND size * width_ns / 1e9 >= least
		AND size > coalesce(earlier, -1) AND size >= coalesce(later, -1);
