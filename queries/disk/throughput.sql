-- SPDX-License-Identifier: Apache-2.0
-- How much did each disk read and write, and how fast at best?
-- A sector has 512 bytes, whatever the device says. Small requests are limited by their number, large requests by their bytes: see
-- request_bytes.
-- Parameters
--   window  duration = 100ms  length of a window
-- Needs
--   disk  disk:*/{sectors_read,sectors_written,reads_completed,writes_completed}  each
-- Columns
--   disk            -  the device
--   kind            -  read or write
--   bytes           bytes  in all
--   requests        requests  completed
--   request_bytes   bytes  mean size of a request
--   mean_per_s      bytes/s  over the whole recording
--   peak_per_s      bytes/s  of the fastest window, of which at least half was seen
--   peak_begin      -  start of that window
-- Nothing
--   no recorded disk read or wrote anything while it was recorded
WITH windowed AS (
	SELECT instance, CASE WHEN name IN ('sectors_read', 'reads_completed') THEN 'read' ELSE 'write' END AS kind, "begin",
		max(covered_ns) AS covered_ns, max(coverage) AS coverage, sum(moved) FILTER (unit = 'sectors') * 512 AS bytes, sum(moved) FILTER (unit = 'requests') AS requests
	FROM windows({disk}, {disk.columns}, {window})
	GROUP BY instance, kind, "begin"
)
SELECT instance AS disk, kind, sum(bytes)::UBIGINT AS bytes, sum(requests)::UBIGINT AS requests, round(sum(bytes) / nullif(sum(requests), 0)) AS request_bytes,
	round(sum(bytes) * 1e9 / sum(covered_ns)) AS mean_per_s, round(max(bytes * 1e9 / covered_ns) FILTER (coverage >= 0.5)) AS peak_per_s,
	arg_max("begin", (bytes / covered_ns, -epoch_ns("begin"))) FILTER (coverage >= 0.5) AS peak_begin
FROM windowed
GROUP BY instance, kind
HAVING sum(bytes) > 0
ORDER BY bytes DESC, disk, kind
