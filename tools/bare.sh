#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the two commands of the README on a bare machine: an empty Debian 12 with gcc, make and one Node, as root and
# as an ordinary user. Needs root and debootstrap. All mounts are in a separate namespace, in a folder that is removed
# at the end.
#   bash tools/bare.sh CASE...     a case is NODE:USER:TESTS, as in 20:root:all 22:user:all 24:root:units,ring
# COUNTERSINK_BARE names a folder with such a Debian from an earlier run. It is not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
base=${COUNTERSINK_BARE:-$work/base}
mkdir "$work/base" "$work/source"

# The number of tests that may be skipped when no other package is installed.
max_skipped=20

mirror() {
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^bookworm //p' | head -n 1
}

# Prints an archive of the files of this tree that git tracks or would track.
sources() {
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		if [ -e "$file" ]; then printf '%s\0' "$file"; fi
	done | tar --null -T - -c
}

# Installs Node and npm from the npm packages of these names. npm 10 belongs to Node 20 and 22, npm 11 to Node 24.
node_of() {
	local npm=10
	[ "$1" -ge 24 ] && npm=11
	npm install --silent --no-save --prefix "$work/node$1" "node@$1" "npm@$npm" >&2
	find "$work/node$1/node_modules" -path '*/bin/node' -type f | head -n 1
}

# Copies what the programs inside need to reach the registries of this machine: host names, settings of npm,
# certificates.
configuration() {
	local root=$1 file
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	file=$(npm config get userconfig)
	if [ -f "$file" ]; then cp "$file" "$root/etc/npmrc.outside"; fi
	for file in "$(npm config get cafile)" "${NODE_EXTRA_CA_CERTS:-}"; do
		if [ -f "$file" ]; then mkdir -p "$root$(dirname "$file")" && cp "$file" "$root$file"; fi
	done
}

# Runs a script in a new root over the base. Its namespaces of mounts and processes end with the script.
inside() {
	local name=$1 script=$2
	mkdir -p "$work/$name/"{upper,scratch,root}
	unshare --mount --pid --fork --kill-child --propagation private bash -euc '
		cd "$1"
		mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/scratch" root
		mount -t proc proc root/proc
		mount --rbind /sys root/sys
		mount --rbind /dev root/dev
		# chroot does not do: inside it the kernel refuses user namespaces, which some tests need.
		cd root
		mkdir -p outside
		pivot_root . outside
		umount --lazy /outside
		exec env -i ${NODE_EXTRA_CA_CERTS:+"NODE_EXTRA_CA_CERTS=$NODE_EXTRA_CA_CERTS"} HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -euc "$3"
	' bash "$work/$name" "$base" "$script"
}

version_in() { sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$1" | head -n 1; }

run_case() {
	local major=$1 user=$2 tests=$3 name="$1-$2" node
	node=$(node_of "$major")
	local root="$work/$name/upper"
	mkdir -p "$root/usr/local/bin" "$root/usr/local/lib" "$root/etc" "$root/home/user"
	cp "$node" "$root/usr/local/bin/node"
	cp -r "$work/node$major/node_modules/npm" "$root/usr/local/lib/npm"
	for program in npm npx; do ln -s "../lib/npm/bin/$program-cli.js" "$root/usr/local/bin/$program"; done
	configuration "$root"
	cp -r "$work/source" "$root/home/user/countersink"
	local as=()
	[ "$user" = user ] && as=(setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/user)
	printf -- '-- Node %s as %s, npm %s\n' "$("$node" --version)" "$user" "$(version_in "$work/node$major/node_modules/npm/package.json")"
	local words=""
	[ "$tests" != all ] && words=" ${tests//,/ }"
	inside "$name" "
		[ ! -f /etc/npmrc.outside ] || export NPM_CONFIG_USERCONFIG=/etc/npmrc.outside
		useradd --uid 1000 --home-dir /home/user --shell /bin/bash user
		chown -R $([ "$user" = user ] && echo 1000:1000 || echo 0:0) /home/user
		cd /home/user/countersink
		${as[*]} sh -euc 'npm install && npm start'
		${as[*]} sh -euc 'npm install && npm test -- --max-skipped $max_skipped$words'
		${as[*]} npx countersink --version
	"
}

if [ -z "${COUNTERSINK_BARE:-}" ]; then
	debootstrap --variant=minbase --include=gcc,libc6-dev,make bookworm "$base" "$(mirror)" >"$work/debootstrap.log" ||
		{ tail -n 20 "$work/debootstrap.log"; exit 1; }
fi
sources | tar -x -C "$work/source"
for each in "$@"; do
	IFS=: read -r major user tests <<<"$each"
	run_case "$major" "$user" "$tests"
done
