-- SPDX-License-Identifier: Apache-2.0
-- Do the queues of an interface share its packets evenly?
-- When one queue carries most packets, one CPU is the limit, however many CPUs there are. The cause is a single flow, or a hash that does
-- not spread. Queues are recognised by the names that drivers give their counters: rx_queue_0_packets, rx0_packets, rx-0.packets,
-- queue_0_rx_cnt.
-- Needs
--   ethtool  ethtool:*/{rx,tx,queue}*[0-9]*{packets,cnt}
-- Columns
--   interface  -  the interface
--   direction  -  rx or tx
--   queue      -  number of the queue
--   packets    packets  that went through it
--   share      share  of the packets of all queues of the interface in this direction, 0 to 1
--   times_even  ratio  share times the number of queues: 1 where all carry the same, and the number of queues where one carries all
--   busiest_ns  ns  time between reads in which it carried more than any other queue
-- Nothing
--   no queue carried a packet, or the driver does not count by queue
WITH named AS (
	SELECT *, regexp_extract(name, '^(?:(rx|tx)[-_]?(?:queue[-_])?([0-9]+)[-_.]?packets|queue_([0-9]+)_(rx|tx)_cnt)$', ['a', 'b', 'c', 'd']) AS n
	FROM steps({ethtool}, {ethtool.columns})
),
queues AS (
	SELECT instance, n.a || n.d AS direction, (n.b || n.c)::INT AS queue, tick, dt_ns, delta,
		delta > 0 AND delta = max(delta) OVER (PARTITION BY instance, direction, tick) AS busiest
	FROM named WHERE n.a || n.d <> '' AND delta IS NOT NULL
),
sums AS (
	SELECT instance, direction, queue, sum(delta)::UBIGINT AS packets, coalesce(sum(dt_ns) FILTER (busiest), 0)::BIGINT AS busiest_ns
	FROM queues GROUP BY ALL
)
SELECT
	instance AS interface,
	direction,
	queue,
	packets,
	round(packets / sum(packets) OVER same, 4) AS share,
	round(share * count(*) OVER same, 3) AS times_even,
	busiest_ns
FROM sums
WINDOW same AS (PARTITION BY instance, direction)
QUALIFY sum(packets) OVER same > 0
ORDER BY interface, direction, packets DESC, queue
