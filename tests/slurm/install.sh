#!/bin/sh
# Installs what the tests in this folder need to start a Slurm of their own: Slurm, munge, iproute2, strace.
#
#     sh tests/slurm/install.sh                 # Debian or Ubuntu, as root
#     sh tests/slurm/install.sh --accounting    # also slurmdbd and MariaDB, for the tests with sacct
#
# Starts no service and configures none: cluster.py brings up private daemons in a temporary directory.
set -eu

packages="slurm-wlm munge iproute2 strace"
for argument in "$@"; do
    case "$argument" in
        --accounting) packages="$packages slurmdbd mariadb-server" ;;
        *) echo "install.sh: unknown argument '$argument' (known: --accounting)" >&2; exit 2 ;;
    esac
done

missing=""
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "install.sh: installing$missing needs root" >&2
    exit 1
fi

# Packages start their services on install; this says no to all of them for as long as we install.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of names
install() { apt-get install --yes --quiet --no-install-recommends $missing; }

# The lists of packages may be absent, or so old that they name versions that are gone.
# shellcheck disable=SC2086
if ! apt-cache show $missing >/dev/null 2>&1 || ! install; then
    apt-get update --quiet
    install
fi
