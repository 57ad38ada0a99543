-- SPDX-License-Identifier: Apache-2.0
-- Did pause frames stop an interface, or did it stop others?
-- A pause frame that was received (rx) stops the sending of this host: the switch or the peer is congested. A pause frame that was sent (tx)
-- says that this host could not keep up, and spreads the congestion to others. The names are those of the driver.
-- Parameters
--   merge  duration = 100ms  frames that are at most this far apart are one event
-- Needs
--   ethtool  ethtool:*/*{pause,xoff,xon,pfc}*
-- Columns
--   id       -  the counter of the driver
--   begin    -  first read that saw a pause
--   dur_ns   ns  time from there to the last read of the event that saw one
--   moved    unit  frames, or time for counters named duration, as the driver counts
--   in_gaps  unit  the part that was seen right after missing ticks
-- Nothing
--   no pause frame was counted while it was recorded
SELECT id, "begin", dur_ns, moved, in_gaps
FROM episodes({ethtool}, {ethtool.columns}, {merge})
ORDER BY "begin", id
