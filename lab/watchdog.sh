#!/usr/bin/env bash
# Keeps the lab alive: two of these watch each other and the lab's first process, and start again what was killed.
# Who lives is known by kernel locks, which end with their holder. Everything ends when run/wanted is gone.
set -uo pipefail
me=$1 lab=$2
shift 2
case $me in a) peer=b ;; *) peer=a ;; esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=$lab/run

exec 9>"$run/watchdog-$me.lock"
flock --nonblock 9 || exit 0
echo $$ >"$run/watchdog-$me.pid"

while [[ -e $run/wanted ]]; do
  (
    flock 8
    [[ -e $run/wanted ]] || exit 0
    if flock --nonblock "$run/watchdog-$peer.lock" true; then
      echo "$(date +%FT%TZ) watchdog $peer is gone: starting it"
      setsid "$here/watchdog.sh" "$peer" "$lab" "$@" 8>&- 9>&- &
    fi
    exec 7>"$run/init.lock"
    if flock --nonblock 7; then
      echo "$(date +%FT%TZ) the lab is gone: starting it"
      exec 6</proc/self/ns/net
      setsid unshare --pid --fork --mount-proc --net --ipc --uts --propagation private \
        bash "$here/init.sh" "$lab" "$@" 8>&- 9>&- &
      for _ in {1..50}; do
        child=$(pgrep --parent $! | head -n 1) && [[ -n $child ]] && break
        sleep 0.1
      done
      echo "$child" >"$run/init.pid"
    fi
  ) 8>"$run/keep.lock"
  sleep 1
done
