# SPDX-License-Identifier: Apache-2.0
"""A finished recording in Python: any DuckDB 1.5 client reads it, macros included (pip install duckdb)."""
import sys

import duckdb

with duckdb.connect(sys.argv[1], read_only=True) as recording:
    print(recording.sql("SELECT stream, reason, sum(ticks) AS ticks FROM gaps GROUP BY ALL"))
    print(recording.sql("FROM rate_percentiles('net', 'net:lo/rx_packets')"))
    rows = recording.sql("SELECT ts, lo_rx_packets FROM net").fetchall()
    print(len(rows), "rows")
