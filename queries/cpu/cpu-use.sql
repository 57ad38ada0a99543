-- SPDX-License-Identifier: Apache-2.0
-- What did each CPU spend its time on?
-- Shares of the time that the kernel accounted, in steps of 10 ms: for less than a second they are rough. User and nice contain the time of
-- guests. The sums include gaps.
-- Needs
--   cpu  cpu:*/{user,nice,system,idle,iowait,irq,softirq,steal}  each
-- Columns
--   cpu      -  the CPU; total: all together
--   busy     share  neither idle nor waiting for a disk nor stolen, 0 to 1
--   user     share  programs
--   nice     share  programs at lowered priority
--   system   share  the kernel, without interrupts
--   irq      share  hard interrupts
--   softirq  share  softirqs
--   steal    share  stolen by the hypervisor for other guests
--   iowait   share  idle, with a disk request outstanding
--   idle     share  nothing to run
-- Nothing
--   no time was accounted between the first and the last read
WITH shares AS (
	SELECT instance, name, sum(delta) / nullif(sum(sum(delta)) OVER (PARTITION BY instance), 0) AS share
	FROM steps({cpu}, {cpu.columns})
	GROUP BY instance, name
)
SELECT instance AS cpu, round(sum(share) FILTER (name NOT IN ('idle', 'iowait', 'steal')), 4) AS busy,
	round(any_value(share) FILTER (name = 'user'), 4) AS user,
	round(any_value(share) FILTER (name = 'nice'), 4) AS nice,
	round(any_value(share) FILTER (name = 'system'), 4) AS system,
	round(any_value(share) FILTER (name = 'irq'), 4) AS irq,
	round(any_value(share) FILTER (name = 'softirq'), 4) AS softirq,
	round(any_value(share) FILTER (name = 'steal'), 4) AS steal,
	round(any_value(share) FILTER (name = 'iowait'), 4) AS iowait,
	round(any_value(share) FILTER (name = 'idle'), 4) AS idle
FROM shares
GROUP BY instance
HAVING sum(share) > 0
ORDER BY cpu
