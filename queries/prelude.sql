-- SPDX-License-Identifier: Apache-2.0
-- Counter arithmetic as table macros. Every recording holds a copy, so that any DuckDB client has them: FROM rate('net', 'eth0_rx_bytes').
--
--   stream    name of a stream (streams.name); of another attached recording: 'other.net'
--   counter   its column ('eth0_rx_bytes', counters.column_name), or its id ('net:eth0/rx_bytes', counters.id)
--
-- Names that begin with an underscore are parts of the others. `lag(..) OVER ()` looks at rows in the order in which they are stored,
-- which is that of their ticks, and streams. It may stand on a table alone: behind a filter or a join DuckDB does not keep the order,
-- and windows have to say ORDER BY. Two rows are only ever compared when their ticks follow each other.

-- SECTION: names

-- 'net:eth0/rx-bytes' to 'eth0_rx_bytes' and 'softirq:0/x' to 'softirq_0_x', as base/text.ts names columns; anything without a
-- colon is taken as a column. A stream that a device fills is of one device, which its columns do not name: 'mlx5:0000:08:00.0/0x7f01' to 'mlx5_0x7f01'.
CREATE MACRO _identifier(text, prefix) AS CASE WHEN regexp_matches(text, '^[a-z]') THEN text ELSE prefix || '_' || text END;
CREATE MACRO _local(counter) AS substr(counter, greatest(strpos(counter, ':'), CASE WHEN regexp_matches(counter, '^mlx5(trace)?:') THEN strpos(counter, '/') ELSE 0 END) + 1);
CREATE MACRO _column(counter) AS
	CASE WHEN contains(counter, ':')
		THEN _identifier(trim(regexp_replace(lower(_local(counter)), '[^a-z0-9]+', '_', 'g'), '_'), split_part(counter, ':', 1))
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

-- The value after which a counter of so many bits wraps to 0.
CREATE MACRO _highest(width) AS 18446744073709551615 >> (64 - width);

-- What is known of a counter: one row. Fails where it is no counter of the stream.
--   id, unit, semantics
--   highest    the value after which it wraps to 0
--   period_ns  of its stream, as requested or as a device granted it
CREATE MACRO _counter(stream, counter) AS TABLE
	SELECT any_value(id) AS id, any_value(unit) AS unit, any_value(semantics) AS semantics, any_value(period_ns) AS period_ns,
		_highest(any_value(width)) AS highest
	FROM query('SELECT c.*, coalesce(s.granted_ns, s.period_ns) AS period_ns FROM ' || _catalog(stream) || 'counters c JOIN ' || _catalog(stream) || 'streams s ON s.name = c.stream
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
	FROM query('SELECT r.* FROM _cells(' || _text(stream) || ', ' || _text(counter) || ') AS r' ||
		CASE WHEN contains(counter, ':') THEN ', _counter(' || _text(stream) || ', ' || _text(counter) || ')' ELSE '' END);

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

-- Whether the rows of a stream of this source are events, which no clock makes.
CREATE MACRO _eventful(source) AS source = 'mlx5trace';

-- A stream's ticks on the clock: one row.
--   start_ns    when tick 0 was due, nanoseconds since the epoch
--   pace, bits  tick k is due at start_ns + (k * pace >> bits): see _due()
--   period_ns   as requested, or as a device granted it
--   ticks       how many have been due
-- A device that samples by itself begins when it likes, and counts its period by its own clock: 20 parts per million too fast or too slow
-- are 120 periods of 10 us after a minute. Its ticks are therefore laid evenly between its first row and its last, to a part of a nanosecond.
-- Fails where rows are events, which no tick is due for.
CREATE MACRO _schedule(stream) AS TABLE
	SELECT first_ns - (first_tick * pace >> bits) AS start_ns, * EXCLUDE (first_ns, first_tick) FROM (
		SELECT first_ns, first_tick, bits, period_ns, ticks,
			CASE WHEN bits > 0 THEN greatest(((last_ns - first_ns) * (1::UBIGINT << bits) + (last_tick - first_tick) // 2) // (last_tick - first_tick), 1) ELSE period_ns END AS pace
		FROM (
			SELECT *, CASE WHEN last_tick > first_tick THEN greatest(0, least(16, 61 - ceil(log2(ticks * period_ns::DOUBLE))))::UBIGINT ELSE 0::UBIGINT END AS bits
			FROM query('SELECT coalesce(s.granted_ns, s.period_ns) AS period_ns, s.granted_ns IS NOT NULL AND reach.tick IS NOT NULL AS own, CASE WHEN own THEN reach.first_ns ELSE epoch_ns(r.started_at)::UBIGINT END AS first_ns,
				CASE WHEN own THEN reach.first_tick ELSE 0 END AS first_tick, CASE WHEN own THEN reach.tick END AS last_tick, reach.ns AS last_ns,
				greatest(s.ticks_scheduled, (SELECT max(ticks_accounted) FROM ' || _catalog(stream) || 'sampler_stats a WHERE a.stream = s.name), reach.tick + 1, 0) AS ticks
				FROM ' || _catalog(stream) || 'recording r, ' || _catalog(stream) || 'streams s,
					(SELECT min(tick) AS first_tick, epoch_ns(min(ts))::UBIGINT AS first_ns, max(tick) AS tick, epoch_ns(max(ts))::UBIGINT AS ns FROM ' || _table(stream) || ') AS reach
				WHERE CASE WHEN s.name <> ' || _text(_stream(stream)) || ' THEN false
					WHEN _eventful(s.source) THEN error(s.name || '' has a row for each event and no period; count its rows by ts, or take messages('' || s.name || '')'') ELSE true END')
		)
	);

-- When a tick is due, counted from start_ns.
CREATE MACRO _due(tick, pace, bits) AS tick * pace >> bits;

-- The same beside a bucket width; fails where that is no multiple of time that a tick fits in.
CREATE MACRO _grid(stream, width) AS TABLE
	FROM (SELECT *, _ns(width) AS width_ns FROM _schedule(stream)) WHERE CASE WHEN width_ns >= period_ns THEN true
		ELSE error('a bucket of ' || width_ns || ' ns holds no tick of ' || stream || ', which has one every ' || period_ns || ' ns; take wider buckets') END;

-- The first tick that is due at or after a moment, but no more than there are.
CREATE MACRO _tick_at(ns, start_ns, pace, bits, ticks) AS
	((greatest(least(ns, start_ns + _due(ticks, pace, bits)), start_ns) - start_ns) * (1::UBIGINT << bits) + pace - 1) // pace;

-- Every bucket that a tick was due in, also where none was stored.
--   n      its number: begin in nanoseconds since the epoch, divided by the width
--   first  its first tick
--   due    how many ticks it has; those at the begin and the end of a recording have fewer
CREATE MACRO _buckets(stream, width) AS TABLE
	SELECT n, width_ns, _tick_at(n * width_ns, start_ns, pace, bits, ticks) AS first,
		_tick_at((n + 1) * width_ns, start_ns, pace, bits, ticks) - first AS due
	FROM (
		SELECT *, unnest(range((start_ns // width_ns)::BIGINT, ((start_ns + _due(ticks, pace, bits) + width_ns - 1) // width_ns)::BIGINT))::UBIGINT AS n
		FROM _grid(stream, width)
	) WHERE due > 0;

-- Whether every tick up to the last row is a row or in the ledger of gaps, as storage promises. Fails where it is not.
CREATE MACRO _accounted(stream) AS TABLE
	SELECT CASE WHEN stored + missing = due THEN true ELSE error(stream || ' has ' || stored || ' rows and ' || missing || ' ticks in gaps, which is not what '
		|| due || ' ticks leave; countersink info tells more') END AS accounted
	FROM query('SELECT count(*) AS stored, coalesce(max(tick) + 1, 0) AS due,
			(SELECT coalesce(sum(ticks), 0) FROM ' || _catalog(stream) || 'gaps WHERE stream = ' || _text(_stream(stream)) || '
				AND first_tick < (SELECT max(tick) FROM ' || _table(stream) || ')) AS missing
		FROM ' || _table(stream));

-- The readings between which everything is known, in pairs: where a counter only grew and no tick is missing, its first and its
-- last reading tell all about those between. So runs of readings end before a step back, a gap or a value that could not be read, at
-- the border of a bucket, and at the last reading. One pass over the values finds the steps back, another fetches the borders
-- on all CPUs; what is left is small.
--   ends, begins  whether a run ends or begins here; both for a run of one reading
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

-- What a plot of that many points needs so that no spike is lost: of a counter the extremes of its rate per second, of a gauge or
-- a flag those of its values. Spans without any are left out, so that a plot can show them as holes.
--   points    how many spans to make of the recording, all of the same number of ticks; default 1000, at least 1
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

-- How old the other stream's row may be: what was asked, or twice its period, as the reads of two ticks that follow each other are
-- less than that apart.
CREATE MACRO _tolerance(stream, tolerance) AS TABLE
	SELECT _ns(coalesce(tolerance::VARCHAR, (2 * period_ns)::VARCHAR))::BIGINT AS tolerance_ns
	FROM query('SELECT coalesce(granted_ns, period_ns) AS period_ns FROM ' || _catalog(stream) || 'streams WHERE name = ' || _text(_stream(stream)));

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
		_step(pair.value, pair.previous, _highest(width)) AS delta
	FROM query('SELECT p.*, c.* EXCLUDE (stream, column_name) FROM (
			UNPIVOT (
				SELECT ts, tick, tick - lag(tick) OVER () - 1 AS missed, epoch_ns(ts) - lag(epoch_ns(ts)) OVER () AS dt_ns,
					{''value'': TRY_CAST(COLUMNS(' || _text(pattern) || ') AS UBIGINT),
					 ''previous'': lag(TRY_CAST(COLUMNS(' || _text(pattern) || ') AS UBIGINT)) OVER ()} AS ''\0''
				FROM ' || _table(stream) || ')
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

-- When the counters of a stream were much faster than usual: windows, at least half of each seen, in which the rate was
-- more than factor times the usual one and at least `least` were counted. Usual is the median of all windows of the counter or their
-- mean, whichever is larger: a counter that mostly stands still does not surge whenever it moves. Windows that are no further apart
-- than merge_ns are one surge.
--   id, instance, name, unit  of the counter
--   "begin", dur_ns           from the first window to the end of the last
--   moved, per_s, peak_per_s  in these windows, those between them left out; the peak is that of the fastest
--   usual_per_s, times        the usual rate, and how many times that the peak is
CREATE MACRO surges(stream, pattern, width_ns, factor, least, merge_ns) AS TABLE
	SELECT id, instance, name, unit, min("begin") AS "begin", epoch_ns(max("begin")) - epoch_ns(min("begin")) + width_ns::BIGINT AS dur_ns,
		sum(moved)::UBIGINT AS moved, sum(moved) * 1e9 / sum(covered_ns) AS per_s, max(per_s) AS peak_per_s,
		any_value(usual) AS usual_per_s, peak_per_s / usual_per_s AS times
	FROM (
		SELECT *, sum(opens) OVER (PARTITION BY id ORDER BY "begin") AS run
		FROM (
			SELECT *, coalesce(epoch_ns("begin") - lag(epoch_ns("begin")) OVER (PARTITION BY id ORDER BY "begin") > width_ns + merge_ns, true)::INT AS opens
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

-- SECTION: events

-- Deltas that are known and no slower than so much per second, each with the number of ticks before it that are not known: two rows
-- that stand beside each other here followed each other, or had only slower ones between them, when they have the same number.
-- Only windows that look at the table itself may rely on the order in which it is stored: DuckDB holds back small chunks behind a filter
-- or a join. So what is not known is counted in two parts: missing ticks there, and the rare resets and nulls afterwards.
CREATE MACRO _known(stream, counter, least := 0) AS TABLE
	WITH numbered AS (
		SELECT *, tick - count(dt_ns) OVER (ROWS UNBOUNDED PRECEDING) AS missing FROM _pairs(stream, counter)
	), kept AS (
		SELECT * FROM (SELECT ts, tick, dt_ns, value, missing, _step(value, p_value, highest) AS delta FROM numbered, _moving(stream, counter))
		WHERE dt_ns IS NOT NULL AND (delta IS NULL OR delta * 1e9 / dt_ns >= least)
	)
	SELECT ts, tick, dt_ns, value, delta, missing + blind AS unknown
	FROM (SELECT *, count(CASE WHEN delta IS NULL THEN 1 END) OVER (ORDER BY tick ROWS UNBOUNDED PRECEDING) AS blind FROM kept)
	WHERE delta IS NOT NULL;

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
		SELECT *, epoch_ns(ts) - dt_ns AS begin_ns FROM _known(stream, counter, least := threshold)
	), beside AS (
		SELECT *, begin_ns - lag(epoch_ns(ts)) OVER in_order AS pause_ns, lag(value) OVER in_order AS left_at FROM fast WINDOW in_order AS (ORDER BY tick)
	), numbered AS (
		SELECT *, count(CASE WHEN pause_ns <= _ns(merge)::BIGINT THEN NULL ELSE 1 END) OVER (ORDER BY tick ROWS UNBOUNDED PRECEDING) AS number FROM beside
	), stepped AS (
		SELECT *, pause_ns IS NULL OR pause_ns > _ns(merge)::BIGINT AS first,
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
		SELECT *, CASE WHEN dt_ns IS NULL OR value IS NULL OR p_value IS NULL THEN 'unknown' WHEN value = p_value THEN 'stood' WHEN value > p_value THEN 'moved' ELSE 'back' END AS seen
		FROM _pairs(stream, counter)
	), edges AS (
		SELECT ts, tick, dt_ns, p_ts, p_tick, CASE WHEN seen <> 'back' THEN seen WHEN _step(value, p_value, highest) IS NULL THEN 'unknown' ELSE 'moved' END AS kind
		FROM (SELECT * EXCLUDE (p_tick), lag(seen) OVER () AS p_seen, lag(ts) OVER () AS p_ts, lag(tick) OVER () AS p_tick FROM kinds), _moving(stream, counter)
		WHERE seen IS DISTINCT FROM p_seen OR seen = 'back'
	), runs AS (
		SELECT *, lag(kind) OVER in_order AS p_kind, lead(kind) OVER in_order AS n_kind, lead(p_ts) OVER in_order AS n_ts, lead(p_tick) OVER in_order AS n_tick
		FROM edges WINDOW in_order AS (ORDER BY tick)
	), ends AS (
		SELECT kind, p_kind, n_kind, epoch_ns(ts) - dt_ns AS begin_ns, coalesce(n_ts, last_ts) AS until, coalesce(n_tick, last_tick) - tick + 1 AS ticks
		FROM runs, (SELECT max(ts) AS last_ts, max(tick) AS last_tick FROM readings(stream, counter))
	)
	SELECT make_timestamp_ns(begin_ns) AS begin, until, epoch_ns(until) - begin_ns AS dur_ns, ticks,
		CASE WHEN p_kind = 'moved' AND n_kind = 'moved' THEN NULL WHEN p_kind = 'moved' THEN 'until' WHEN n_kind = 'moved' THEN 'begin' ELSE 'both' END AS cut
	FROM ends WHERE kind = 'stood' AND epoch_ns(until) - begin_ns >= _ns(minimum)::BIGINT ORDER BY begin;

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
		SELECT *, lag(above) OVER in_order AS p_above, lag(ts) OVER in_order AS p_ts FROM sides WINDOW in_order AS (ORDER BY tick)
	)
	SELECT ts, tick, CASE WHEN above THEN 'up' ELSE 'down' END AS direction, level, epoch_ns(ts) - epoch_ns(p_ts) AS within_ns
	FROM beside WHERE above <> p_above;

-- A table of the recording itself; of another attached recording when it is named.
CREATE MACRO _of(recording, name) AS TABLE FROM query('FROM ' || CASE WHEN recording = '' THEN '' ELSE _quoted(recording) || '.' END || name);

-- Until when a recording reaches: its end, or the last commit of one that was not finalised.
CREATE MACRO _reaches(recording) AS TABLE
	SELECT coalesce((SELECT max(ended_at) FROM _of(recording, 'recording')), (SELECT max(ts) FROM _of(recording, 'sampler_stats')),
		(SELECT max(ts) FROM _of(recording, 'marks'))) AS until;

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
		FROM _of(recording, 'marks') WHERE name <> 'suspended'
	), followed AS (
		SELECT *, lead(ts) OVER same AS next_ts, lead(kind) OVER same AS next_kind
		FROM named WINDOW same AS (PARTITION BY CASE WHEN kind = 'plain' THEN '' ELSE label END, kind = 'plain' ORDER BY ts)
	)
	SELECT label AS name, detail, ts AS begin, coalesce(next_ts, reach.until) AS until, epoch_ns(coalesce(next_ts, reach.until)) - epoch_ns(ts) AS dur_ns,
		next_ts IS NOT NULL AND (kind = 'plain' OR next_kind = 'end') AS closed
	FROM followed, _reaches(recording) AS reach WHERE kind <> 'end' ORDER BY begin, name;

-- SECTION: distributions

-- Times between reads at which a counter had moved.
--   ts, tick  of the later read
--   dt_ns     since the read before at which it had moved; null where a tick between the two is not known
--   delta     moved by, at the later read
CREATE MACRO inter_event(stream, counter) AS TABLE
	SELECT ts, tick, CASE WHEN unknown = lag(unknown) OVER in_order THEN epoch_ns(ts) - lag(epoch_ns(ts)) OVER in_order END AS dt_ns, delta
	FROM _known(stream, counter) WHERE delta > 0 WINDOW in_order AS (ORDER BY tick);

-- The same as one row. A counter is only seen to move at a read, so no time is known better than to a period of the stream.
--   events        reads at which it had moved
--   times         between two of them, with nothing unknown in between
--   min_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns, mean_ns
--   irregularity  standard deviation / mean: 0 as a clock, 1 as chance would have it, more in bursts
CREATE MACRO inter_event_percentiles(stream, counter) AS TABLE
	SELECT events, times, min_ns, q[1] AS p50_ns, q[2] AS p90_ns, q[3] AS p99_ns, q[4] AS p999_ns, max_ns, mean_ns, irregularity
	FROM (SELECT count(*) AS events, count(dt_ns) AS times, min(dt_ns) AS min_ns, quantile_disc(dt_ns, [0.5, 0.9, 0.99, 0.999]) AS q,
		max(dt_ns) AS max_ns, avg(dt_ns) AS mean_ns, stddev_pop(dt_ns) / avg(dt_ns) AS irregularity FROM inter_event(stream, counter));

-- How fast a counter moved, seen through windows of several sizes at once: a microburst stands out in the short ones and
-- vanishes in the long ones. Windows of 10 us, 100 us, 1 ms, 10 ms, 100 ms and 1 s, from the shortest that holds a tick.
--   coverage    share of the ticks of a window that must be known, 0.9 unless given. The rate is that of the known ones, so a window
--               is never judged by what it may have missed; 1 takes no window with a hole
-- Columns:
--   window_ns   what it really spans: a whole number of ticks, from the start of the recording, none overlapping another
--   ticks       in a window
--   windows     of which enough is known
--   incomplete  others, because of a gap, a reset or a value that could not be read; they are in none of the percentiles
--   p50, p90, p99, p999, max  rate in a window, per second
CREATE MACRO rate_percentiles(stream, counter, coverage := 0.9) AS TABLE
	WITH plan AS (
		SELECT period_ns::BIGINT AS period_ns, greatest(4, ceil(log10(period_ns)))::INT AS first, greatest(1, round(10 ** first / period_ns))::BIGINT AS least
		FROM _counter(stream, counter)
	), reach AS (SELECT min(tick)::BIGINT AS first_tick, max(tick)::BIGINT AS last_tick FROM readings(stream, counter)
	), ticks AS NOT MATERIALIZED (
		SELECT tick::BIGINT - 1 AS bin, delta, dt_ns FROM rate(stream, counter)
	), level_0 AS NOT MATERIALIZED (
		SELECT bin, delta::DOUBLE AS moved, dt_ns AS ns, 1 AS known FROM ticks, plan WHERE least = 1
		UNION ALL
		SELECT bin // least AS bin, sum(delta)::DOUBLE, sum(dt_ns)::BIGINT, count(*) FROM ticks, plan WHERE least > 1 GROUP BY bin // least
	), level_1 AS MATERIALIZED (SELECT bin // 10 AS bin, sum(moved) AS moved, sum(ns)::BIGINT AS ns, sum(known)::BIGINT AS known FROM level_0 GROUP BY 1
	), level_2 AS MATERIALIZED (SELECT bin // 10 AS bin, sum(moved) AS moved, sum(ns)::BIGINT AS ns, sum(known)::BIGINT AS known FROM level_1 GROUP BY 1
	), level_3 AS MATERIALIZED (SELECT bin // 10 AS bin, sum(moved) AS moved, sum(ns)::BIGINT AS ns, sum(known)::BIGINT AS known FROM level_2 GROUP BY 1
	), level_4 AS MATERIALIZED (SELECT bin // 10 AS bin, sum(moved) AS moved, sum(ns)::BIGINT AS ns, sum(known)::BIGINT AS known FROM level_3 GROUP BY 1
	), level_5 AS MATERIALIZED (SELECT bin // 10 AS bin, sum(moved) AS moved, sum(ns)::BIGINT AS ns, sum(known)::BIGINT AS known FROM level_4 GROUP BY 1
	), sizes AS (
		SELECT level, (least * 10 ** level)::BIGINT AS ticks, ticks * period_ns AS window_ns, last_tick // ticks - (first_tick + ticks - 1) // ticks AS possible
		FROM plan, reach, range(0, 6) AS levels(level) WHERE first + level <= 9
	), rates AS (
		SELECT level, count(*) AS windows, quantile_disc(per_s, [0.5, 0.9, 0.99, 0.999]) AS q, max(per_s) AS max
		FROM (
			SELECT level, moved * 1e9 / ns AS per_s FROM (
				SELECT 0 AS level, * EXCLUDE (bin) FROM level_0 UNION ALL SELECT 1, * EXCLUDE (bin) FROM level_1
				UNION ALL SELECT 2, * EXCLUDE (bin) FROM level_2 UNION ALL SELECT 3, * EXCLUDE (bin) FROM level_3
				UNION ALL SELECT 4, * EXCLUDE (bin) FROM level_4 UNION ALL SELECT 5, * EXCLUDE (bin) FROM level_5
			) JOIN sizes USING (level) WHERE known >= coverage * ticks
		) GROUP BY level
	)
	SELECT window_ns, ticks, coalesce(windows, 0) AS windows, greatest(possible - coalesce(windows, 0), 0) AS incomplete,
		q[1] AS p50, q[2] AS p90, q[3] AS p99, q[4] AS p999, max
	FROM sizes LEFT JOIN rates USING (level) WHERE possible > 0 ORDER BY ticks;

-- The step in which lags up to the longest are looked at: as many as that, or as fine as the slower of two streams.
CREATE MACRO _lag_step_ns(period_ns, longest_ns, lags) AS
	greatest(1, ceil(longest_ns / lags / period_ns))::BIGINT * period_ns;
CREATE MACRO _slower_ns(stream_a, stream_b) AS (SELECT greatest((SELECT period_ns FROM _schedule(stream_a)), (SELECT period_ns FROM _schedule(stream_b))));

-- a // b, rounded down below 0 too.
CREATE MACRO _floor(a, b) AS (a - (a % b + b) % b) // b;

-- The last tick that is due no later than that, counted from start_ns; -1 and so on before the start.
CREATE MACRO _up_to(ns, pace, bits) AS _floor((ns + 1) * (1::BIGINT << bits::INT) - 1, pace::BIGINT);

-- Two counters side by side on a grid of steps from the start of a: rates, or values of what has no rate, averaged over each
-- step; null where a tick of the step is not known. No step is missing from the first to the last that both streams reach. b is
-- moved back by a lag. One aggregation groups, joins and fills; rows are in no order.
CREATE MACRO _side_by_side(stream_a, counter_a, stream_b, counter_b, step_ns, lag_ns) AS TABLE
	WITH asked AS MATERIALIZED (
		SELECT step_ns::BIGINT AS step, a.pace AS pace_a, a.bits AS bits_a, b.pace AS pace_b, b.bits AS bits_b, b.start_ns::BIGINT - a.start_ns::BIGINT - lag_ns::BIGINT AS shift
		FROM _schedule(stream_a) AS a, _schedule(stream_b) AS b
	), ticks_a AS (SELECT _due(min(tick), pace_a, bits_a)::BIGINT AS low, _due(max(tick), pace_a, bits_a)::BIGINT AS high FROM readings(stream_a, counter_a), asked GROUP BY pace_a, bits_a
	), ticks_b AS (SELECT _due(min(tick), pace_b, bits_b)::BIGINT + shift AS low, _due(max(tick), pace_b, bits_b)::BIGINT + shift AS high FROM readings(stream_b, counter_b), asked GROUP BY pace_b, bits_b, shift
	), reach AS MATERIALIZED (
		SELECT _floor(greatest(a.low, b.low) - 1, step) AS low, _floor(least(a.high, b.high) - 1, step) AS high FROM ticks_a AS a, ticks_b AS b, asked
	), rows AS (
		SELECT _floor(_due(tick, pace_a, bits_a)::BIGINT - 1, step) AS n, level AS a, NULL AS b FROM _signal(stream_a, counter_a), asked
		UNION ALL SELECT _floor(_due(tick, pace_b, bits_b)::BIGINT + shift - 1, step), NULL, level FROM _signal(stream_b, counter_b), asked
		UNION ALL SELECT unnest(range(low, high + 1)), NULL, NULL FROM reach
	), grouped AS (SELECT n, count(a) AS n_a, avg(a) AS a, count(b) AS n_b, avg(b) AS b FROM rows GROUP BY n)
	SELECT n, CASE WHEN n_a = _up_to((n + 1) * step, pace_a, bits_a) - _up_to(n * step, pace_a, bits_a) THEN a END AS a,
		CASE WHEN n_b = _up_to((n + 1) * step - shift, pace_b, bits_b) - _up_to(n * step - shift, pace_b, bits_b) THEN b END AS b
	FROM grouped, asked, reach WHERE n BETWEEN low AND high;

-- 'lag(a, 1) OVER () AS a1, lag(a, 2) OVER () AS a2': windows that stream, a few nanoseconds a row and lag.
CREATE MACRO _lagged(name, lags) AS array_to_string(list_transform(range(1, lags + 1), k -> 'lag(' || name || ',' || k || ') OVER () AS ' || name || k), ',');
CREATE MACRO _correlated(fixed, name, lags) AS array_to_string(list_transform(range(1, lags + 1), k -> 'corr(' || fixed || ',' || name || k || ')'), ',');

-- Correlation at lags from -lags to +lags steps around a middle. Step and middle are SQL, in nanoseconds. The two directions
-- are two pipelines, so that two CPUs share them.
CREATE MACRO _correlations(stream_a, counter_a, stream_b, counter_b, step_sql, middle_sql, lags) AS TABLE
	FROM query('WITH asked AS MATERIALIZED (SELECT ' || step_sql || ' AS step, ' || middle_sql || ' AS middle),
		side AS MATERIALIZED (FROM _side_by_side(' || _text(stream_a) || ',' || _text(counter_a) || ',' || _text(stream_b) || ',' || _text(counter_b) || ',
			(SELECT step FROM asked), (SELECT middle FROM asked))),
		forth AS (SELECT count(*) AS steps, [corr(a, b), ' || _correlated('b', 'a', lags) || '] AS r FROM (SELECT a, b, ' || _lagged('a', lags) || ' FROM (FROM side ORDER BY n))),
		back AS (SELECT count(*) AS steps, [' || _correlated('a', 'b', lags) || '] AS r FROM (SELECT a, b, ' || _lagged('b', lags) || ' FROM (FROM side ORDER BY n)))
		SELECT middle + k * step AS lag_ns, CASE WHEN isfinite(r) THEN r END AS r, step AS step_ns, steps - abs(k) AS steps
		FROM (SELECT unnest(range(0, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM forth
			UNION ALL SELECT -unnest(range(1, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM back), asked
		WHERE steps >= 2 * abs(k)');

-- The same of one counter with itself, from 0 to that many steps.
CREATE MACRO _autocorrelations(stream, counter, step_sql, lags) AS TABLE
	FROM query('WITH asked AS MATERIALIZED (SELECT ' || step_sql || ' AS step),
		side AS (FROM _side_by_side(' || _text(stream) || ',' || _text(counter) || ',' || _text(stream) || ',' || _text(counter) || ', (SELECT step FROM asked), 0)),
		forth AS (SELECT count(*) AS steps, [corr(a, a), ' || _correlated('a', 'a', lags) || '] AS r FROM (SELECT a, ' || _lagged('a', lags) || ' FROM (FROM side ORDER BY n)))
		SELECT k * step AS lag_ns, CASE WHEN isfinite(r) THEN r END AS r, step AS step_ns, steps - k AS steps
		FROM (SELECT unnest(range(0, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM forth), asked
		WHERE steps >= 2 * k');

CREATE MACRO _at_least(step_ns, period_ns) AS
	CASE WHEN step_ns >= period_ns THEN step_ns ELSE error('the step is shorter than the period, which is ' || period_ns || ' ns') END;

-- The step as SQL, and how many lags there are, of what is asked with max_lag and step. Without a step there are `few` lags.
CREATE MACRO _step_sql(stream_a, stream_b, max_lag, step, few) AS
	CASE WHEN step IS NULL THEN '_lag_step_ns(_slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || '),' || _ns(max_lag) || ',' || few || ')'
		ELSE '_at_least(' || _ns(step) || ', _slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || '))' END;
CREATE MACRO _lags(max_lag, step, few) AS
	CASE WHEN step IS NULL THEN few
		WHEN _ns(max_lag) // _ns(step) > 2000 THEN error('max_lag is more than 2000 steps; choose a longer step')
		ELSE (_ns(max_lag) // _ns(step))::BIGINT END;

-- How two counters move together when one is looked at later than the other: the correlation of their rates (of their values, for
-- what has no rate), lag by lag. Steps in which something is not known count for nothing. It does not say what caused what.
--   max_lag    a duration; lags from -max_lag to +max_lag
--   step       a duration, how far lags lie apart: rates are averaged over it. Unless given, a 50th of max_lag, but no less
--              than the period of the slower stream
-- Columns, the strongest first:
--   lag_ns   b is looked at this much later than a: above 0 when a moved first
--   r        -1 to 1; null when one of them stood still
--   step_ns  as above
--   steps    that overlap at this lag; lags at which less than half of the recording does are left out
-- Cost: about 12 ns for each step of the recording and lag. 101 lags unless step is given, at most 4001.
CREATE MACRO xcorr(stream_a, counter_a, stream_b, counter_b, max_lag, step := NULL) AS TABLE
	FROM _correlations(stream_a, counter_a, stream_b, counter_b, _step_sql(stream_a, stream_b, max_lag, step, 50), '0', _lags(max_lag, step, 50))
	WHERE abs(lag_ns) <= _ns(max_lag) ORDER BY abs(r) DESC NULLS LAST, abs(lag_ns), lag_ns;

-- 25 fine steps reach one and a half coarse ones to each side.
CREATE MACRO _fine_step_sql(stream_a, stream_b, max_lag, few) AS
	'(SELECT _lag_step_ns(p, 1.5 * _lag_step_ns(p, ' || _ns(max_lag) || ',' || few || '), 25) FROM (SELECT _slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || ') AS p))';

-- The lag nearest to 0 at which two counters go together nearly as much as at any: what repeats itself does so at many.
CREATE MACRO _nearest_peak(stream_a, counter_a, stream_b, counter_b, max_lag) AS TABLE
	WITH lags AS (
		SELECT *, coalesce(abs(lag(r) OVER near), 0) AS before, coalesce(abs(lead(r) OVER near), 0) AS after
		FROM xcorr(stream_a, counter_a, stream_b, counter_b, max_lag) WINDOW near AS (ORDER BY lag_ns)
	)
	SELECT lag_ns FROM lags WHERE abs(r) >= before AND abs(r) >= after AND abs(r) >= 0.9 * (SELECT max(abs(r)) FROM lags) ORDER BY abs(lag_ns), lag_ns LIMIT 1;

-- Which of two counters moved first, and by how much: one row. Looks at all lags in coarse steps, and then around the best in
-- fine ones, so that the cost is that of two xcorr() whatever the longest lag. A relation that only shows in steps finer than a
-- 50th of max_lag is not found; choose a shorter max_lag.
--   max_lag  a duration
--   least    |r| below this is taken for chance; 0.2 unless given
-- Columns:
--   leader   id of the counter that moved first; null when they moved at the same time, as far as can be told, or
--            when they have nothing to do with each other
--   lag_ns   by how much b is later than a; below 0 when b moved first. Null when they have nothing to do with each other
--   r        correlation at that lag; of the strongest when there is none. Below 0 when one rises as the other falls
--   step_ns  lags were told apart to within this
CREATE MACRO leads(stream_a, counter_a, stream_b, counter_b, max_lag, least := 0.2) AS TABLE
	WITH best AS (
		SELECT * FROM _correlations(stream_a, counter_a, stream_b, counter_b, _fine_step_sql(stream_a, stream_b, max_lag, 50),
			'(SELECT lag_ns FROM _nearest_peak(' || _text(stream_a) || ',' || _text(counter_a) || ',' || _text(stream_b) || ',' || _text(counter_b) || ',' || _text(max_lag::VARCHAR) || '))', 25)
		ORDER BY abs(r) DESC NULLS LAST, abs(lag_ns) LIMIT 1
	)
	SELECT CASE WHEN abs(r) < least THEN NULL WHEN lag_ns > 0 THEN (SELECT id FROM _counter(stream_a, counter_a)) WHEN lag_ns < 0 THEN (SELECT id FROM _counter(stream_b, counter_b)) END AS leader,
		CASE WHEN abs(r) >= least THEN lag_ns END AS lag_ns, r, step_ns
	FROM best;

-- How a counter repeats itself: the correlation of its rate (of its value, if it has no rate) with itself so much later.
--   max_lag, step  as for xcorr(), with a step of a 200th of max_lag unless given
-- Columns, by lag:
--   lag_ns   from 0
--   r        1 at lag 0; null when it stood still
--   step_ns, steps  as for xcorr()
CREATE MACRO autocorrelation(stream, counter, max_lag, step := NULL) AS TABLE
	FROM _autocorrelations(stream, counter, _step_sql(stream, stream, max_lag, step, 200), _lags(max_lag, step, 200))
	WHERE lag_ns <= _ns(max_lag) ORDER BY lag_ns;

-- The lag at which the autocorrelation first rises again nearly as much as anywhere; no row when it never rises. A peak that lies
-- between two lags is shared by them, so that each counts with the stronger of its neighbours.
CREATE MACRO _repeats(stream, counter, max_lag, least) AS TABLE
	WITH lags AS (
		SELECT lag_ns, step_ns, r, coalesce(lag(r) OVER near, 0) AS before, coalesce(lead(r) OVER near, 0) AS after
		FROM autocorrelation(stream, counter, max_lag) WHERE lag_ns > 0 AND r IS NOT NULL WINDOW near AS (ORDER BY lag_ns)
	), summed AS (
		SELECT *, greatest(r, r + before, r + after) AS mass, mass - min(greatest(r, r + before, r + after)) OVER (ORDER BY lag_ns) AS rise FROM lags
	), peaks AS (
		SELECT *, mass >= coalesce(lag(mass) OVER near, -2) AND mass >= lead(mass) OVER near AS peak FROM summed WINDOW near AS (ORDER BY lag_ns)
	)
	SELECT CASE WHEN r >= before AND r >= after THEN lag_ns WHEN after > before THEN lag_ns + step_ns ELSE lag_ns - step_ns END AS lag_ns, step_ns
	FROM peaks WHERE peak AND rise >= least AND rise >= 0.8 * (SELECT max(rise) FROM peaks WHERE peak) ORDER BY lag_ns LIMIT 1;

-- The period in which a counter repeats itself: one row. It is the shortest lag at which the autocorrelation rises again nearly
-- as much as anywhere, so that 10 ms is found and not 20 or 30. It is looked for in steps and then more closely.
--   max_lag  a duration, the longest period to look for. Periods shorter than a 50th of it may be missed, and none is found of
--            which the recording does not hold two
--   least    a rise of the autocorrelation below this is taken for chance; 0.3 unless given
-- Columns, null when there is no period:
--   period_ns  between steps: where r lies on two, the point between them
--   hz         the same as a frequency
--   r          autocorrelation at this period
--   step_ns    of the closer look
CREATE MACRO dominant_period(stream, counter, max_lag, least := 0.3) AS TABLE
	WITH coarse AS MATERIALIZED (FROM _repeats(stream, counter, max_lag, least)),
	fine AS (
		SELECT f.lag_ns, f.r, f.step_ns, lag(f.r) OVER near AS before, lead(f.r) OVER near AS after, c.lag_ns AS about_ns, c.step_ns AS coarse_ns
		FROM _correlations(stream, counter, stream, counter, _fine_step_sql(stream, stream, max_lag, 200),
			'(SELECT coalesce(any_value(lag_ns), 0) FROM _repeats(' || _text(stream) || ',' || _text(counter) || ',' || _text(max_lag::VARCHAR) || ',' || least || '))', 25) f, coarse c
		WINDOW near AS (ORDER BY f.lag_ns)
	), best AS (
		SELECT *, least(r, before, after) AS base FROM fine WHERE abs(lag_ns - about_ns) <= 1.5 * coarse_ns ORDER BY r DESC, lag_ns LIMIT 1
	), placed AS (
		SELECT r, step_ns, lag_ns + coalesce(step_ns * ((after - base) - (before - base)) / nullif((r - base) + (after - base) + (before - base), 0), 0) AS period_ns
		FROM best
	)
	SELECT period_ns, 1e9 / period_ns AS hz, r, step_ns FROM (SELECT 1) LEFT JOIN placed ON true;

-- SECTION: traces

-- A format of C as printf() of DuckDB takes it, of values that have 32 bits each: without lengths, a 64-bit number as its two halves
-- in hex, a pointer as a number. Two percent signs become one character 1.
CREATE MACRO _plain_format(format) AS
	regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		replace(format, '%%', chr(1)),
		'%[-+ #0-9.]*ll[xX]', '%x%08x', 'g'),
		'%[-+ #0-9.]*ll[udi]', '0x%x%08x', 'g'),
		'%([-+ #0-9.]*)(?:hh|h|l|z|j|t)([a-zA-Z])', '%\1\2', 'g'),
		'%([-+ #0-9.]*)i', '%\1d', 'g'),
		'%[-+ #0-9.]*[sp]', '0x%x', 'g');
CREATE MACRO _conversions(format) AS regexp_extract_all(format, '%[-+ #0-9.]*([a-zA-Z])', 1);
-- What a conversion makes of 32 bits: 'd' takes them as a number with a sign.
CREATE MACRO _argument(bits, conversion) AS
	CASE WHEN conversion = 'd' AND bits >= 2147483648 THEN bits::BIGINT - 4294967296 ELSE coalesce(bits, 0)::BIGINT END;
-- Null where DuckDB cannot print the format.
CREATE MACRO _printed(format, arguments, conversions) AS
	try(replace(printf(format,
		_argument(arguments[1], conversions[1]), _argument(arguments[2], conversions[2]), _argument(arguments[3], conversions[3]),
		_argument(arguments[4], conversions[4]), _argument(arguments[5], conversions[5]), _argument(arguments[6], conversions[6]),
		_argument(arguments[7], conversions[7])), chr(1), '%'));

-- The messages of a firmware trace (mlx5trace): a format string and its arguments are events of their own, put together here.
-- Where events are missing, nothing on one side of the gap is taken for a part of what is on the other.
--   ts, tick   of its first event
--   event_id   as in the stream
--   message    text; where that cannot be made, the format as it is (or its address, where the device has no string there) and in
--              brackets the arguments in hex
--   complete   it has a format and as many arguments as the format wants
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

-- SECTION: trust

-- How much of what was scheduled was read, stream by stream. Also of a recording that was not finalised: up to its last commit.
--   recording  the name of an attached recording; this one unless given
-- Columns:
--   stream
--   expected     ticks scheduled
--   stored       rows
--   share        stored / expected; null before the first tick
--   late, ring_full, source_error, device_skipped, suspended, killed   ticks that were not stored, by reason
--   unaccounted  expected - stored - all of those: 0, or the ledger was changed after it was written. Rows are those that the
--                writer counted; countersink info counts them again
CREATE MACRO completeness(recording := '') AS TABLE
	WITH committed AS (
		SELECT "stream", max(ticks_accounted) AS ticks, max(rows_stored) AS "rows" FROM _of(recording, 'sampler_stats') GROUP BY ALL
	), missed AS (
		SELECT "stream", reason, sum(ticks)::BIGINT AS ticks FROM _of(recording, 'gaps') GROUP BY ALL
	), counted AS (
		SELECT name, coalesce(any_value(ticks_scheduled), any_value(c.ticks), 0)::BIGINT AS expected, coalesce(any_value(rows_stored), any_value(c."rows"), 0)::BIGINT AS stored,
			coalesce(sum(m.ticks) FILTER (reason = 'late'), 0)::BIGINT AS late,
			coalesce(sum(m.ticks) FILTER (reason = 'ring_full'), 0)::BIGINT AS ring_full,
			coalesce(sum(m.ticks) FILTER (reason = 'source_error'), 0)::BIGINT AS source_error,
			coalesce(sum(m.ticks) FILTER (reason = 'device_skipped'), 0)::BIGINT AS device_skipped,
			coalesce(sum(m.ticks) FILTER (reason = 'suspended'), 0)::BIGINT AS suspended,
			coalesce(sum(m.ticks) FILTER (reason = 'killed'), 0)::BIGINT AS killed
		FROM _of(recording, 'streams') LEFT JOIN committed c ON c.stream = name LEFT JOIN missed m ON m.stream = name GROUP BY name
	)
	SELECT name AS "stream", expected, stored, CASE WHEN expected > 0 THEN stored / expected END AS share,
		late, ring_full, source_error, device_skipped, suspended, killed,
		expected - stored - late - ring_full - source_error - device_skipped - suspended - killed AS unaccounted
	FROM counted ORDER BY ALL;

-- When the rows of a stream were read.
--   ts, tick  as in the stream
--   late_ns   begin of the read after its deadline
--   dt_ns     since the read before; null after a gap and for the first read
CREATE MACRO _reads(stream) AS TABLE
	SELECT ts, tick, epoch_ns(ts) - (start_ns + _due(tick, pace, bits))::BIGINT AS late_ns, CASE WHEN tick = p_tick + 1 THEN epoch_ns(ts) - p_ns END AS dt_ns
	FROM (SELECT ts, tick, lag(tick) OVER () AS p_tick, lag(epoch_ns(ts)) OVER () AS p_ns FROM query('SELECT ts, tick FROM ' || _table(stream))), _schedule(stream);

-- The period of a stream as it really was, from its rows: one row. Only reads that followed each other count; streams.achieved_*,
-- which countersink info shows, also counts the times across gaps.
--   requested_ns
--   reads      that followed another
--   min_ns, p50_ns, mean_ns, p99_ns, max_ns  time between two of them
--   jitter_ns  99 of 100 were within this of what was requested
CREATE MACRO achieved_period(stream) AS TABLE
	SELECT any_value(period_ns) AS requested_ns, count(dt_ns) AS reads, min(dt_ns) AS min_ns, quantile_disc(dt_ns, 0.5) AS p50_ns,
		avg(dt_ns) AS mean_ns, quantile_disc(dt_ns, 0.99) AS p99_ns, max(dt_ns) AS max_ns, quantile_disc(abs(dt_ns - period_ns::BIGINT), 0.99) AS jitter_ns
	FROM _reads(stream), _schedule(stream);

-- How late the reads of a stream began, as a histogram; buckets in which there is nothing are left out.
--   up_to_ns   after the deadline; a bucket begins above the one before it: 1, 2, 5, 10, 20, 50 us and so on. Null: more than 5 s
--   reads      in this bucket
--   share      of all reads
--   within     share of reads in this bucket and those before it
CREATE MACRO lateness(stream) AS TABLE
	WITH counted AS (
		SELECT unnest(map_entries(histogram(late_ns, list_transform(range(0, 21), n -> [1, 2, 5][n % 3 + 1] * (10 ** (3 + n // 3))::BIGINT)))) AS bin
		FROM _reads(stream)
	)
	SELECT CASE WHEN bin.key <= 5000000000 THEN bin.key END AS up_to_ns, bin.value AS reads, reads / sum(reads) OVER () AS share,
		sum(reads) OVER (ORDER BY bin.key) / sum(reads) OVER () AS within
	FROM counted WHERE bin.value > 0 ORDER BY bin.key;

-- Which counters a stream reads more often than they change: an oversampled source. Of all kinds, gauges too, one row each.
--   id, unit
--   reads        at which it could be seen whether it had changed: the read before followed on it, and both values could be read
--   changes      at how many of them it had
--   unchanged    share of the reads at which it had not
--   mean_ns      reads / changes, as time; null when it never changed
--   shortest_ns  between two changes, in the first 65,536 ticks; null when no two were seen there without a gap between them
--   typical_ns   half of the times between changes there were no longer
CREATE MACRO unchanged(stream) AS TABLE
	WITH compared AS (
		SELECT tick, CASE WHEN tick = lag(tick) OVER () + 1 THEN COLUMNS(* EXCLUDE (ts, tick, read_ns)) <> lag(COLUMNS(* EXCLUDE (ts, tick, read_ns))) OVER () END
		FROM query('FROM ' || _table(stream))
	), counted AS (
		SELECT {'reads': count(COLUMNS(* EXCLUDE (tick))), 'changes': coalesce(count_if(COLUMNS(* EXCLUDE (tick))), 0),
			'ticks': list(CASE WHEN COLUMNS(* EXCLUDE (tick)) THEN tick END) FILTER (COLUMNS(* EXCLUDE (tick)) IS DISTINCT FROM false AND tick < 65536)}
		FROM compared
	), columns AS (
		UNPIVOT counted ON COLUMNS(*) INTO NAME column_name VALUE seen
	), spaced AS (
		SELECT column_name, seen.reads AS reads, seen.changes AS changes,
			list_transform(list_zip(seen.ticks[2:], seen.ticks[:-2]), pair -> (pair[1] - pair[2])::BIGINT) AS between_changes
		FROM columns
	)
	SELECT id, unit, reads, changes, CASE WHEN reads > 0 THEN 1 - changes / reads END AS unchanged,
		CASE WHEN changes > 0 THEN reads / changes * period_ns END AS mean_ns,
		list_min(between_changes) * period_ns AS shortest_ns, list_aggregate(between_changes, 'quantile_disc', 0.5) * period_ns AS typical_ns
	FROM spaced JOIN query('SELECT column_name, id, unit FROM ' || _catalog(stream) || 'counters c WHERE c.stream = ' || _text(_stream(stream))) USING (column_name),
		_schedule(stream)
	ORDER BY unchanged DESC, id;
