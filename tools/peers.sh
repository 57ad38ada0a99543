#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the programs that `npm run bench:peers` compares with into build/peers: PCP and sysstat, from Debian's
# packages. Needs root. These two are unpacked and not installed, because their packages would start daemons at boot;
# the libraries that they need and perf, which have none, are installed. No service is registered or started here.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
	echo "tools/peers.sh installs packages; run it as root" >&2
	exit 1
fi
if ! command -v apt-get >/dev/null; then
	echo "tools/peers.sh needs apt-get; run it on Debian 12 or a system like it" >&2
	exit 1
fi

folder=$PWD/build/peers
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
chmod 755 "$download"

apt-get update -qq
(cd "$download" && apt-get download -qq -o APT::Sandbox::User=root pcp sysstat)

needs=linux-perf
for package in "$download"/*.deb; do
	needs="$needs, $(dpkg-deb --field "$package" Depends)"
done
DEBIAN_FRONTEND=noninteractive apt-get satisfy -y -qq --no-install-recommends "$needs" >/dev/null

rm -rf "$folder"
mkdir -p "$folder"
for package in "$download"/*.deb; do
	dpkg-deb --extract "$package" "$folder"
	echo "build/peers: $(dpkg-deb --field "$package" Package) $(dpkg-deb --field "$package" Version)"
done
echo "installed: linux-perf $(dpkg-query --show --showformat '${Version}' linux-perf)"
