-- SPDX-License-Identifier: Apache-2.0
-- Many counters
-- All counters of a stream whose columns match a regular expression, as '_dropped$'.

-- How far each counter of a stream moved from one stored read to the next, across missing ticks too: what was counted in a gap is
-- counted, only not how fast. deltas() has one counter at full precision.
--   pattern   a regular expression over the columns
-- Columns:
--   ts, tick  of the later read
--   missed    ticks between the two reads that were not stored; null for the first read
--   dt_ns     time between the two reads
--   id, source, instance, name, unit, width  of the counter
--   value, previous  as read
--   delta     how far the counter moved, in its unit; null for the first read, after a reset and for a value that could not be read
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

-- When counters moved that should stand still: runs of moves. Two moves are one run when at most merge_ns is between them.
--   pattern   a regular expression over the columns
--   merge_ns  in nanoseconds
-- Columns:
--   id, instance, name, unit  of the counter
--   "begin", dur_ns           the first read that saw a move, and the time from there to the last one
--   moved                     how far the counter moved, in its unit
--   reads                     number of reads that saw a move
--   in_gaps                   the part of moved that was seen right after missing ticks, so that nobody knows when it happened
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

-- How fast the counters of a stream were, window by window. A step counts for the window that holds its middle. Steps across missing
-- ticks are left out, and coverage says how much of the window was seen.
--   pattern   a regular expression over the columns
--   width_ns  of a window, in nanoseconds
-- Columns:
--   id, instance, name, unit  of the counter
--   "begin"                   start of the window, a multiple of width_ns since 1970
--   moved                     how far the counter moved, in its unit
--   covered_ns, coverage      the time between reads that was seen, and its share of the window
--   per_s                     moved per second of the time that was seen
CREATE MACRO windows(stream, pattern, width_ns) AS TABLE
	SELECT id, instance, name, unit, make_timestamp_ns(slot * width_ns::BIGINT) AS "begin", sum(delta)::UBIGINT AS moved,
		sum(dt_ns)::BIGINT AS covered_ns, least(1, covered_ns / width_ns) AS coverage, sum(delta) * 1e9 / sum(dt_ns) AS per_s
	FROM (SELECT *, (epoch_ns(ts) - dt_ns // 2) // width_ns::BIGINT AS slot FROM steps(stream, pattern) WHERE missed = 0 AND delta IS NOT NULL)
	GROUP BY id, instance, name, unit, slot;

-- When the counters of a stream were much faster than usual: windows, of each at least half seen, in which the rate was more than
-- factor times the usual rate and at least `least` was counted. The usual rate is the median of all windows of the counter or their
-- mean, whichever is larger, so that a counter that mostly stands still does not surge whenever it moves. Windows that are at
-- most merge_ns apart are one surge.
--   pattern   a regular expression over the columns
--   width_ns  of a window, in nanoseconds
--   factor    how many times the usual rate
--   least     lowest number that is counted in a window, in the unit of the counter
--   merge_ns  in nanoseconds
-- Columns:
--   id, instance, name, unit  of the counter
--   "begin", dur_ns           start of the first window, and the time from there to the end of the last
--   moved, per_s, peak_per_s  of these windows, without those between them; the peak is the rate of the fastest
--   usual_per_s, times        the usual rate, and the peak divided by it
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
-- from the mean of the four windows before.
--   pattern   a regular expression over the columns
--   width_ns  of a window, in nanoseconds
--   factor    how many times the lower level the higher one must be
--   least     lowest difference per window, in the unit of the counter
-- Columns:
--   id, instance, name, unit      of the counter
--   changed_at                    start of the first window at the new level
--   before_per_s, after_per_s     means of the four windows before and after
--   times                         the larger of the two divided by the smaller; null where the smaller is 0
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
