#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the subjects of the commits after BASE: `area: verb object`, at most 72 columns. Merges are not checked.
# An argument replaces BASE. Older commits are not checked, because they were made before there was a convention.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8

BASE=${1:-fa0e2c9ef043}
MAX_COLUMNS=72
AREA='[A-Za-z0-9.][A-Za-z0-9._/-]*'

if [ ! -e .git ]; then
	echo "commits: not checked, this folder is not a git repository"
	exit 0
fi
if ! git cat-file -e "$BASE^{commit}" 2>/dev/null; then
	if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
		echo "commits: not checked, the history of this clone is shallow; run 'git fetch --unshallow'"
		exit 0
	fi
	echo "commits: not checked, $BASE is not in this history"
	exit 0
fi

checked=0
refused=0
while IFS=$'\t' read -r commit subject; do
	[ -n "$commit" ] || continue
	checked=$((checked + 1))
	reason=
	if [ "${#subject}" -gt "$MAX_COLUMNS" ]; then
		reason="has ${#subject} columns, more than $MAX_COLUMNS"
	elif ! [[ $subject =~ ^$AREA(,\ $AREA)*:\ [^\ ] ]]; then
		reason="does not have the form 'area: verb object'"
	fi
	if [ -n "$reason" ]; then
		refused=$((refused + 1))
		echo "commits: $commit $reason: $subject" >&2
	fi
done < <(git log --no-merges --format='%h%x09%s' "$BASE..HEAD")
echo "commits: $checked checked, $refused refused"
[ "$refused" -eq 0 ]
