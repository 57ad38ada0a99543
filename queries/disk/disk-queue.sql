-- SPDX-License-Identifier: Apache-2.0
-- When did requests pile up at a disk?
-- The mean number of requests under way is the time that all requests took, divided by the time that passed. The kernel adds it up when
-- requests complete, so a disk that hangs shows a large value in the window in which it continues.
-- Parameters
--   window     duration = 50ms  length of a window
--   threshold  number = 2  requests under way, on average
-- Needs
--   disk  disk:*/{queue_ms,io_ms}  each
-- Columns
--   disk        -  the device
--   begin       -  start of the first window above the threshold
--   dur_ns      ns  length of the windows together
--   mean_queue  requests  under way, on average
--   peak_queue  requests  in the worst window
--   busy        share  of the time with at least one request under way, 0 to 1
-- Nothing
--   no recorded disk had more requests under way than the threshold
WITH windowed AS (
	SELECT instance, "begin", any_value(covered_ns) AS covered_ns, sum(moved) FILTER (name = 'queue_ms') * 1e6 AS queue_ns,
		sum(moved) FILTER (name = 'io_ms') * 1e6 AS busy_ns
	FROM windows({disk}, {disk.columns}, {window})
	WHERE coverage >= 0.5
	GROUP BY instance, "begin"
),
runs AS (
	SELECT *, sum(opens) OVER (PARTITION BY instance ORDER BY "begin") AS run
	FROM (
		SELECT *, coalesce(epoch_ns("begin") - lag(epoch_ns("begin")) OVER (PARTITION BY instance ORDER BY "begin") > {window}, true)::INT AS opens
		FROM windowed WHERE queue_ns > {threshold} * covered_ns
	)
)
SELECT instance AS disk, min("begin") AS "begin", epoch_ns(max("begin")) - epoch_ns(min("begin")) + {window} AS dur_ns,
	round(sum(queue_ns) / sum(covered_ns), 2) AS mean_queue, round(max(queue_ns / covered_ns), 2) AS peak_queue,
	round(least(1, sum(busy_ns) / sum(covered_ns)), 4) AS busy
FROM runs
GROUP BY instance, run
ORDER BY "begin", disk
