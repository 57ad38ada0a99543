-- SPDX-License-Identifier: Apache-2.0
-- A recording: one DuckDB file with everything about one run. This file is the contract between storage/ and queries/.
-- In addition there is one wide table per stream, named in streams.name:
--   ts TIMESTAMP_NS   start of the read window, UTC: wall time at the start of the recording, advanced by CLOCK_MONOTONIC
--   tick UBIGINT      number of the scheduled read; its deadline is recording.started_at + tick * streams.period_ns
--   read_ns UINTEGER  length of the read window; the values were read between ts and ts + read_ns
--   one column per counter (counters.column_name); null where the value could not be read
-- and a view <stream>_long with the same values as (ts, tick, read_ns, id, value).
-- Identity, per stream: streams.ticks_scheduled = rows + sum(gaps.ticks).

CREATE TABLE recording (
	format_version UINTEGER NOT NULL,      -- storage/file.ts: FORMAT_VERSION
	countersink_version VARCHAR NOT NULL,
	started_at TIMESTAMP_NS,               -- deadline of tick 0 of every stream; null: the sampler never started
	start_monotonic_ns BIGINT,             -- the same on CLOCK_MONOTONIC
	wall_offset_ns BIGINT NOT NULL,        -- ts = CLOCK_MONOTONIC + this
	requested_duration_ns BIGINT,          -- null: until told to stop
	events VARCHAR[] NOT NULL,             -- as the user wrote them
	command VARCHAR[],                     -- the wrapped command, if any
	host VARCHAR NOT NULL,
	kernel VARCHAR NOT NULL,
	cpus UINTEGER NOT NULL,
	wait VARCHAR NOT NULL,                 -- sleep, hybrid or spin; imported: not sampled by countersink
	sampler_cpu INTEGER NOT NULL,          -- CPU of the sampling loop; -1: not pinned
	realtime BOOLEAN,                      -- SCHED_FIFO or nice -20 was granted
	locked BOOLEAN,                        -- memory was locked
	writer_pid BIGINT NOT NULL,
	boot_id VARCHAR,                       -- id of the boot during the recording, since processes are numbered anew at each boot; null: imported
	command_pid BIGINT,                    -- process of the command, and its start in clock ticks since the boot
	command_started_ticks BIGINT,
	log_follows BOOLEAN NOT NULL,          -- true in the file while it has a log (<file>.wal), false in that log and so for readers of both; true without a log means that the log is lost
	ended VARCHAR,                         -- null: not finalised; else complete, command, interrupted, sampler_killed, sampler_failed, recovered
	ended_at TIMESTAMP_NS,
	detail VARCHAR,                        -- what the sampler said when it failed, or what was recovered
	imported_from VARCHAR,                 -- the input of an import, as sentences name it; null, as the next two: recorded by this writer
	imported_at TIMESTAMP_NS,
	imported_by VARCHAR,                   -- version of the countersink that imported it
	command_status INTEGER,                -- exit status of the wrapped command, 128 + n for signal n
	sampler_cpu_ns UBIGINT                 -- CPU time of the sampler process
);

CREATE TABLE streams (
	name VARCHAR NOT NULL,                 -- the table
	source VARCHAR NOT NULL,
	period_ns UBIGINT NOT NULL,            -- requested
	paced_by VARCHAR NOT NULL,             -- who decides when there is a row: the sampler; a device that samples by its own clock (also whatever sampled an import whose period is not a whole number); or events, which are the rows
	counters UINTEGER NOT NULL,
	ring_bytes UBIGINT NOT NULL,
	granted_ns UBIGINT,                    -- period that a device granted; null: paced by the sampler or by events
	-- From here on null until the recording is finalised; quantiles are also null where there was nothing to measure, as between events.
	ticks_scheduled UBIGINT,
	rows_stored UBIGINT,
	gap_ticks UBIGINT,
	null_values UBIGINT,
	achieved_p50_ns UBIGINT,               -- time from one stored read to the next, also across a gap; for a device by its own clock
	achieved_p99_ns UBIGINT,
	achieved_max_ns UBIGINT,
	lateness_p50_ns UBIGINT,               -- time from the deadline to the start of the read, or of the drain
	lateness_p99_ns UBIGINT,
	lateness_max_ns UBIGINT,
	read_p50_ns UBIGINT,                   -- length of the read window; for a device that samples by itself, of a command that drains it
	read_p99_ns UBIGINT,
	read_max_ns UBIGINT,
	last_errno INTEGER                     -- errno of the last failed read or drain; 0: none failed; null also after recovery, where it is not known
);

CREATE TABLE counters (
	stream VARCHAR NOT NULL,
	column_name VARCHAR NOT NULL,
	id VARCHAR NOT NULL,                   -- source:instance/name; for a device's counter its published name, if it has one beside its number
	source VARCHAR NOT NULL,
	instance VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	unit VARCHAR NOT NULL,
	semantics VARCHAR NOT NULL,            -- counter, gauge or flag
	width UTINYINT NOT NULL,               -- bits until a counter wraps
	type VARCHAR NOT NULL,                 -- u64, i64 or f64
	help VARCHAR NOT NULL
);

-- Format strings of a device that traces, as its firmware had them at the start; messages() combines them with events.
CREATE TABLE trace_strings (
	stream VARCHAR NOT NULL,
	address UBIGINT NOT NULL,              -- address of its first byte; an event may also refer to a later one
	format VARCHAR NOT NULL                -- as for printf in C
);

CREATE TABLE gaps (
	stream VARCHAR NOT NULL,
	first_tick UBIGINT NOT NULL,
	ticks UBIGINT NOT NULL,
	reason VARCHAR NOT NULL,               -- late, ring_full, source_error, device_skipped, suspended, killed, sink_full, absent
	noticed_at TIMESTAMP_NS NOT NULL
);

CREATE TABLE marks (
	ts TIMESTAMP_NS NOT NULL,
	name VARCHAR NOT NULL,                 -- command_start, command_end, suspended, or what the user named
	detail VARCHAR
);

-- About once a second: the clocks, read together, so that ts can be converted to another clock and drift can be seen.
CREATE TABLE clock_anchors (
	ts TIMESTAMP_NS NOT NULL,
	monotonic_ns BIGINT NOT NULL,
	realtime_ns BIGINT NOT NULL,
	boottime_ns BIGINT NOT NULL,
	window_ns BIGINT NOT NULL              -- all three were read within it
);

-- About once a second for each stream that a device samples by itself: its clock compared with ours. ts of such a stream is the
-- device's time stamp, converted by the fit at the time of the row; within the recording it never goes back.
CREATE TABLE device_clocks (
	stream VARCHAR NOT NULL,
	ts TIMESTAMP_NS NOT NULL,
	device_clock UBIGINT NOT NULL,         -- what the device's clock showed at ts, in its own units, unwrapped to 64 bits
	rate_ppb BIGINT NOT NULL,              -- how much faster it runs than the device says, in parts of 10^9
	residual_ns UBIGINT NOT NULL           -- bound of the error of ts since the row before
);

-- One row per stream and commit. It counts the rows and gaps up to that commit.
CREATE TABLE sampler_stats (
	ts TIMESTAMP_NS NOT NULL,
	stream VARCHAR NOT NULL,
	ticks_accounted UBIGINT NOT NULL,      -- = rows_stored + gap_ticks
	rows_stored UBIGINT NOT NULL,
	gap_ticks UBIGINT NOT NULL,
	ring_fill DOUBLE NOT NULL,             -- share of the ring in use before the commit, 0 to 1
	sampler_cpu_ns UBIGINT NOT NULL
);

-- Rows that are recorded and not yet in the table of their stream (storage/tail.ts draws them). Empty once the recording is finalised.
CREATE TABLE tail (
	stream VARCHAR NOT NULL,
	rows UINTEGER NOT NULL,                -- of this piece; pieces of a stream follow each other in the order of their ticks
	cells BLOB NOT NULL
);
