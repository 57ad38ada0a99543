// SPDX-License-Identifier: Apache-2.0
/**
 * Block devices and their partitions, with one stat file each (about 2 us a read on a small guest).
 *
 * /proc/diskstats has the same numbers at 1.1 us a device, half the cost. It is not used, because a device that goes
 * away moves the lines of all devices after it, whose values would become null. The open descriptor of a stat file
 * belongs to its device: when the device is gone, reads fail (ENODEV) and only its own values are null. They stay null
 * if another device takes the name. A device that appears later is not sampled.
 */
import { namesIn } from "../shared/folders.js";
import { readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Source } from "../source.js";
import { diskCounters } from "./catalogue.js";

const folder = "/sys/class/block";

export const disk: Source<TextAt> = {
	name: "disk",
	summary: "block devices and partitions: requests, sectors, time, in flight (/sys/class/block/*/stat)",
	absence: () =>
		namesIn(folder).length > 0 ? null : `no block device in ${folder}; mount sysfs, or run outside of this container`,
	list: () =>
		namesIn(folder).flatMap((device) => {
			const path = `${folder}/${device}/stat`;
			const text = readText(path);
			return text === null ? [] : diskCounters(device, path, text);
		}),
	plan: (counters) => textReaders(counters),
};
