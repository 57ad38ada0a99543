-- SPDX-License-Identifier: Apache-2.0
-- Buckets of time
-- A counter over time, in buckets that are aligned to multiples of their width since 1970, on the clock of the recording. A reading
-- belongs to the bucket in which its tick was due, and a delta to the bucket of its later reading. So the buckets add up to all deltas.

-- The readings at the ends of runs in which everything is known. Where a counter only grew and no tick is missing, the first and the
-- last reading tell all about the readings between them. So a run ends before a step back, before a gap, before a value that could not be
-- read, at the border of a bucket, and at the last reading. One pass over the values finds the steps back, another one fetches the
-- borders on all CPUs; what is left is small.
--   ends, begins  whether a run ends or starts here; both are true for a run of one reading
CREATE MACRO _run_ends(stream, counter, width) AS TABLE
	SELECT tick, any_value(ts) AS ts, any_value(value) AS value, bool_or(ends) AS ends, bool_or(NOT ends) AS begins
	FROM _cells(stream, counter) JOIN (
		SELECT DISTINCT border, ends FROM (
			SELECT unnest([next, CASE WHEN next > 0 THEN next - 1 END]) AS border, unnest([false, true]) AS ends FROM (
				SELECT tick AS next FROM (SELECT tick, (value < lag(value) OVER ()) IS NOT FALSE AS breaks FROM _cells(stream, counter)) WHERE breaks
				UNION ALL SELECT unnest([first_tick, first_tick + ticks]) FROM query('FROM ' || _catalog(stream) || 'gaps WHERE stream = ' || _text(_stream(stream)))
				UNION ALL SELECT first FROM _buckets(stream, width)
			)
			UNION ALL SELECT max(tick), true FROM _cells(stream, counter)
		)
	) ON tick = border, _accounted(stream) WHERE value IS NOT NULL AND accounted GROUP BY tick;

-- How far a counter moved in each bucket of time, and how fast on average. It answers what bucket() does, without the extremes, and
-- takes a quarter of the work.
--   width     of a bucket: an INTERVAL, a text that is one, or a number of nanoseconds; default 1 second
-- Columns:
--   begin     start of the bucket
--   moved     sum of the deltas; null where no two readings follow each other
--   mean      moved per second of the time between readings whose deltas are known
--   coverage  share of the ticks due in the bucket at which the counter was read, 0 to 1
CREATE MACRO moved(stream, counter, width := INTERVAL 1 second) AS TABLE
	WITH pairs AS (
		SELECT tick, ts, value, begins, lag(tick) OVER w AS p_tick, lag(ts) OVER w AS p_ts, lag(value) OVER w AS p_value, lag(ends) OVER w AS p_ends
		FROM _run_ends(stream, counter, width) WINDOW w AS (ORDER BY tick)
	), steps AS (
		SELECT (g.start_ns + _due(tick, g.pace, g.bits)) // g.width_ns AS n,
			CASE WHEN NOT p_ends OR tick = p_tick + 1 THEN _step(value, p_value, highest) END AS delta,
			CASE WHEN delta IS NOT NULL THEN epoch_ns(ts) - epoch_ns(p_ts) END AS dt_ns,
			begins::UBIGINT + CASE WHEN NOT p_ends THEN tick - p_tick ELSE 0 END AS present
		FROM pairs, _grid(stream, width) AS g, _moving(stream, counter)
	), sums AS (
		SELECT n, sum(delta) AS moved, sum(dt_ns) AS dt_ns, sum(present) AS present FROM steps GROUP BY n
	)
	SELECT make_timestamp_ns((n * width_ns)::BIGINT) AS begin, moved, moved * 1e9 / dt_ns AS mean, coalesce(present, 0) / due AS coverage
	FROM _buckets(stream, width) LEFT JOIN sums USING (n) ORDER BY n;

-- How fast a counter was in each bucket of time, with the extremes between single reads. It looks at every delta, which is about four
-- times the work of moved(). The buckets, moved, mean and coverage are those of moved().
--   width        of a bucket: an INTERVAL, a text that is one, or a number of nanoseconds; default 1 second
-- Columns:
--   begin        start of the bucket
--   first, last  rate per second at the first and at the last known delta of the bucket; null where the bucket has no known delta
--   min, max     lowest and highest rate per second from one read to the next; null in the same case
--   mean         moved per second of the time between readings whose deltas are known; null in the same case
--   moved        sum of the deltas
--   coverage     share of the ticks due in the bucket at which the counter was read, 0 to 1
CREATE MACRO bucket(stream, counter, width := INTERVAL 1 second) AS TABLE
	WITH steps AS (
		SELECT (g.start_ns + _due(tick, g.pace, g.bits)) // g.width_ns AS n, tick, value,
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

-- What a plot with a number of points needs so that it shows every spike: for a counter the extremes of its rate per second, for a
-- gauge or a flag the extremes of its values. A span without values is left out, so that a plot can show it as a hole.
--   points    number of spans that the recording is cut into, all of the same number of ticks; default 1000, at least 1
-- Columns:
--   begin     deadline of the first tick of the span
--   min, max  lowest and highest of the span
CREATE MACRO envelope(stream, counter, points := 1000) AS TABLE
	WITH spans AS (
		SELECT s.start_ns, s.pace, s.bits, greatest((s.ticks + points::UBIGINT - 1) // points::UBIGINT, 1) AS ticks, c.semantics
		FROM _schedule(stream) AS s, _counter(stream, counter) AS c
		WHERE CASE WHEN points >= 1 THEN true ELSE error('an envelope has at least one point, not ' || points) END
	)
	SELECT make_timestamp_ns((start_ns + _due(n * ticks, pace, bits))::BIGINT) AS begin, min, max FROM (
		SELECT r.tick // s.ticks AS n, any_value(s.ticks) AS ticks, any_value(s.start_ns) AS start_ns, any_value(s.pace) AS pace, any_value(s.bits) AS bits,
			min(r.value)::DOUBLE AS min, max(r.value)::DOUBLE AS max
		FROM _cells(stream, counter) AS r, (FROM spans WHERE semantics <> 'counter') AS s WHERE r.value IS NOT NULL GROUP BY n
		UNION ALL
		SELECT r.tick // s.ticks AS n, any_value(s.ticks), any_value(s.start_ns), any_value(s.pace), any_value(s.bits),
			min(delta * 1e9 / dt_ns), max(delta * 1e9 / dt_ns)
		FROM (
			SELECT tick, dt_ns, CASE WHEN dt_ns IS NOT NULL THEN _step(value, p_value, highest) END AS delta
			FROM _pairs(stream, counter), _counter(stream, counter) WHERE semantics = 'counter'
		) AS r, (FROM spans WHERE semantics = 'counter') AS s WHERE delta IS NOT NULL GROUP BY n
	) ORDER BY n;
