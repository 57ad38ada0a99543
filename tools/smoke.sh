#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs the package, installs it in an empty folder as a user would, and records with each supported version of Node.
# The npm package `node` contains the binaries of Node.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
tarball=$(npm pack --silent --ignore-scripts --pack-destination "$work" | tail -n 1)
cd "$work"
npm init -y >/dev/null
npm install --silent "./$tarball"
for major in 20 22 24; do
	mkdir "node$major"
	npm install --silent --no-save --prefix "$work/node$major" "node@$major"
	node=$(find "$work/node$major/node_modules" -path '*/bin/node' -type f | head -n 1)
	main=node_modules/countersink/dist/cli/main.js
	"$node" "$main" record -e 'synthetic:0/*@10kHz' -e 'net:*@1kHz' -d 1s -o "run$major.duckdb"
	"$node" "$main" info "run$major.duckdb" | grep -c holds >/dev/null
	rows=$("$node" "$main" sql --csv "run$major.duckdb" "SELECT count(*) > 0 FROM synthetic" | tail -n 1)
	[ "$rows" = true ]
	printf 'Node %s: ok\n' "$("$node" --version)"
done
