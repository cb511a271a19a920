#!/usr/bin/env bash
# The trial of a data folder on NFS, which docs/records.md describes: tools/soak/nfs.sh [ROUNDS]
#
# It boots User Mode Linux, whose kernel has a real NFS 4.2 server and client, on this machine's own
# file system. It kills a playground on NFS ROUNDS times, stops the server for 12 seconds under load,
# and uses one folder from two machines (with their own network, processes, host name and mount).
#
# Needs root, and Debian's packages user-mode-linux nfs-kernel-server nfs-common kmod e2fsprogs
# iproute2. Takes about ten seconds a round. Nothing of this machine is changed, except for two new
# folders in /tmp.
set -eu

boot() {
  local disk
  disk=$(mktemp -d /tmp/nfs-trial.XXXXXX)
  mkdir -p "$disk/modules/lib/modules"
  ln -s /usr/lib/uml/modules/* "$disk/modules/lib/modules/"
  truncate -s 4G "$disk/ext4"
  mkfs.ext4 -q "$disk/ext4"
  # The kernel passes variables that it does not know to init, which is this script again.
  linux.uml mem=3G root=/dev/root rootfstype=hostfs rootflags=/ rw quiet con=null con0=fd:0,fd:1 \
    ubd0="$disk/ext4" init="$(realpath "$0")" TRIAL="$disk" PYTHON="$(command -v python)" \
    FOLDER="$(realpath "$(dirname "$0")/../..")" ROUNDS="${1:-40}" < /dev/null
  rm -r "$disk"
}

serve() {
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  mount -t devtmpfs dev /dev
  mkdir -p /dev/pts /dev/shm
  mount -t devpts pts /dev/pts
  for each in /dev/shm /run /var/lib/nfs; do mount -t tmpfs none $each; done
  mkdir -p /run/{home,export,nfs,shared} /var/lib/nfs/{sm,v4recovery,rpc_pipefs}
  touch /var/lib/nfs/{etab,rmtab}
  modprobe -d "$TRIAL/modules" -a nfsd nfs nfsv4 veth
  mount -t nfsd nfsd /proc/fs/nfsd
  mount -t rpc_pipefs none /var/lib/nfs/rpc_pipefs
  mount /dev/ubda /run/export
  ip link set lo up
  exportfs -i -o rw,no_root_squash,sync,fsid=0,no_subtree_check '*:/run/export'
  rpc.mountd -N 3 2> /dev/null
  # A restarted server waits this long for its clients, in seconds.
  echo 10 > /proc/fs/nfsd/nfsv4gracetime
  rpc.nfsd -N 3 4
  mount -t nfs4 -o vers=4.2 127.0.0.1:/ /run/nfs
  grep ' nfs4 ' /proc/mounts
}

# The processes of a killed playground end more slowly in User Mode Linux.
kills() {
  TMPDIR=/run/nfs timeout 1800 python - "$ROUNDS" <<'PYTHON'
import sys
from tests.playground.helpers.loop import wait_until
from tools.soak import __main__, kill
kill.wait_until = lambda done, **_: wait_until(done, patience_s=120)
sys.argv = ["soak", "kill", "--rounds", sys.argv[1]]
__main__.main()
PYTHON
}

outage() {
  timeout 300 python - <<'PYTHON'
import os, signal, subprocess, threading, time
from pathlib import Path
from jupyter_faas.playground import start, stop
from tests.contract.helpers.api import HELLO, Api, python
from tools.soak.kill import target_of

folder = Path("/run/nfs/outage")
info = start(folder, port=0)
api = Api(target_of(info))
api.put("hello", python(HELLO))
answers = []

def load():
    end = time.monotonic() + 40
    while time.monotonic() < end:
        began = time.monotonic()
        reply = api.request("POST", "actions/hello?blocking=true", json={})
        answers.append((reply.status_code, time.monotonic() - began, reply.json()["activationId"]))

client = threading.Thread(target=load)
client.start()
time.sleep(5)
subprocess.run(["rpc.nfsd", "0"], check=True)
time.sleep(12)
subprocess.run(["rpc.nfsd", "-N", "3", "4"], check=True)
client.join()
print(f"{len(answers)} calls, {({each[0] for each in answers})}, longest {max(a[1] for a in answers):.1f} s")
os.kill(info.pid, signal.SIGKILL)
api = Api(target_of(start(folder, port=0)))
lost = [each for *_, each in answers if api.request("GET", f"activations/{each}").status_code != 200]
print(f"{len(lost)} records lost after the outage and a kill")
stop(folder)
PYTHON
}

# machine NAME NUMBER: run the commands that come from stdin, with their own network and mount.
machine() {
  mount -t proc proc /proc
  hostname "$1"
  ip link set lo up
  until ip link set "end$2" name eth0 2> /dev/null; do sleep 0.1; done
  ip addr add "10.0.$2.2/24" dev eth0
  ip link set eth0 up
  mount -t nfs4 -o vers=4.2 "10.0.$2.1:/" /run/shared
  export HOME="/run/home/$1" JUPYTER_FAAS_DATA_DIR=/run/shared/faas
  mkdir -p "$HOME"
  while read -r line; do
    echo "[$1] \$ $line"
    bash -c "$line" 2>&1 < /dev/null | sed "s/^/[$1] /"
    echo > /run/done
  done
}

two_machines() {
  mkfifo /run/done /run/in1 /run/in2
  for number in 1 2; do
    unshare --net --uts --mount --pid --fork "$0" machine "machine$number" $number < /run/in$number &
    eval "exec $((number + 6))> /run/in$number"
    sleep 1
    ip link add "veth$number" type veth peer name "end$number"
    ip addr add "10.0.$number.1/24" dev "veth$number"
    ip link set "veth$number" up
    ip link set "end$number" netns $!
  done
  on() { echo "$2" >&$(($1 + 6)); cat /run/done > /dev/null; }
  on 1 'jupyter faas playground start'
  for verb in 'playground status' 'playground start' 'activations' 'playground stop'; do
    on 2 "jupyter faas $verb"
  done
  on 1 'jupyter faas playground status; jupyter faas playground stop'
  on 2 'jupyter faas playground start; kill -9 $(head -1 /run/shared/faas/playground/lock)'
  on 1 'jupyter faas playground start; jupyter faas activations; jupyter faas playground stop'
}

case "${1:-}" in
  machine) machine "$2" "$3" ;;
  *)
    [ -n "${TRIAL:-}" ] || { boot "$@"; exit; }
    export PATH="$(dirname "$PYTHON"):/usr/sbin:/usr/bin:/sbin:/bin" OMP_NUM_THREADS=1
    export HOME=/run/home PYTHONPATH="$FOLDER"
    cd "$FOLDER"
    # As init, this script must not end before the machine is off.
    (serve; kills; outage; two_machines) 2>&1 || echo "The trial failed."
    echo o > /proc/sysrq-trigger
    sleep 60
    ;;
esac
