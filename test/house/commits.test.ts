// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { needs } from "../support/needs.js";

/** A folder with the script in it, and what the script says there. */
function place(t: TestContext) {
	const folder = mkdtempSync(join(tmpdir(), "countersink-commits-"));
	t.after(() => rmSync(folder, { recursive: true }));
	mkdirSync(join(folder, "tools"));
	copyFileSync(packageFile("tools/commits.sh"), join(folder, "tools/commits.sh"));
	const git = (...words: string[]): string =>
		execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], { cwd: folder, encoding: "utf8" });
	const commit = (subject: string): void => void git("commit", "-q", "--allow-empty", "--no-verify", "-m", subject);
	const check = (...words: string[]) => {
		const { status, stdout, stderr } = spawnSync("bash", ["tools/commits.sh", ...words], {
			cwd: folder,
			encoding: "utf8",
		});
		return { status, said: stdout + stderr };
	};
	return { folder, git, commit, check };
}

test("a tree without git passes, and the check says that it did not look", (t) => {
	const { status, said } = place(t).check();
	assert.equal(status, 0);
	assert.match(said, /not checked, this folder is not a git repository/);
});

function withoutBase(t: TestContext): void {
	const { folder, git, commit, check } = place(t);
	git("init", "-q");
	commit("a");
	commit("b");
	assert.deepEqual(check().status, 0);
	assert.match(check().said, /not checked, \S+ is not in this history/);
	git("clone", "-q", "--depth", "1", `file://${folder}`, "shallow");
	mkdirSync(join(folder, "shallow/tools"));
	copyFileSync(packageFile("tools/commits.sh"), join(folder, "shallow/tools/commits.sh"));
	const { status, stdout } = spawnSync("bash", [join(folder, "shallow/tools/commits.sh")], { encoding: "utf8" });
	assert.equal(status, 0);
	assert.match(stdout, /not checked, the history of this clone is shallow/);
}

function subjects(t: TestContext): void {
	const { git, commit, check } = place(t);
	git("init", "-q", "-b", "main");
	commit("anything goes before the base");
	git("tag", "base");
	for (const subject of [
		"bench: compare with perf stat",
		"README: name the peers",
		".ci: check subjects",
		"record, ask: x",
		`docs: ${"é".repeat(66)}`,
	])
		commit(subject);
	git("checkout", "-q", "-b", "other");
	commit("other: do it");
	git("checkout", "-q", "main");
	git("merge", "-q", "--no-ff", "-m", "Merge branch 'other'", "other");
	assert.deepEqual(check("base"), { status: 0, said: "commits: 6 checked, 0 refused\n" });
	const refused: readonly [string, RegExp][] = [
		["no area", /does not have the form/],
		["area:no space", /does not have the form/],
		["fixup! bench: x", /does not have the form/],
		[`docs: ${"x".repeat(67)}`, /has 73 columns, more than 72/],
	];
	for (const [subject, reason] of refused) {
		commit(subject);
		const { status, said } = check("base");
		assert.equal(status, 1);
		assert.match(said, reason);
		assert.match(said, /7 checked, 1 refused/);
		git("reset", "-q", "--hard", "HEAD~1");
	}
}

test("a history without the base is not checked, and the check says so; subjects after it have the form; merges are exempt", {
	skip: needs("git"),
}, (t) => {
	withoutBase(t);
	subjects(t);
});
