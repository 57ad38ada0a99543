// SPDX-License-Identifier: Apache-2.0
/** What is done to a card only after the user has allowed it. */
import type { Consent } from "../../source.js";

export const consents: readonly Consent[] = [
	{
		option: "allow_taint",
		flag: "--allow-taint",
		help: "let fwctl start the sampler of a device, which taints the kernel until the next boot",
		example: "-e 'mlx5:0000:08:00.0/*@10us' --allow-taint -e 'net:eth2/*@1kHz' -d 10s -o nic.duckdb",
	},
	{
		option: "steal",
		flag: "--steal",
		help: "interrupt sampling of a device that someone else has started, and put it back afterwards",
	},
];
