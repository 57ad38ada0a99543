// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { generated } from "../../tools/generated.js";

for (const { path, produce } of generated)
	test(`${path} is what its generator prints`, () => {
		assert.equal(readFileSync(packageFile(path), "utf8"), produce(), "stale; run 'npm run gen' and commit the result");
	});
