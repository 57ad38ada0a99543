-- SPDX-License-Identifier: Apache-2.0
-- How much CPU time did the hypervisor give to others?
-- A stolen CPU had work and did not run, so programs are late for no reason of their own. The kernel counts time in steps of 10 ms, so
-- windows shorter than 100 ms are rough.
-- Parameters
--   window  duration = 100ms  length of a window
-- Needs
--   cpu  cpu:*/{user,nice,system,idle,iowait,irq,softirq,steal}  each
-- Columns
--   cpu          -  the CPU; total: all together
--   stolen       share  of the recorded time, 0 to 1
--   worst_share  share  of the window in which most was stolen; windows of which less than half was seen are left out
--   worst_begin  -  start of that window
--   windows      -  windows in which more than a tenth was stolen
-- Nothing
--   no time was stolen, as on a machine that is not virtual
WITH shares AS (
	SELECT instance, "begin", coalesce(sum(moved) FILTER (name = 'steal'), 0) AS stolen, sum(moved) AS ticks, stolen / nullif(ticks, 0) AS share,
		max(coverage) AS coverage
	FROM windows({cpu}, {cpu.columns}, {window})
	GROUP BY instance, "begin"
)
SELECT instance AS cpu, round(sum(stolen) / sum(ticks), 4) AS stolen, round(max(share) FILTER (coverage >= 0.5), 4) AS worst_share,
	arg_max("begin", (share, -epoch_ns("begin"))) FILTER (coverage >= 0.5) AS worst_begin, count(*) FILTER (share > 0.1 AND coverage >= 0.5) AS windows
FROM shares
GROUP BY instance
HAVING sum(stolen) > 0
ORDER BY stolen DESC, cpu
