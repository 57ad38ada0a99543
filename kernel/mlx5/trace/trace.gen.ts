// SPDX-License-Identifier: Apache-2.0
// Printed by kernel/mlx5/tables_print.c from trace/trace.h: change it there and run `npm run gen`.

/** The commands of a plan, in the order in which they are sent. */
export const traceCommandNames = [
	"alloc_pd",
	"create_mkey",
	"acquire",
	"configure",
	"clock",
	"enable",
	"disable",
	"release",
	"destroy_mkey",
	"dealloc_pd",
] as const;

/** What a row says of an event. */
export const traceFieldNames = ["event_id", "tmsn", "tdsn", "parameter", "lost", "unreliable", "device_clock"] as const;
