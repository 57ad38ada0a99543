-- SPDX-License-Identifier: Apache-2.0
-- Did pause frames stop an interface, or did it stop others?
-- A pause frame that was received (rx) stops this host's sending: the switch or the peer is congested. One that was sent (tx) says
-- that this host could not keep up, and spreads its congestion to others. Names are those of the driver.
-- Parameters
--   merge  duration = 100ms  frames that are no further apart are one event
-- Needs
--   ethtool  ethtool:*/*{pause,xoff,xon,pfc}*
-- Columns
--   id       -  the counter of the driver
--   begin    -  first read that saw a pause
--   dur_ns   ns  from there to the last read of the event that saw one
--   moved    unit  frames, or time for counters named duration, as the driver counts
--   in_gaps  unit  of these: seen right after missing ticks
-- Nothing
--   no pause frame was counted while it was recorded
SELECT id, "begin", dur_ns, moved, in_gaps
FROM episodes({ethtool}, {ethtool.columns}, {merge})
ORDER BY "begin", id
