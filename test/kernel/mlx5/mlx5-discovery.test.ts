// SPDX-License-Identifier: Apache-2.0
/** Which cards are found in trees of files that stand for machines, and why there are none. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { dirname } from "node:path";
import { test } from "node:test";
import { explainNoNodes, findNodes } from "../../../kernel/mlx5/transport/device-nodes.js";
import { fwctlDriver } from "../../../kernel/mlx5/transport/fwctl.js";
import { mlx5ctlDriver } from "../../../kernel/mlx5/transport/mlx5ctl.js";
import { countersink } from "../../support/cli.js";
import { scratch } from "../../support/folder.js";

const path = scratch();

function file(name: string, text = ""): void {
	mkdirSync(dirname(name), { recursive: true });
	writeFileSync(name, text);
}

function link(name: string, target: string): void {
	mkdirSync(dirname(name), { recursive: true });
	symlinkSync(target, name);
}

const PCI = "sys/devices/pci0000:00/0000:00:1c.0/0000:08:00.1";

test("nodes are found with the PCI address behind bridges and before auxiliary devices, in the order of numbers", () => {
	const root = path("two");
	file(`${root}/dev/fwctl/fwctl10`);
	file(`${root}/dev/fwctl/fwctl2`);
	file(`${root}/dev/fwctl/other`);
	file(`${root}/dev/mlx5ctl-mlx5_core.ctl.3`);
	mkdirSync(`${root}/${PCI}/net/eth7`, { recursive: true });
	mkdirSync(`${root}/${PCI}/mlx5_core.ctl.3`, { recursive: true });
	mkdirSync(`${root}/sys/devices/platform/simulated.0`, { recursive: true });
	link(`${root}/sys/class/fwctl/fwctl2/device`, `${root}/${PCI}`);
	link(`${root}/sys/class/fwctl/fwctl10/device`, `${root}/sys/devices/platform/simulated.0`);
	link(`${root}/sys/class/misc/mlx5ctl-mlx5_core.ctl.3/device`, `${root}/${PCI}/mlx5_core.ctl.3`);
	assert.deepEqual(findNodes(fwctlDriver, root), [
		{ path: "/dev/fwctl/fwctl2", address: "0000:08:00.1", interfaces: ["eth7"] },
		{ path: "/dev/fwctl/fwctl10", address: "simulated.0", interfaces: [] },
	]);
	assert.deepEqual(findNodes(mlx5ctlDriver, root), [
		{ path: "/dev/mlx5ctl-mlx5_core.ctl.3", address: "0000:08:00.1", interfaces: ["eth7"] },
	]);
});

test("a node that sysfs does not describe is named after itself", () => {
	const root = path("bare");
	file(`${root}/dev/fwctl/fwctl0`);
	assert.deepEqual(findNodes(fwctlDriver, root), [{ path: "/dev/fwctl/fwctl0", address: "fwctl0", interfaces: [] }]);
});

function machine(name: string, { module = "", presence = "" }): string {
	const root = path(name);
	file(
		`${root}/lib/modules/${release()}/modules.dep`,
		`kernel/drivers/a.ko.xz:\n${module && `kernel/x/${module}.ko.xz:`}\n`,
	);
	if (presence) mkdirSync(`${root}${presence}`, { recursive: true });
	return root;
}

test("why a driver has no nodes", () => {
	const installed = machine("installed", { module: "mlx5_fwctl" });
	const loaded = machine("loaded", { presence: fwctlDriver.presence });
	const neither = machine("neither", { module: "mlx5_core" });
	assert.match(explainNoNodes(fwctlDriver, installed).what, /^no driver: the module mlx5_fwctl is not loaded$/);
	assert.equal(explainNoNodes(fwctlDriver, installed).remedy, "sudo modprobe mlx5_fwctl");
	assert.match(explainNoNodes(fwctlDriver, loaded).what, /^no device:/);
	assert.match(explainNoNodes(fwctlDriver, neither).what, /^no driver: this kernel was built or installed without it$/);
	assert.match(explainNoNodes(mlx5ctlDriver, neither).remedy, /prefer fwctl/);
});

const listed = (root: string, ...words: string[]) =>
	countersink(["list", ...words], { env: { COUNTERSINK_DEVICE_ROOT: root } });

test("list tells in one line for each driver what is missing", () => {
	const { stdout, status } = listed(machine("list", { module: "mlx5_fwctl" }));
	assert.equal(status, 0);
	for (const source of ["mlx5", "mlx5reg"]) {
		const block = stdout.split("\n\n").find((text) => text.startsWith(`${source} `))!;
		assert.deepEqual(block.trimEnd().split("\n"), [
			`${source}  absent: no mlx5 device answers here`,
			"  fwctl: no driver: the module mlx5_fwctl is not loaded; sudo modprobe mlx5_fwctl",
			"  mlx5ctl: no driver: this kernel was built or installed without it; it exists only outside of the kernel; prefer fwctl",
		]);
	}
});

test("a device that is asked for by name and missing is an error", () => {
	const { stderr, stdout, status } = listed(machine("named", { presence: fwctlDriver.presence }), "mlx5:*");
	assert.deepEqual([status, stdout], [4, ""]);
	assert.match(
		stderr,
		/'mlx5:\*' matches nothing: no mlx5 device answers here\n {2}fwctl: no device: the driver is loaded/,
	);
});

test("a node that cannot be opened is named", () => {
	/* The sampler opens what the kernel has, and there it is not. */
	const root = path("gone");
	file(`${root}/dev/fwctl/fwctl4095`);
	const { stderr } = listed(root, "mlx5");
	assert.match(stderr, / {2}fwctl: \/dev\/fwctl\/fwctl4095: INFO: ENOENT: \/dev\/fwctl\/fwctl4095 is gone/);
});
