-- SPDX-License-Identifier: Apache-2.0
-- Which interrupts came often, and did one CPU take them all?
-- One CPU takes all interrupts of one queue, which is right where a device has many queues. Where a busy device has only one queue, that CPU
-- is the limit (/proc/irq/N/smp_affinity, irqbalance).
-- Parameters
--   least  number = 10  interrupts that came less often than this, per second, are left out
-- Needs
--   irq  irq:cpu*/*
-- Columns
--   interrupt  -  as in /proc/interrupts
--   events     events  on all CPUs
--   per_s      events/s  of the time between the first and the last read
--   busiest    -  the CPU that took most
--   share      share  of that CPU, 0 to 1
--   cpus       -  CPUs that took any
-- Nothing
--   no interrupt came that often
WITH by_cpu AS (
	SELECT name, instance, sum(delta) AS events, sum(dt_ns) AS span_ns FROM steps({irq}, {irq.columns}) GROUP BY name, instance
)
SELECT name AS interrupt, sum(events)::UBIGINT AS events, round(sum(events) * 1e9 / max(span_ns), 1) AS per_s,
	arg_min(instance, (-events, instance)) AS busiest, round(max(events) / sum(events), 4) AS share, count(*) FILTER (events > 0) AS cpus
FROM by_cpu
GROUP BY name
HAVING sum(events) * 1e9 / max(span_ns) >= {least} AND sum(events) > 0
ORDER BY events DESC, interrupt
