-- SPDX-License-Identifier: Apache-2.0
-- What does an average over 1 s hide?
-- A link that is nearly idle in a 1 s average can be full for milliseconds, and then queues overflow. Compare the peaks with
-- the speed of the link (10 Gbit/s is 1.25e9 bytes/s). A peak that still grows from peak_10ms to peak_read is shorter than 10 ms.
-- Windows of which less than half was seen are left out, and windows do not slide: a burst across
-- a border shows as two halves. A counter that its driver refreshes only now and then has a peak at every refresh: changed is
-- small then, see 'oversampled'.
-- Parameters
--   counters  counters = net:*/{rx,tx}_bytes  the counters to look at, of one stream
-- Columns
--   id          -  the counter
--   mean_per_s  unit/s  over everything that was seen
--   peak_1s     unit/s  fastest window of 1 s; null where the fast windows were not seen, so that no window reaches the mean
--   peak_100ms  unit/s  fastest window of 100 ms
--   peak_10ms   unit/s  fastest window of 10 ms
--   peak_read   unit/s  fastest from one read to the next
--   peak_end    -  the read that ended the fastest step
--   times       ratio  peak_read divided by mean_per_s
--   changed     share  of the reads that saw another value than the read before, 0 to 1
-- Nothing
--   none of these counters moved
WITH reads AS (
	SELECT id, sum(delta) * 1e9 / sum(dt_ns) AS mean_per_s, max(delta * 1e9 / dt_ns) AS peak_read, arg_max(ts, (delta / dt_ns, -tick::BIGINT)) AS peak_end, avg((delta > 0)::INT) AS changed
	FROM steps({counters.stream}, {counters.columns}) WHERE missed = 0 AND delta IS NOT NULL
	GROUP BY id HAVING sum(delta) > 0
),
peaks AS (
	SELECT id, max(per_s) FILTER (w = 1) AS peak_1s, max(per_s) FILTER (w = 2) AS peak_100ms, max(per_s) FILTER (w = 3) AS peak_10ms
	FROM (
		SELECT 1 AS w, id, per_s, coverage FROM windows({counters.stream}, {counters.columns}, 1000000000)
		UNION ALL SELECT 2, id, per_s, coverage FROM windows({counters.stream}, {counters.columns}, 100000000)
		UNION ALL SELECT 3, id, per_s, coverage FROM windows({counters.stream}, {counters.columns}, 10000000)
	)
	WHERE coverage >= 0.5
	GROUP BY id
)
SELECT id, round(mean_per_s) AS mean_per_s, round(CASE WHEN peak_1s >= 0.99 * mean_per_s THEN peak_1s END) AS peak_1s,
	round(CASE WHEN peak_100ms >= 0.99 * mean_per_s THEN peak_100ms END) AS peak_100ms,
	round(CASE WHEN peak_10ms >= 0.99 * mean_per_s THEN peak_10ms END) AS peak_10ms, round(peak_read) AS peak_read, peak_end, round(peak_read / mean_per_s, 1) AS times, round(changed, 4) AS changed
FROM reads LEFT JOIN peaks USING (id)
ORDER BY times DESC, id
