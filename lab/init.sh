#!/usr/bin/env bash
# First process of the lab: runs in new PID, mount, network, IPC and UTS namespaces, so that every process, mount,
# interface and firewall rule of the lab ends with it. File descriptor 6 is this machine's own network namespace.
set -euo pipefail
lab=$1 host=$2 node=$3 services=$4 pods=$5 interface=$6 group=$7

mount --make-rprivate /
mount --make-rshared / # kubelet shares mounts with its pods; the peer group stays inside this namespace

# kubelet wants the control group of its pods to be there, in every hierarchy.
if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
  echo "+cpu +cpuset +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control || true
  mkdir -p "/sys/fs/cgroup/$group"
else
  for hierarchy in /sys/fs/cgroup/*/; do
    [[ -e $hierarchy/cgroup.controllers ]] || mkdir -p "$hierarchy$group"
  done
  for file in cpuset.cpus cpuset.mems; do cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$group/$file"; done
fi

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/groups
mount --rbind /sys/fs/cgroup /run/groups
mount -t sysfs sysfs /sys # the lab's own interfaces
mount --rbind /run/groups /sys/fs/cgroup
mount --bind "$lab/var" /var
hostname slm-lab

outside() { nsenter --net=/proc/self/fd/6 -- "$@"; }
outside ip link delete "$interface" 2>/dev/null || true # its namespace may still be on its way out
outside ip link add "$interface" type veth peer name eth0 netns 1
outside ip address add "$host/24" dev "$interface"
outside ip link set "$interface" up
ip link set lo up
ip address add "$node/24" dev eth0
ip link set eth0 up
ip route add default via "$host"
outside ip route replace "$services" via "$node" dev "$interface"
outside ip route replace "$pods" via "$node" dev "$interface"
exec 6>&-

sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
exec python3 -m supervisor.supervisord --nodaemon --configuration "$lab/etc/supervisord.conf"
