#!/usr/bin/env bash
# First process of a Docker engine of its own: runs in new PID, mount, network and IPC namespaces, so that every process, mount, interface and
# firewall rule of the engine ends with it. Engine and registry are started again when they end.
set -euo pipefail
home=$1 docker=$2 daemons=$3 group=$4

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1

triple=$(uname -m)-linux-gnu
export XTABLES_LIBDIR=$daemons/usr/lib/$triple/xtables:/usr/lib/$triple/xtables
export LD_LIBRARY_PATH=$docker/usr/lib/$triple:$docker/lib/$triple:$daemons/usr/lib/$triple:$daemons/lib/$triple
export PATH=$docker/usr/bin:$docker/usr/sbin:$daemons/links:$daemons/usr/sbin:$daemons/usr/bin:$PATH
export TMPDIR=$home/tmp

keep() {
  local log=$1
  shift
  while :; do
    "$@" >>"$log" 2>&1 || true
    sleep 0.2
  done
}
keep "$home/log/registry.log" docker-registry serve "$home/registry.json" &
keep "$home/log/dockerd.log" dockerd --data-root "$home/data" --exec-root /run/docker --pidfile /run/docker.pid \
  --host "unix://$home/run/docker.sock" --cgroup-parent "/$group" --log-level warn &
wait
