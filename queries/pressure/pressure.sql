-- SPDX-License-Identifier: Apache-2.0
-- What did tasks wait for: CPU, memory or disk?
-- The share of time in which at least one task (some) or all that were not idle (full) waited for the resource. The kernel adds the time
-- when a task stops waiting, so a window may show more than its own length.
-- Parameters
--   window  duration = 100ms  length of a window
-- Needs
--   psi  psi:*/*_total
-- Columns
--   resource     -  cpu, memory, io or irq
--   kind         -  some or full
--   mean         share  of the recorded time, 0 to 1
--   worst        share  of the worst window, of which at least half was seen
--   worst_begin  -  start of that window
--   stalled_ms   ms  in all
-- Nothing
--   no task waited for anything
WITH shares AS (
	SELECT instance, name, "begin", covered_ns, moved * 1000.0 AS stalled_ns, stalled_ns / covered_ns AS share, coverage
	FROM windows({psi}, {psi.columns}, {window})
)
SELECT instance AS resource, name[:4] AS kind, round(sum(stalled_ns) / sum(covered_ns), 4) AS mean,
	round(max(share) FILTER (coverage >= 0.5), 4) AS worst, arg_max("begin", (share, -epoch_ns("begin"))) FILTER (coverage >= 0.5) AS worst_begin,
	round(sum(stalled_ns) / 1e6, 3) AS stalled_ms
FROM shares
GROUP BY instance, name
HAVING sum(stalled_ns) > 0
ORDER BY worst DESC, stalled_ms DESC, resource, kind
