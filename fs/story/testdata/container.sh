#!/bin/bash
# The steps of a container file, and a container of what they make, in namespaces of our own: container.sh SOURCE LOOK,
# where LOOK is a script that is run as the host, with pid the container's first process.
set -eEu
trap 'echo "line $LINENO: $BASH_COMMAND"; cat log 2> /dev/null || true' ERR
trap '[ -z "${pid:-}" ] || kill -KILL $pid 2> /dev/null || true' EXIT
source=$1 look=$2
mkdir build root up work
mount -t tmpfs none work && mkdir work/up work/work
mount -t overlay overlay -o lowerdir=/,upperdir=work/up,workdir=work/work build # stands for the image golang
for d in /dev /proc; do mount --rbind $d build$d; done
mkdir root/bin root/usr root/usr/bin # and this for alpine
cp "$(command -v busybox)" root/bin/
chroot root /bin/busybox --install -s /bin
stage=build
while read -r word rest; do
	case $word:$stage:$rest in
	'#':* | '':* | STOPSIGNAL:*) ;;
	FROM:*:*" AS build") stage=build ;;
	FROM:*:alpine) stage=root ;;
	"COPY:build:. /src") mkdir build/src && tar -C "$source" --exclude ./.git --exclude ./dist -c . | tar -C build/src -x ;;
	RUN:build:*" -o /inboxfs .") # which takes minutes on a busy machine, so it may have been done already
		if [ -n "${BUILT:-}" ]; then
			cp "$BUILT" build/inboxfs
			continue
		fi
		chroot build env GOFLAGS=-buildvcs=false sh -ec "$rest"
		;;
	RUN:root:"apk add"*) echo "left out: $rest" ;;
	COPY:root:--from=build*)
		set -- ${rest#* }
		while [ $# -gt 1 ]; do cp "build$1" "root${*: -1}" && shift; done
		;;
	ENTRYPOINT:root:*) entry=$(tr -d '[]",' <<< "$rest") ;;
	CMD:root:*) entry+=" $(tr -d '[]",' <<< "$rest")" ;;
	*) echo "what is $word $rest?" && exit 1 ;;
	esac
done < "$source/.package/Containerfile"

mount --bind up up && mount --make-rshared up
mkdir -p root/proc root/dev root/tmp root/upload root/var/lib/inboxfs
touch root/dev/fuse root/dev/null
env | grep -E '^(INBOXFS|ALIBABA|OSS)_' | grep -v INBOXFS_SPOOL > upload.env
caps=chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,net_bind_service,sys_chroot,kill
for c in $(grep -o 'cap-add [A-Z_]*' "$source/control/manual/containers.md"); do
	[ "$c" = cap-add ] || caps+=,${c,,}
done
export caps=+${caps//,/,+} entry
unshare -m -p -f --propagation unchanged bash -ec '
	mount -t proc proc root/proc
	mount --bind /dev/fuse root/dev/fuse
	mount --bind /dev/null root/dev/null
	mount --rbind up root/upload
	exec setpriv --bounding-set "-all,$caps" chroot root env -i PATH=/usr/bin:/bin $(cat upload.env) $entry' > log 2>&1 &
box=$!
until cat up/mnt/queue > /dev/null 2>&1; do
	kill -0 $box
	sleep 0.05
done
pid=$(pgrep -P $box)
enter() { nsenter -t "$pid" -m -p chroot "$PWD/root" env PATH=/usr/bin:/bin "$@"; }
. "$look"
wait $box
! grep " $PWD/up/mnt " /proc/mounts
echo done
