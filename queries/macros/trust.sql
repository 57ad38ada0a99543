-- SPDX-License-Identifier: Apache-2.0
-- Trust
-- How much of what was asked for was read, and how well it was timed.

-- How much of what was scheduled was read, stream by stream. For a recording that was not finalised: up to its last commit.
--   recording  name of an attached recording; default: this one
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
--   late_ns   start of the read after its deadline
--   dt_ns     time since the read before; null after a gap and for the first read
CREATE MACRO _reads(stream) AS TABLE
	SELECT ts, tick, epoch_ns(ts) - (start_ns + _due(tick, pace, bits))::BIGINT AS late_ns, CASE WHEN tick = p_tick + 1 THEN epoch_ns(ts) - p_ns END AS dt_ns
	FROM (SELECT ts, tick, lag(tick) OVER () AS p_tick, lag(epoch_ns(ts)) OVER () AS p_ns FROM query('SELECT ts, tick FROM ' || _table(stream))), _schedule(stream);

-- The real period of a stream, from its rows: one row. Only reads that follow each other count. streams.achieved_*, which
-- countersink info shows, also counts the times across gaps.
--   requested_ns
--   reads      number of reads that followed another
--   min_ns, p50_ns, mean_ns, p99_ns, max_ns  time between two of them
--   jitter_ns  99 of 100 times were within this of what was requested
CREATE MACRO achieved_period(stream) AS TABLE
	SELECT any_value(period_ns) AS requested_ns, count(dt_ns) AS reads, min(dt_ns) AS min_ns, quantile_disc(dt_ns, 0.5) AS p50_ns,
		avg(dt_ns) AS mean_ns, quantile_disc(dt_ns, 0.99) AS p99_ns, max(dt_ns) AS max_ns, quantile_disc(abs(dt_ns - period_ns::BIGINT), 0.99) AS jitter_ns
	FROM _reads(stream), _schedule(stream);

-- How late the reads of a stream started, as a histogram without its empty buckets.
--   up_to_ns   after the deadline; a bucket starts above the end of the one before: 1, 2, 5, 10, 20, 50 us and so on. Null: more than 5 s
--   reads      number of reads in this bucket
--   share      of all reads
--   within     share of reads in this bucket and in those before it
CREATE MACRO lateness(stream) AS TABLE
	WITH counted AS (
		SELECT unnest(map_entries(histogram(late_ns, list_transform(range(0, 21), n -> [1, 2, 5][n % 3 + 1] * (10 ** (3 + n // 3))::BIGINT)))) AS bin
		FROM _reads(stream)
	)
	SELECT CASE WHEN bin.key <= 5000000000 THEN bin.key END AS up_to_ns, bin.value AS reads, reads / sum(reads) OVER () AS share,
		sum(reads) OVER (ORDER BY bin.key) / sum(reads) OVER () AS within
	FROM counted WHERE bin.value > 0 ORDER BY bin.key;

-- Which counters a stream reads more often than they change: an oversampled source. One row for each counter, gauge and flag.
--   id, unit
--   reads        number of reads that could show a change: the read before followed on it, and both values could be read
--   changes      number of those that showed one
--   unchanged    share of those that did not
--   mean_ns      reads / changes, as time; null when it never changed
--   shortest_ns  time between two changes, in the first 65,536 ticks; null when no two were seen there without a gap between them
--   typical_ns   half of the times between changes there were at most this long
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
