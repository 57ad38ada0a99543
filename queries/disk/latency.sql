-- SPDX-License-Identifier: Apache-2.0
-- How long did the requests of each disk take?
-- The kernel adds up the time that completed requests took, so the answer is a mean for each window. Single slow requests among many fast
-- ones do not show. A request counts when it completes: a disk that hangs shows nothing until it continues; see 'disk-queue'.
-- Parameters
--   window  duration = 100ms  length of a window
-- Needs
--   disk  disk:*/{reads_completed,read_ms,writes_completed,write_ms}  each
-- Columns
--   disk         -  the device
--   kind         -  read or write
--   requests     requests  completed
--   mean_ms      ms  time of a request, over the whole recording
--   typical_ms   ms  median of the windows
--   worst_ms     ms  mean of the worst window
--   worst_begin  -  start of that window
-- Nothing
--   no recorded disk completed a request while it was recorded
WITH windowed AS (
	SELECT instance, name[:4] AS kind, "begin", sum(moved) FILTER (unit = 'requests') AS requests, sum(moved) FILTER (unit = 'ms') AS ms
	FROM windows({disk}, {disk.columns}, {window})
	GROUP BY instance, kind, "begin"
)
SELECT instance AS disk, CASE kind WHEN 'read' THEN 'read' ELSE 'write' END AS kind, sum(requests)::UBIGINT AS requests, round(sum(ms) / sum(requests), 3) AS mean_ms,
	round(median(ms / requests), 3) AS typical_ms, round(max(ms / requests), 3) AS worst_ms, arg_max("begin", (ms / requests, -epoch_ns("begin"))) AS worst_begin
FROM windowed
WHERE requests > 0
GROUP BY instance, kind
ORDER BY worst_ms DESC, disk, kind
