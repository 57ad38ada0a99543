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
CREATE MACRO _quoted(name) AS '"' || replace(name, '"', '""') || '"';

-- 'other.net' to '"other".', 'net' to ''.
CREATE MACRO _catalog(stream) AS CASE WHEN contains(stream, '.') THEN _quoted(split_part(stream, '.', 1)) || '.' ELSE '' END;
CREATE MACRO _stream(stream) AS CASE WHEN contains(stream, '.') THEN split_part(stream, '.', 2) ELSE stream END;
CREATE MACRO _table(stream) AS _catalog(stream) || _quoted(_stream(stream));

CREATE MACRO _unknown(stream, counter) AS counter || ' is no counter of ' || stream || '; FROM counters lists all of them';

-- A length of time in nanoseconds: from an INTERVAL, a text that is one ('10 ms'), or a number of nanoseconds.
CREATE MACRO _ns(length) AS coalesce(
	try_cast(length::VARCHAR AS UBIGINT), try_cast(epoch_ns(try_cast(length::VARCHAR AS INTERVAL)) AS UBIGINT),
	error('a length of time is an interval (INTERVAL 1 SECOND), a text that is one (''10 ms'') or a number of nanoseconds, not ' || length::VARCHAR));

-- SECTION: arithmetic

-- What is known of a counter: one row. Fails where it is no counter of the stream.
--   id, unit, semantics
--   highest    the value after which it wraps to 0: 2^width - 1
--   period_ns  of its stream, as requested
CREATE MACRO _counter(stream, counter) AS TABLE
	SELECT any_value(id) AS id, any_value(unit) AS unit, any_value(semantics) AS semantics, any_value(period_ns) AS period_ns,
		CASE any_value(width) WHEN 64 THEN 18446744073709551615 ELSE (1::UBIGINT << any_value(width)) - 1 END AS highest
	FROM query('SELECT c.*, s.period_ns FROM ' || _catalog(stream) || 'counters c JOIN ' || _catalog(stream) || 'streams s ON s.name = c.stream
		WHERE c.stream = ' || _text(_stream(stream)) || ' AND c.column_name = ' || _text(_column(counter)) ||
		CASE WHEN contains(counter, ':') THEN ' AND c.id = ' || _text(counter) ELSE '' END)
	HAVING CASE WHEN count(*) = 0 THEN error(_unknown(stream, counter)) ELSE true END;

-- The same, and fails for what has no rate.
CREATE MACRO _moving(stream, counter) AS TABLE
	FROM _counter(stream, counter) WHERE CASE WHEN semantics = 'counter' THEN true
		ELSE error(id || ' is a ' || semantics || ', which has values but no rate; use readings(' || _text(stream) || ', ' || _text(counter) || ')') END;

-- By how much a counter moved from one read to the next. A step back is a wrap when the way over the top is shorter than half
-- the range, and otherwise a reset, after which nothing is known: null. A value above 2^width - 1 shows that the counter is wider
-- than its source said: steps up to it count, the step back from it is a reset.
CREATE MACRO _step(value, previous, highest) AS
	CASE WHEN value >= previous THEN value - previous
		WHEN previous > highest THEN NULL
		WHEN highest - previous + value < highest // 2 THEN highest - previous + value + 1
	END;

-- The cells of a column. One that the stream does not have is looked for further out, and found in a row that is nothing but an error.
CREATE MACRO _cells(stream, counter) AS TABLE
	FROM query('SELECT r.* FROM (SELECT error(' || _text(_unknown(stream, counter)) || ') AS ' || _quoted(_column(counter)) || ') AS missing,
		LATERAL (SELECT ts, tick, read_ns, ' || _quoted(_column(counter)) || ' AS value FROM ' || _table(stream) || ') AS r');

-- The values of a counter, a gauge or a flag as they were read.
--   ts, tick, read_ns  as in the stream
--   value              null where it could not be read
CREATE MACRO readings(stream, counter) AS TABLE
	SELECT r.* FROM _cells(stream, counter) AS r, _counter(stream, counter);

-- Each reading beside the one before it, where no tick is missing between the two; the first row of each run of ticks has nulls.
CREATE MACRO _pairs(stream, counter) AS TABLE
	SELECT ts, tick, read_ns, value,
		CASE WHEN tick = p_tick + 1 THEN p_value END AS p_value,
		CASE WHEN tick = p_tick + 1 THEN epoch_ns(ts) - p_ns END AS dt_ns,
		p_read_ns, p_tick
	FROM (
		SELECT *, lag(value) OVER () AS p_value, lag(tick) OVER () AS p_tick, lag(epoch_ns(ts)) OVER () AS p_ns, lag(read_ns) OVER () AS p_read_ns
		FROM _cells(stream, counter)
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

-- Between which rates the true one lies. A value was read at some moment between ts and ts + read_ns, so two reads lie at least
-- from the end of the first window to the begin of the second apart, and at most from begin to end.
--   ts, tick  of the later read
--   dt_ns     since the read before, from begin to begin
--   delta     moved by
--   slowest   delta per second over the longest time
--   per_s     delta per second of dt_ns
--   fastest   delta per second over the shortest time; null where the windows touch or overlap: nothing bounds it
CREATE MACRO rate_band(stream, counter) AS TABLE
	SELECT ts, tick, dt_ns, delta, delta * 1e9 / (dt_ns + read_ns) AS slowest, delta * 1e9 / dt_ns AS per_s,
		CASE WHEN dt_ns > p_read_ns THEN delta * 1e9 / (dt_ns - p_read_ns) END AS fastest
	FROM (
		SELECT *, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
		FROM _pairs(stream, counter), _moving(stream, counter)
	) WHERE delta IS NOT NULL;

-- SECTION: time

-- A stream's ticks on the clock: one row.
--   start_ns   deadline of tick 0, nanoseconds since the epoch
--   period_ns  tick k is due at start_ns + k * period_ns
--   ticks      how many have been due
CREATE MACRO _schedule(stream) AS TABLE
	FROM query('SELECT epoch_ns(r.started_at)::UBIGINT AS start_ns, s.period_ns, greatest(s.ticks_scheduled,
			(SELECT max(ticks_accounted) FROM ' || _catalog(stream) || 'sampler_stats a WHERE a.stream = s.name),
			(SELECT max(tick) + 1 FROM ' || _table(stream) || '), 0) AS ticks
		FROM ' || _catalog(stream) || 'streams s, ' || _catalog(stream) || 'recording r WHERE s.name = ' || _text(_stream(stream)));

-- The same beside a bucket width; fails where that is no multiple of time that a tick fits in.
CREATE MACRO _grid(stream, width) AS TABLE
	FROM (SELECT *, _ns(width) AS width_ns FROM _schedule(stream)) WHERE CASE WHEN width_ns >= period_ns THEN true
		ELSE error('a bucket of ' || width_ns || ' ns holds no tick of ' || stream || ', which has one every ' || period_ns || ' ns; take wider buckets') END;

-- The first tick that is due at or after a moment, but no more than there are.
CREATE MACRO _tick_at(ns, start_ns, period_ns, ticks) AS
	CASE WHEN ns <= start_ns THEN 0::UBIGINT ELSE least((ns - start_ns + period_ns - 1) // period_ns, ticks) END;

-- Every bucket that a tick was due in, also where none was stored.
--   n      its number: begin in nanoseconds since the epoch, divided by the width
--   first  its first tick
--   due    how many ticks it has; those at the begin and the end of a recording have fewer
CREATE MACRO _buckets(stream, width) AS TABLE
	SELECT n, width_ns, _tick_at(n * width_ns, start_ns, period_ns, ticks) AS first,
		_tick_at((n + 1) * width_ns, start_ns, period_ns, ticks) - first AS due
	FROM (
		SELECT *, unnest(range((start_ns // width_ns)::BIGINT, ((start_ns + ticks * period_ns + width_ns - 1) // width_ns)::BIGINT))::UBIGINT AS n
		FROM _grid(stream, width)
	) WHERE due > 0;

-- The readings between which everything is known, in pairs: where a counter only grew and no tick is missing, its first and its
-- last reading tell all about those between. So runs of readings end before a step back, a missing tick or a value that could
-- not be read, at the border of a bucket, and at the last reading. One pass over the readings finds the breaks, another fetches
-- the borders; what is left is small.
--   ends, begins  whether a run ends or begins here; both for a run of one reading
CREATE MACRO _run_ends(stream, counter, width) AS TABLE
	SELECT tick, any_value(ts) AS ts, any_value(value) AS value, bool_or(ends) AS ends, bool_or(NOT ends) AS begins
	FROM (
		SELECT unnest([{tick: tick, ts: ts, value: value, ends: false}, {tick: p_tick, ts: p_ts, value: p_value, ends: true}], recursive := true)
		FROM (
			SELECT tick, ts, value, lag(tick) OVER () AS p_tick, lag(ts) OVER () AS p_ts, lag(value) OVER () AS p_value
			FROM _cells(stream, counter) WHERE value IS NOT NULL
		) WHERE value < p_value OR tick <> p_tick + 1 OR p_tick IS NULL
		UNION ALL
		SELECT tick, ts, value, ends FROM _cells(stream, counter) JOIN (
			SELECT unnest([first, first - 1]) AS border, unnest([false, true]) AS ends FROM _buckets(stream, width) WHERE first > 0
			UNION ALL SELECT max(tick), true FROM _cells(stream, counter) WHERE value IS NOT NULL
		) ON tick = border WHERE value IS NOT NULL
	) WHERE tick IS NOT NULL GROUP BY tick;

-- How far a counter moved in each bucket of time, and how fast on average: what bucket() says without its extremes, in one
-- lean pass. Buckets are aligned to multiples of the width on the recording's clock. A reading belongs to the bucket in which
-- its tick was due, and a delta to that of its later reading: the sum of `moved` is the sum of all deltas.
--   width     an INTERVAL, a text that is one, or nanoseconds; default 1 second
--   begin     of the bucket
--   moved     sum of the deltas; null where no two readings followed each other
--   mean      moved per second of the time between the readings whose deltas are known
--   coverage  share of the ticks due in the bucket at which the counter was read, 0 to 1
CREATE MACRO moved(stream, counter, width := INTERVAL 1 second) AS TABLE
	WITH pairs AS (
		SELECT tick, ts, value, begins, lag(tick) OVER w AS p_tick, lag(ts) OVER w AS p_ts, lag(value) OVER w AS p_value, lag(ends) OVER w AS p_ends
		FROM _run_ends(stream, counter, width) WINDOW w AS (ORDER BY tick)
	), steps AS (
		SELECT (g.start_ns + tick * g.period_ns) // g.width_ns AS n,
			CASE WHEN NOT p_ends OR tick = p_tick + 1 THEN _step(value, p_value, highest) END AS delta,
			CASE WHEN delta IS NOT NULL THEN epoch_ns(ts) - epoch_ns(p_ts) END AS dt_ns,
			begins::UBIGINT + CASE WHEN NOT p_ends THEN tick - p_tick ELSE 0 END AS present
		FROM pairs, _grid(stream, width) AS g, _moving(stream, counter)
	), sums AS (
		SELECT n, sum(delta) AS moved, sum(dt_ns) AS dt_ns, sum(present) AS present FROM steps GROUP BY n
	)
	SELECT make_timestamp_ns((n * width_ns)::BIGINT) AS begin, moved, moved * 1e9 / dt_ns AS mean, coalesce(present, 0) / due AS coverage
	FROM _buckets(stream, width) LEFT JOIN sums USING (n) ORDER BY n;

-- How fast a counter was in each bucket of time, with the extremes between single reads. Every delta is looked at: about four
-- times the work of moved(), which has the same buckets and the same moved, mean and coverage.
--   width        an INTERVAL, a text that is one, or nanoseconds; default 1 second
--   begin        of the bucket
--   first, last  rate per second at the first and last known delta of the bucket; null, as the next three, where there is none
--   min, max     slowest and fastest rate per second from one read to the next
--   mean         moved per second of the time between the readings whose deltas are known
--   moved        sum of the deltas
--   coverage     share of the ticks due in the bucket at which the counter was read, 0 to 1
CREATE MACRO bucket(stream, counter, width := INTERVAL 1 second) AS TABLE
	WITH steps AS (
		SELECT (g.start_ns + tick * g.period_ns) // g.width_ns AS n, tick, value,
			CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta,
			CASE WHEN delta IS NOT NULL THEN dt_ns END AS dt, delta * 1e9 / dt AS per_s
		FROM _pairs(stream, counter), _grid(stream, width) AS g, _moving(stream, counter)
	), sums AS (
		SELECT n, arg_min(per_s, tick) AS first, arg_max(per_s, tick) AS last, min(per_s) AS min, max(per_s) AS max,
			sum(delta) AS moved, sum(dt) AS dt_ns, count(value) AS present
		FROM steps GROUP BY n
	)
	SELECT make_timestamp_ns((b.n * b.width_ns)::BIGINT) AS begin, s.first, s.last, s.min, s.max, s.moved * 1e9 / s.dt_ns AS mean, s.moved,
		coalesce(s.present, 0) / b.due AS coverage
	FROM _buckets(stream, width) AS b LEFT JOIN sums AS s USING (n) ORDER BY b.n;

-- What a plot of that many points needs so that no spike is lost: of a counter the extremes of its rate per second, of a gauge or
-- a flag those of its values. Spans without any are left out, so that a plot can show them as holes.
--   points    how many spans to make of the recording, all of the same number of ticks; default 1000, at least 1
--   begin     deadline of the first tick of the span
--   min, max  lowest and highest of the span
CREATE MACRO envelope(stream, counter, points := 1000) AS TABLE
	WITH spans AS (
		SELECT s.start_ns, s.period_ns, greatest((s.ticks + points::UBIGINT - 1) // points::UBIGINT, 1) AS ticks, c.semantics
		FROM _schedule(stream) AS s, _counter(stream, counter) AS c
		WHERE CASE WHEN points >= 1 THEN true ELSE error('an envelope has at least one point, not ' || points) END
	)
	SELECT make_timestamp_ns((start_ns + n * ticks * period_ns)::BIGINT) AS begin, min, max FROM (
		SELECT r.tick // s.ticks AS n, any_value(s.ticks) AS ticks, any_value(s.start_ns) AS start_ns, any_value(s.period_ns) AS period_ns,
			min(r.value)::DOUBLE AS min, max(r.value)::DOUBLE AS max
		FROM _cells(stream, counter) AS r, (FROM spans WHERE semantics <> 'counter') AS s WHERE r.value IS NOT NULL GROUP BY n
		UNION ALL
		SELECT r.tick // s.ticks AS n, any_value(s.ticks), any_value(s.start_ns), any_value(s.period_ns),
			min(delta * 1e9 / dt_ns), max(delta * 1e9 / dt_ns)
		FROM (
			SELECT tick, dt_ns, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
			FROM _pairs(stream, counter), _counter(stream, counter) WHERE semantics = 'counter'
		) AS r, (FROM spans WHERE semantics = 'counter') AS s WHERE delta IS NOT NULL GROUP BY n
	) ORDER BY n;

-- How old the other stream's row may be: what was asked, or twice its period, as the reads of two ticks that follow each other are
-- less than that apart.
CREATE MACRO _tolerance(stream, tolerance) AS TABLE
	SELECT _ns(coalesce(tolerance::VARCHAR, (2 * period_ns)::VARCHAR))::BIGINT AS tolerance_ns FROM _schedule(stream);

-- Two streams of whatever periods side by side: to each row of the one the latest row of the other that was not read after it.
-- The columns are those of both tables inside a and b: SELECT ts, a.eth0_rx_bytes, b.c0_net_rx FROM align('net', 'softirq').
--   tolerance  how old the row of b may be, an INTERVAL, a text that is one, or nanoseconds; default two of its periods
--   ts, tick   of the row of a
--   age_ns     by how much the row of b was read before that of a; null, as b, where none was within the tolerance
CREATE MACRO align(stream_a, stream_b, tolerance := NULL) AS TABLE
	SELECT a.ts AS ts, a.tick AS tick, CASE WHEN near THEN epoch_ns(a.ts) - epoch_ns(b.ts) END AS age_ns, a, CASE WHEN near THEN b END AS b
	FROM (
		SELECT a, b, b.ts IS NOT NULL AND epoch_ns(a.ts) - epoch_ns(b.ts) <= tolerance_ns AS near
		FROM query('FROM ' || _table(stream_a)) AS a ASOF LEFT JOIN query('FROM ' || _table(stream_b)) AS b ON a.ts >= b.ts,
			_tolerance(stream_b, tolerance)
	) ORDER BY tick;

-- The same for one counter of each, as rates: which moved when the other did.
--   ts, tick  of the row of a
--   a, b      rate per second up to that row, and up to the latest row of b not after it; null where it is not known
--   age_ns    by how much the row of b was read before that of a; null where none was within the tolerance
CREATE MACRO align_rates(stream_a, counter_a, stream_b, counter_b, tolerance := NULL) AS TABLE
	SELECT ts, tick, a, CASE WHEN age <= tolerance_ns THEN b END AS b, CASE WHEN age <= tolerance_ns THEN age END AS age_ns
	FROM (
		SELECT a.ts, a.tick, a.delta * 1e9 / a.dt_ns AS a, b.delta * 1e9 / b.dt_ns AS b, epoch_ns(a.ts) - epoch_ns(b.ts) AS age
		FROM deltas(stream_a, counter_a) AS a ASOF LEFT JOIN deltas(stream_b, counter_b) AS b ON a.ts >= b.ts
	), _tolerance(stream_b, tolerance) ORDER BY tick;
