-- SPDX-License-Identifier: Apache-2.0
-- Which control groups waited, and for what?
-- The same as 'pressure', for each control group that was recorded. A group contains the groups below it. A group that is stopped by its
-- limit also waits for CPU: see 'throttling'.
-- Parameters
--   window  duration = 500ms  length of a window
-- Needs
--   cgroup  cgroup:*/*.pressure.*_total
-- Columns
--   cgroup       -  path of the group
--   resource     -  cpu, memory, io or irq
--   kind         -  some or full
--   mean         share  of the recorded time, 0 to 1
--   worst        share  of the worst window, of which at least half was seen
--   worst_begin  -  start of that window
--   stalled_ms   ms  in all
-- Nothing
--   no task of these control groups waited for anything
WITH shares AS (
	SELECT instance, name, "begin", covered_ns, moved * 1000.0 AS stalled_ns, stalled_ns / covered_ns AS share, coverage
	FROM windows({cgroup}, {cgroup.columns}, {window})
)
SELECT instance AS cgroup, split_part(name, '.', 1) AS resource, split_part(name, '.', 3)[:4] AS kind, round(sum(stalled_ns) / sum(covered_ns), 4) AS mean,
	round(max(share) FILTER (coverage >= 0.5), 4) AS worst, arg_max("begin", (share, -epoch_ns("begin"))) FILTER (coverage >= 0.5) AS worst_begin,
	round(sum(stalled_ns) / 1e6, 3) AS stalled_ms
FROM shares
GROUP BY instance, name
HAVING sum(stalled_ns) > 0
ORDER BY worst DESC, stalled_ms DESC, cgroup, resource, kind
