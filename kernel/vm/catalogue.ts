// SPDX-License-Identifier: Apache-2.0
/**
 * The meaning of /proc/vmstat and /proc/meminfo. Sources: mm/vmstat.c (vmstat_start), include/linux/mmzone.h,
 * include/linux/vm_event_item.h, fs/proc/meminfo.c.
 *
 * The kernel sums events over the CPUs when they are read. It does not do so for items of zones and nodes (nr_*,
 * workingset_*, pgpromote_*, pgdemote_*): each CPU keeps a small difference until it exceeds a threshold, or for up to
 * a second (vm.stat_interval).
 */
import type { Semantics, Unit } from "../source.js";

export interface Meaning {
	readonly unit: Unit;
	readonly semantics: Semantics;
	/** One sentence. */
	readonly help: string;
}

/** Items that only grow although their names start like those of gauges; other items nr_* are amounts now. */
const growing =
	/^nr_(dirtied|written|throttled_written|vmscan_write|vmscan_immediate_reclaim|foll_pin_(acquired|released)|tlb_.*)$/;

const gauge = (name: string): boolean => name === "workingset_nodes" || (name.startsWith("nr_") && !growing.test(name));

/** The first match decides. An item without a match counts events, or pages where it is a gauge. */
const units: readonly (readonly [RegExp, Unit])[] = [
	[/^(pgpgin|pgpgout|nr_kernel_stack|nr_shadow_call_stack)$/, "kB"],
	[/^nr_(anon_transparent_hugepages|(shmem|file)_(hugepages|pmdmapped))$/, "items"],
	[/^(workingset_nodes|workingset_nodereclaim|slabs_scanned)$/, "items"],
	[/^(nr_tlb_|pgfault$|pgmajfault$|pgreuse$|pgscan_direct_throttle$|allocstall)/, "events"],
	[/^(nr_|workingset_|pg|pswp|swap_ra|swpin_|swpout_|zsw|unevictable_pgs_|balloon_|ksm_|cow_)/, "pages"],
	[/^(numa_pages_migrated|kswapd_inodesteal|compact_(.*_scanned|isolated))$/, "pages"],
];

/** The help of a family of items, from the part of the name in which they differ. */
const families: readonly (readonly [RegExp, (rest: string) => string])[] = [
	[/^pgalloc_(.+)$/, (zone) => `Pages allocated from zone ${zone}.`],
	[/^allocstall_(.+)$/, (zone) => `Allocations that had to reclaim memory themselves first, for zone ${zone}.`],
	[
		/^pgskip_(.+)$/,
		(zone) => `Pages that reclaim passed over because they lie in zone ${zone}, above the one in need.`,
	],
	[/^pgscan_(kswapd|direct|khugepaged|proactive)$/, (who) => `Pages that ${reclaimers[who]} looked at to reclaim.`],
	[/^pgsteal_(kswapd|direct|khugepaged|proactive)$/, (who) => `Pages that ${reclaimers[who]} reclaimed.`],
	[/^pgdemote_(kswapd|direct|khugepaged|proactive)$/, (who) => `Pages that ${reclaimers[who]} moved to a slower node.`],
	[/^workingset_refault_(.+)$/, (kind) => `Pages (${kind}) that were needed again soon after they were reclaimed.`],
	[/^workingset_activate_(.+)$/, (kind) => `Refaulted pages (${kind}) that went to the active list at once.`],
	[/^workingset_restore_(.+)$/, (kind) => `Refaulted pages (${kind}) that had been active before.`],
	[/^nr_zone_(.+)$/, (what) => `Pages that nr_${what} counts, kept by zone.`],
];

const reclaimers: Record<string, string> = {
	kswapd: "the background reclaim thread",
	direct: "an allocating task",
	khugepaged: "khugepaged",
	proactive: "reclaim on request (memory.reclaim)",
};

const known: Record<string, string> = {
	nr_free_pages: "Pages free in all zones.",
	nr_inactive_anon: "Anonymous pages on the inactive list.",
	nr_active_anon: "Anonymous pages on the active list.",
	nr_inactive_file: "File pages on the inactive list: the first to be reclaimed.",
	nr_active_file: "File pages on the active list.",
	nr_unevictable: "Pages that reclaim must leave alone.",
	nr_mlock: "Pages locked with mlock.",
	nr_anon_pages: "Anonymous pages that are mapped.",
	nr_mapped: "File pages that are mapped.",
	nr_file_pages: "Pages of the page cache, shared memory and swap cache included.",
	nr_dirty: "Pages that wait to be written back.",
	nr_writeback: "Pages that are being written back.",
	nr_shmem: "Pages of shared memory and tmpfs.",
	nr_slab_reclaimable: "Slab pages that reclaim can free, such as those of the dentry cache.",
	nr_slab_unreclaimable: "Slab pages that reclaim cannot free.",
	nr_kernel_stack: "Memory of kernel stacks.",
	nr_page_table_pages: "Pages that hold page tables.",
	nr_isolated_anon: "Anonymous pages that reclaim or compaction has taken off the lists.",
	nr_isolated_file: "File pages that reclaim or compaction has taken off the lists.",
	nr_dirtied: "Pages made dirty.",
	nr_written: "Pages written back.",
	nr_vmscan_write: "Pages that reclaim itself wrote out.",
	nr_vmscan_immediate_reclaim: "Pages that reclaim marked to be freed as soon as their writeback ends.",
	nr_dirty_threshold: "Dirty pages above which writers are slowed down.",
	nr_dirty_background_threshold: "Dirty pages above which background writeback begins.",
	nr_foll_pin_acquired: "Pages pinned for device access.",
	nr_foll_pin_released: "Pinned pages given back.",
	nr_anon_transparent_hugepages: "Anonymous transparent huge pages.",
	nr_balloon_pages: "Pages given back to the hypervisor by the balloon.",
	workingset_nodes: "Page-cache tree nodes that hold only traces of reclaimed pages.",
	workingset_nodereclaim: "Such nodes reclaimed.",
	numa_hit: "Allocations served by the node that was asked.",
	numa_miss: "Allocations served by a node although another was preferred.",
	numa_foreign: "Allocations meant for a node but served by another.",
	numa_local: "Allocations served by the node of the asking CPU.",
	numa_other: "Allocations served by another node than that of the asking CPU.",
	numa_interleave: "Interleaved allocations served by the node that was due.",
	numa_hint_faults: "Page faults that NUMA balancing provoked to learn who uses a page.",
	numa_hint_faults_local: "Such faults that found the page on the node of the CPU.",
	numa_pages_migrated: "Pages that NUMA balancing moved to another node.",
	numa_pte_updates: "Page-table entries that NUMA balancing made fault.",
	pgpgin: "Data read from block devices.",
	pgpgout: "Data written to block devices.",
	pswpin: "Pages read from swap.",
	pswpout: "Pages written to swap.",
	pgfree: "Pages freed.",
	pgactivate: "Pages moved to the active list.",
	pgdeactivate: "Pages moved to the inactive list.",
	pgfault: "Page faults, minor and major.",
	pgmajfault: "Page faults that had to wait for a disk.",
	pgreuse: "Write faults on copied-on-write pages that had one user left and were not copied.",
	pgrefill: "Pages that reclaim looked at on the active lists.",
	pglazyfree: "Pages that madvise(MADV_FREE) gave up.",
	pglazyfreed: "Such pages that were reclaimed.",
	pgrotated: "Pages moved to the tail of the inactive list because their writeback had ended.",
	pgscan_direct_throttle: "Times a task in direct reclaim was put to sleep because reserves were low.",
	slabs_scanned: "Slab objects that reclaim looked at.",
	kswapd_low_wmark_hit_quickly: "Times the background reclaim thread fell below the low watermark soon after its work.",
	kswapd_high_wmark_hit_quickly:
		"Times the background reclaim thread fell below the high watermark soon after its work.",
	pageoutrun: "Times the background reclaim thread was run.",
	drop_pagecache: "Times an administrator dropped the page cache.",
	drop_slab: "Times an administrator dropped reclaimable slab objects.",
	oom_kill: "Processes killed because memory ran out.",
	pgmigrate_success: "Pages moved to another place in memory.",
	pgmigrate_fail: "Pages that could not be moved.",
	compact_stall: "Times a task compacted memory itself before its allocation.",
	compact_success: "Times that compaction made the allocation possible.",
	compact_fail: "Times that compaction did not make the allocation possible.",
	compact_migrate_scanned: "Pages that compaction looked at to move them.",
	compact_free_scanned: "Pages that compaction looked at to move others there.",
	compact_isolated: "Pages that compaction took off the lists.",
	compact_daemon_wake: "Times kcompactd woke.",
	thp_fault_alloc: "Huge pages allocated by a page fault.",
	thp_fault_fallback: "Page faults that wanted a huge page and got a small one.",
	thp_collapse_alloc: "Huge pages that khugepaged allocated to join small ones.",
	thp_split_page: "Huge pages split into small ones.",
	thp_split_pmd: "Mappings of huge pages split, the page itself kept.",
	swap_ra: "Pages read from swap ahead of need.",
	swap_ra_hit: "Such pages that were needed then.",
	zswpin: "Pages taken back from compressed swap in memory.",
	zswpout: "Pages put into compressed swap in memory.",
	balloon_inflate: "Pages given to the hypervisor.",
	balloon_deflate: "Pages taken back from the hypervisor.",
};

function vmstatHelp(name: string): string {
	if (known[name]) return known[name];
	for (const [pattern, help] of families) {
		const rest = pattern.exec(name)?.[1];
		if (rest !== undefined) return help(rest);
	}
	return gauge(name)
		? `What the kernel has now of ${name} (/proc/vmstat).`
		: `What the kernel has counted as ${name} (/proc/vmstat).`;
}

export const vmstatMeaning = (name: string): Meaning => ({
	unit: units.find(([pattern]) => pattern.test(name))?.[1] ?? "events",
	semantics: gauge(name) ? "gauge" : "counter",
	help: vmstatHelp(name),
});

/** All items of /proc/meminfo are gauges: in kB where the line says so, else a number of huge pages. */
const meminfo: Record<string, string> = {
	MemTotal: "Memory that the kernel manages.",
	MemFree: "Memory that nothing uses.",
	MemAvailable: "Estimate of what programs could take without swapping.",
	Buffers: "Page cache of block devices.",
	Cached: "Page cache of files, shared memory included, without swap cache and buffers.",
	SwapCached: "Swapped memory that is in memory again and still on disk.",
	Active: "Memory on the active lists.",
	Inactive: "Memory on the inactive lists: the first to be reclaimed.",
	Unevictable: "Memory that reclaim must leave alone.",
	Mlocked: "Memory locked with mlock.",
	SwapTotal: "Swap space.",
	SwapFree: "Swap space that is free.",
	Zswap: "Memory that holds compressed swap.",
	Zswapped: "Size of what is in compressed swap, before compression.",
	Dirty: "Memory that waits to be written back.",
	Writeback: "Memory that is being written back.",
	AnonPages: "Anonymous memory that is mapped.",
	Mapped: "Files that are mapped.",
	Shmem: "Shared memory and tmpfs.",
	KReclaimable: "Kernel memory that reclaim can free, SReclaimable included.",
	Slab: "Memory of the slab allocator.",
	SReclaimable: "Slab memory that reclaim can free.",
	SUnreclaim: "Slab memory that reclaim cannot free.",
	KernelStack: "Memory of kernel stacks.",
	PageTables: "Memory of page tables.",
	SecPageTables: "Memory of page tables for guests and devices.",
	CommitLimit: "Memory that may be promised while overcommit is strict.",
	Committed_AS: "Memory that has been promised to programs.",
	VmallocTotal: "Address space for vmalloc.",
	VmallocUsed: "Memory in use by vmalloc.",
	Percpu: "Memory of per-CPU allocations.",
	AnonHugePages: "Anonymous transparent huge pages.",
	HugePages_Total: "Huge pages in the pool.",
	HugePages_Free: "Huge pages of the pool that are not allocated.",
	HugePages_Rsvd: "Huge pages of the pool that are promised but not allocated.",
	HugePages_Surp: "Huge pages beyond the configured size of the pool.",
	Hugepagesize: "Size of a huge page of the default pool.",
	Hugetlb: "Memory of huge page pools of all sizes.",
};

export const meminfoMeaning = (name: string, unit: Unit): Meaning => ({
	unit,
	semantics: "gauge",
	help: meminfo[name] ?? `What the kernel has now of ${name} (/proc/meminfo).`,
});
