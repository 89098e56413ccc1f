# Makes a machine of a Debian root: an overlay over it, file systems and namespaces of its own, and in the end the program that
# is its process 1. Called twice: `outside` to make a control group and the namespaces, `inside` to fill them. Nothing of it
# outlives process 1. Arguments: STAGE ROOT SCRATCH BINDS PROGRAM…; ROOT is not changed, changes lie in SCRATCH; BINDS are lines
# FROM:TO:ro or FROM:TO:rw of directories to be mounted, and `/:/:ro` makes the root read-only.
set -e
stage=$1 root=$2 scratch=$3 binds=$4
shift 4

if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then
  echo "to be called in a mount namespace of its own" >&2
  exit 125
fi
if [ "$stage" = outside ]; then
  mount --make-rprivate /
  mkdir -p "$scratch/cgroup"
  mount -t cgroup2 cgroup2 "$scratch/cgroup"
  group=$scratch/cgroup/buildhand-machine-$$
  mkdir "$group"
  # A subshell, which is the parent of process 1 and in the same group; this shell stays out of it.
  sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group" \
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --uts --ipc --cgroup \
    sh "$0" inside "$root" "$scratch" "$binds" "$@" &
  status=0
  wait $! || status=$?
  echo 1 >"$group/cgroup.kill"
  until ! grep -q 'populated 1' "$group/cgroup.events"; do sleep 0.05; done
  find "$group" -depth -type d -exec rmdir {} +
  exit "$status"
fi

mount --make-rprivate /
mkdir -p "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay -o "lowerdir=$root,upperdir=$scratch/upper,workdir=$scratch/work" machine "$scratch/root"
cd "$scratch/root"
hostname machine
mount -t proc proc proc
# The kernel's settings are the host's.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
: >"$scratch/console"
: >dev/console
mount --bind "$scratch/console" dev/console
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
printf '%s\n' "$binds" | while IFS=: read -r from to mode; do
  [ -n "$from" ] && [ "$to" != / ] || continue
  mkdir -p "./$to"
  mount --bind "$from" "./$to"
  mount -o "remount,bind,$mode" "./$to"
done
# Systemd hands credentials to services by mounts that spread, and leaves this to who makes its machine.
mount --make-rshared "$scratch/root"
case $binds in
*/:/:ro*) mount -o remount,bind,ro "$scratch/root" ;;
esac
exec chroot . "$@"
