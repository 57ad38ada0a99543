-- SPDX-License-Identifier: Apache-2.0
-- When did a counter that should move stand still?
-- Packets do not come, a clock does not tick, a thread does not switch. Where cut is not null the counter may have stood still for longer:
-- nothing is known on that side.
-- Parameters
--   counter  counter  which counter
--   least    duration = 10ms  shorter times are left out
-- Columns
--   begin   -  first read of the value at which it stood
--   until   -  the last
--   dur_ns  ns  until minus begin; it stood still for at least this long
--   cut     -  begin, until or both: the sides that a gap, a reset or the end of the recording hides; null: neither
-- Nothing
--   the counter never stood still for that long
SELECT "begin", until, dur_ns, cut
FROM stalls({counter.stream}, {counter}, {least})
ORDER BY dur_ns DESC, "begin"
