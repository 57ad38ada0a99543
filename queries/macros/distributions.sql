-- SPDX-License-Identifier: Apache-2.0
-- Distributions
-- How times and rates of one counter are distributed.

-- Times between reads at which a counter had moved.
--   ts, tick  of the later read
--   dt_ns     time since the last read at which it had moved; null where a tick between the two is not known
--   delta     how far the counter moved, at the later read
CREATE MACRO inter_event(stream, counter) AS TABLE
	SELECT ts, tick, CASE WHEN unknown = lag(unknown) OVER in_order THEN epoch_ns(ts) - lag(epoch_ns(ts)) OVER in_order END AS dt_ns, delta
	FROM _known(stream, counter) WHERE delta > 0 WINDOW in_order AS (ORDER BY tick);

-- The times of inter_event() as one row. A counter is seen to move only at a read, so every time is known to within one period of the
-- stream.
--   events        number of reads at which the counter had moved
--   times         number of times between two of them, with nothing unknown in between
--   min_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns, mean_ns
--   irregularity  standard deviation divided by mean: 0 for a clock, 1 for chance, more for bursts
CREATE MACRO inter_event_percentiles(stream, counter) AS TABLE
	SELECT events, times, min_ns, q[1] AS p50_ns, q[2] AS p90_ns, q[3] AS p99_ns, q[4] AS p999_ns, max_ns, mean_ns, irregularity
	FROM (SELECT count(*) AS events, count(dt_ns) AS times, min(dt_ns) AS min_ns, quantile_disc(dt_ns, [0.5, 0.9, 0.99, 0.999]) AS q,
		max(dt_ns) AS max_ns, avg(dt_ns) AS mean_ns, stddev_pop(dt_ns) / avg(dt_ns) AS irregularity FROM inter_event(stream, counter));

-- How fast a counter moved, seen through windows of several sizes at once: a microburst stands out in the short windows and vanishes
-- in the long ones. Windows of 10 us, 100 us, 1 ms, 10 ms, 100 ms and 1 s, from the shortest that holds a tick.
--   coverage    share of the ticks of a window that must be known; default 0.9. The rate is that of the known ticks, so a window is
--               never judged by what it may have missed; 1 takes only windows without a hole
-- Columns:
--   window_ns   what the window really spans: a whole number of ticks, from the start of the recording; windows do not overlap
--   ticks       number of ticks in a window
--   windows     number of windows of which enough is known
--   incomplete  number of the other windows, because of a gap, a reset or a value that could not be read; no percentile counts them
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
