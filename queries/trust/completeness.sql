-- SPDX-License-Identifier: Apache-2.0
-- How much of what was scheduled was read?
-- A recording that was not finalised is counted up to its last commit. Missing ticks are in no rate. How much a counter moved in a gap is
-- known where it was read before and after.
-- Columns
--   stream       -  the stream
--   expected     -  ticks that were scheduled
--   stored       -  ticks that are rows, as the writer counted them; countersink info counts them again
--   share        share  stored divided by expected, 0 to 1; null before the first tick
--   late         -  ticks whose deadline had passed
--   ring_full    -  ticks lost because the writer stood still
--   other        -  ticks lost for another reason: a failed read, a device that skipped, the sampler killed
--   unaccounted  -  0, or the ledger was changed after it was written
-- Nothing
--   the recording has no streams
SELECT "stream", expected, stored, round(share, 6) AS share, late, ring_full, source_error + device_skipped + suspended + killed AS other, unaccounted
FROM completeness()
ORDER BY share, "stream"
