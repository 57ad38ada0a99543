#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs the package, installs it in an empty folder as a user would, type-checks the examples of the library there as strictly as
# TypeScript can, and runs them.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version() { node -p "require('$root/package.json').devDependencies['$1']"; }

cd "$root"
tarball=$(npm pack --silent --ignore-scripts --pack-destination "$work" | tail -n 1)
cd "$work"
printf '{ "type": "module", "private": true }\n' >package.json
npm install --silent --no-audit --no-fund "./$tarball" "typescript@$(version typescript)" "@types/node@$(version @types/node)"
cp "$root"/examples/*.ts .
cat >tsconfig.json <<'JSON'
{
	"compilerOptions": {
		"target": "es2022",
		"module": "nodenext",
		"moduleResolution": "nodenext",
		"strict": true,
		"exactOptionalPropertyTypes": true,
		"noUncheckedIndexedAccess": true,
		"skipLibCheck": false,
		"types": ["node"]
	},
	"include": ["*.ts"]
}
JSON
npx --no-install tsc -p .
for example in *.ts; do
	printf '=== %s\n' "$example"
	timeout 120 node "${example%.ts}.js"
done
