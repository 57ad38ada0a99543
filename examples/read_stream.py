# SPDX-License-Identifier: Apache-2.0
"""A live stream in Python: countersink record -e 'net:*@100Hz' -o - | python3 read_stream.py (pip install pyarrow)."""
import json
import sys

import pyarrow as pa

with pa.ipc.open_stream(sys.stdin.buffer) as stream:
    while True:
        try:
            batch, metadata = stream.read_next_batch_with_custom_metadata()
        except StopIteration:
            break
        gaps = json.loads(metadata.get(b"gaps", b"[]")) if metadata else []
        print(batch.num_rows, "rows;", sum(ticks for _, ticks, _, _ in gaps), "ticks in gaps")
