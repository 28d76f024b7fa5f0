#!/usr/bin/env bash
# Run the unit tests on Debian 13 with its own Python 3.13, in a tree that debootstrap makes (root only).
# The tree is made once and kept in $DEBIAN13; mirror and wheels come from where this machine gets its own.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=${DEBIAN13:-${TMPDIR:-/var/tmp}/openbell-debian13}

[ "$(id -u)" = 0 ] || { echo "Only root can make a Debian tree and enter it."; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap"; exit 1; }

# libatomic1 is a library of the node that the browser tests' package brings along.
packages=make,python3,python3-venv,tzdata,git,libatomic1
if [ "$(cat "$tree/made" 2>/dev/null)" != "$packages" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
  echo "Making a Debian 13 tree in $tree (once)"
  rm -rf "$tree"
  debootstrap --variant=minbase --include="$packages" trixie "$tree" ${mirror:+"$mirror"} >"$tree.log" \
    || { tail -n 20 "$tree.log"; exit 1; }
  echo "$packages" >"$tree/made"
fi

# pip of this side fetches what Python 3.13 needs there: its settings, proxies and certificates hold.
if ! cat requirements.txt requirements-dev.txt | cmp -s - "$tree/wheels/of"; then
  rm -rf "$tree/wheels"
  platforms=(--platform "manylinux2014_$(uname -m)" --platform "manylinux1_$(uname -m)")
  for minor in $(seq 17 41); do platforms+=(--platform "manylinux_2_${minor}_$(uname -m)"); done
  .venv/bin/python -m pip download -qq --disable-pip-version-check --no-deps --dest "$tree/wheels" \
    --python-version 3.13 --only-binary :all: "${platforms[@]}" -r requirements-dev.txt
  cat requirements.txt requirements-dev.txt >"$tree/wheels/of"
fi

rm -rf "$tree/openbell"
mkdir "$tree/openbell"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create | tar --extract --directory "$tree/openbell"

# The mounts belong to this one command and go with it.
exec unshare --mount bash -euo pipefail -s -- "$tree" "${@:--n 2}" <<'INSIDE'
tree=$1; shift
mount -t proc proc "$tree/proc"
mount -t tmpfs tmpfs "$tree/dev/shm"
exec chroot "$tree" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 bash -euo pipefail -s -- "$@" <<'TREE'
cd /openbell
python3 --version
python3 -m venv /venv
/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links /wheels -r requirements-dev.txt
exec /venv/bin/python -m pytest -q $* --dist loadgroup -m "not e2e and not browser"
TREE
INSIDE
