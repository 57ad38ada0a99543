-- SPDX-License-Identifier: Apache-2.0
-- Bursts and stalls
-- When one counter was fast, and when it stood still.

-- Known deltas of at least a rate per second, each with the number of unknown ticks before it. Two rows that are neighbours here have the
-- same number when they followed each other or had only slower ones between them. Only a window over the table itself may rely on the
-- order in which it is stored, since DuckDB holds back small chunks after a filter or a join. So unknown ticks are counted in two
-- parts: missing ticks there, and the rare resets and nulls afterwards.
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

-- Runs of ticks in which a counter moved at a threshold or faster. Two runs are one burst when at most `merge` is between them. With
-- nothing to merge a burst ends at every tick that is slower or not known.
--   threshold   per second, in the unit of the counter
--   merge       a length of time; default '0 s'
-- Columns:
--   begin       the read before the first fast tick: the burst started after it
--   until       the read that ends the last fast tick
--   dur_ns      until minus begin
--   moved       how far the counter moved in that time; null when it was reset in between
--   peak_per_s  rate of the fastest tick
--   mean_per_s  moved per second of dur_ns
--   ticks       number of ticks in that time
--   unknown     number of those that are not known, because of a gap, a reset or a value that could not be read. It is 0 unless two runs
--               were merged across them; moved includes what the counter did meanwhile, but nobody knows how fast that was
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
--   minimum  a length of time; shorter stalls are left out
-- Columns:
--   begin    the first read of the value at which the counter stood
--   until    the last read of that value
--   dur_ns   until minus begin; the counter stood still for at least this long
--   ticks    number of ticks in that time
--   cut      null when the counter was seen to move right before and right after. Otherwise it may have stood still for longer: 'begin',
--            'until' or 'both' name the side where nothing is known, because of a gap, a reset, a value that could not be read, or an end
--            of the recording
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
