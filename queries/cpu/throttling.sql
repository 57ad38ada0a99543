-- SPDX-License-Identifier: Apache-2.0
-- Which control groups were stopped by their CPU limit?
-- A group that used up its quota is stopped until the period ends (100 ms by default): requests wait although CPUs are idle.
-- Needs
--   cgroup  cgroup:*/cpu.{nr_periods,nr_throttled,throttled_usec,throttled_time}
-- Columns
--   cgroup           -  path of the group
--   periods          -  periods of the limit that ended while it was recorded
--   throttled        -  of these: periods in which it was stopped
--   share            share  throttled by periods, 0 to 1
--   throttled_ms     ms  time it was stopped, added up over CPUs
--   first            -  first read that saw it stopped
--   last             -  last read that saw it stopped
-- Nothing
--   no control group was stopped by its CPU limit
SELECT instance AS cgroup,
	coalesce(sum(delta) FILTER (name = 'cpu.nr_periods'), 0)::UBIGINT AS periods,
	coalesce(sum(delta) FILTER (name = 'cpu.nr_throttled'), 0)::UBIGINT AS throttled,
	round(throttled / nullif(periods, 0), 4) AS share,
	coalesce(sum(delta * CASE unit WHEN 'ns' THEN 1e-6 ELSE 1e-3 END) FILTER (unit IN ('ns', 'us')), 0) AS throttled_ms,
	min(ts) FILTER (name = 'cpu.nr_throttled' AND delta > 0) AS first,
	max(ts) FILTER (name = 'cpu.nr_throttled' AND delta > 0) AS last
FROM steps({cgroup}, {cgroup.columns})
GROUP BY instance
HAVING throttled > 0
ORDER BY throttled_ms DESC, cgroup
