#!/bin/bash
# A package's life, in a root of its own that is thrown away: package.sh OLD.deb NEW.deb. Each step says its name.
set -eEu
trap 'echo "line $LINENO: $BASH_COMMAND"; cat /log /calls 2> /dev/null || true' ERR
old=$1 new=$2 up=/srv/inboxfs/up
step() { echo "step: $*"; }
mkdir -p /run/systemd/system
install -m 755 systemctl /usr/bin/systemctl
version() { sed -n 's/^inboxfs_build_info{.*version="\([^" ]*\).*/\1/p' $up/metrics; }

step install
dpkg -i "$old" > /deb 2>&1 || { cat /deb; exit 1; }
[ "$(stat -c %a /etc/inboxfs /srv/inboxfs | tr '\n' ' ')" = "750 755 " ]
printf '[upload]\npart_size = "100KiB"\nfiles = 1\nlimit = "8KiB/s"\n' > /etc/inboxfs/up.toml
env | grep -E '^(INBOXFS|ALIBABA)_' | grep -v INBOXFS_SPOOL > /etc/inboxfs/up.env
systemctl start inboxfs@up
[ "$(version)" = 0.2.0 ]

step files that wait, and one of which a part is sent
echo pause > $up/control
cp small $up/inbox/small
echo flush > $up/control
echo resume > $up/control
echo 'limit 300KiB/s' > $up/control
cp large $up/inbox/large
echo flush > $up/control
until grep -q '^uploaded [1-9]' $up/status/large; do sleep 0.05; done
echo 'limit 8KiB/s' > $up/control
grep upload_id $up/status/large > /upload
cp late $up/inbox/late

for deb in "$new" "$old"; do
	step "$(basename "$deb") over another"
	[ "$deb" = "$new" ] && want=0.2.1 || want=0.2.0
	dpkg -i "$deb" > /dev/null 2>&1
	[ "$(version)" = $want ]
	cmp late $up/inbox/late
	grep -qxf /upload $up/status/large
done

step all arrives
echo start > $up/control
echo limit off > $up/control
echo wait > $up/control
echo pause > $up/control
cp small $up/inbox/pending
echo flush > $up/control

step remove
dpkg -r inboxfs > /dev/null
! grep " $up " /proc/mounts
cmp small /var/lib/inboxfs/up/inbox/pending
[ -e /etc/inboxfs/up.toml ]
dpkg -P inboxfs > /dev/null
cmp small /var/lib/inboxfs/up/inbox/pending
for left in /usr/bin/inboxfs /usr/lib/systemd/system/inboxfs@.service /usr/share/inboxfs /usr/share/doc/inboxfs \
	/usr/share/applications/inboxfs.desktop; do
	[ ! -e $left ] || { echo "$left is left"; exit 1; }
done

step the scripts of the other forms
install -D -m 644 source/.package/tmpfiles.conf /usr/lib/tmpfiles.d/inboxfs.conf
for form in rpm apk archlinux; do
	shell=sh removed=0.2.1
	case $form in
	archlinux) shell=bash ;; # as pacman has it
	rpm)
		removed=0
		: > /calls
		sh scripts/rpm.preremove 1 # of the old one, in an upgrade
		! grep stop /calls
		;;
	esac
	: > /calls
	$shell scripts/$form.preremove $removed
	grep -q 'stop inboxfs@' /calls || { echo "$form: removing stops nothing"; exit 1; }
	: > /calls
	$shell scripts/$form.postupgrade 0.2.1
	grep -q 'try-restart inboxfs@' /calls || { echo "$form: an upgrade restarts nothing"; exit 1; }
done
step done
