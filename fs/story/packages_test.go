package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestPackageLife builds the packages as a release does. That for Debian is installed in a root of its own, upgraded
// with files pending, and removed; of the others their files and scripts are looked at, and those scripts run.
func TestPackageLife(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rpm zstd")
	if os.Getenv("NFPM") == "" {
		t.Skip("THIS STORY IS NOT TOLD: set NFPM to where nfpm is")
	}
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can have a root of its own")
	}
	needFUSE(t)
	s := prepareAt(t, ossdev.Options{}, "INBOXFS_CREDENTIAL_MODE=access_key")
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "SOURCE="+source, "SOURCE_DATE_EPOCH=1767225600", "GOFLAGS=-buildvcs=false",
		"PATH="+os.Getenv("PATH"))
	for _, variable := range []string{"HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY"} {
		if value, ok := os.LookupEnv(variable); ok {
			s.env = append(s.env, variable+"="+value)
		}
	}
	s.sh(`mkdir source packages && cd source && git -C $SOURCE ls-files -z --cached --others --exclude-standard |
		tar -C $SOURCE --null -T - -c | tar -x`)
	for version, forms := range map[string]string{"0.2.0": "deb", "0.2.1": "deb rpm apk archlinux"} {
		s.sh(fmt.Sprintf(`cd source && VERSION=%s PACKAGERS="%s" NFPM=%q .package/build > ../built 2>&1 ||
			{ cat ../built; exit 1; }; mv dist/*.deb ../packages; mv dist/*.rpm dist/*.apk dist/*.zst ../packages || true`,
			version, forms, os.Getenv("NFPM")))
	}
	s.forms()
	s.sh(`head -c 1000 /dev/urandom > small; head -c 3M /dev/urandom > large; cp small late
		cp $SOURCE/fs/story/testdata/package.sh $SOURCE/fs/story/testdata/systemctl . `)
	out := s.sh(`mkdir over && timeout 110 unshare -m bash -ec '
		mount -t tmpfs none over && mkdir over/up over/work over/root
		mount -t overlay overlay -o lowerdir=/,upperdir=over/up,workdir=over/work over/root
		for d in /dev /proc /sys "$PWD"; do mkdir -p over/root$d; mount --rbind $d over/root$d; done
		exec chroot over/root bash -c "cd $PWD && ./package.sh packages/*_0.2.0_*.deb packages/*_0.2.1_*.deb 2>&1"'`)
	if !strings.HasSuffix(out, "step: done") {
		t.Fatal(out)
	}
	for key, file := range map[string]string{"small": "small", "large": "large", "late": "late"} {
		s.arrived(key, filepath.Join(s.dir, file))
	}
	if made := creations(s); len(made) != 3 || made["small"] != 1 || made["large"] != 1 || made["late"] != 1 {
		t.Errorf("made are %v", made)
	}
}

// forms looks into the packages: each has what that for Debian has, and the scripts, which are taken out to be run.
func (s *story) forms() {
	s.t.Helper()
	list := func(script string) []string {
		files := strings.Fields(s.sh("cd packages; " + script))
		for i, f := range files {
			f = strings.TrimPrefix(strings.TrimPrefix(f, "."), "/")
			f = strings.Replace(f, "zsh/vendor-completions", "zsh/site-functions", 1)
			files[i] = regexp.MustCompile(`^(usr/)?s?bin/`).ReplaceAllString(f, "bin/")
		}
		files = slices.DeleteFunc(files, func(f string) bool {
			return strings.HasSuffix(f, "/") || f == "" || strings.Contains(f, "changelog") ||
				f[0] != 'u' && f[0] != 'b' // what only one form has begins with a dot
		})
		slices.Sort(files)
		return files
	}
	want := list("dpkg-deb --fsys-tarfile *_0.2.1_*.deb | tar -t")
	if len(want) < 30 || !slices.Contains(want, "usr/share/applications/inboxfs.desktop") {
		s.t.Errorf("the package for Debian has %v", want)
	}
	for form, script := range map[string]string{"rpm": "rpm -qpl --noartifact *.rpm 2> /dev/null",
		"apk": "tar -tzf *.apk 2> /dev/null", "archlinux": "tar --zstd -tf *.zst"} {
		if got := list(script); !slices.Equal(got, want) {
			s.t.Errorf("%s has\n%v\nnot\n%v", form, got, want)
		}
	}
	s.sh(`set -e -o pipefail; mkdir scripts; cd packages
		rpm -qp --qf '%{PREUN}' *.rpm > ../scripts/rpm.preremove; rpm -qp --qf '%{POSTIN}' *.rpm > ../scripts/rpm.postupgrade
		untar() { tar --warning=no-unknown-keyword -xzf *.apk -O $1; }
		untar .pre-deinstall > ../scripts/apk.preremove; untar .post-upgrade > ../scripts/apk.postupgrade
		tar --zstd -xf *.zst -O .INSTALL > install
		for f in preremove:pre_remove postupgrade:post_upgrade; do
			{ cat install; echo "${f#*:} \"\$@\""; } > ../scripts/archlinux.${f%:*}
		done
		for f in ../scripts/*; do [ -s $f ] && bash -n $f || exit 1; done
		rpm -qp --requires *.rpm | grep -qx fuse3; untar .PKGINFO | grep -qx 'depend = fuse3'
		tar --zstd -xf *.zst -O .PKGINFO | grep -qx 'depend = fuse3'; dpkg-deb -f *_0.2.1_*.deb Depends | grep -q fuse3`)
}

// TestDesktopEntry opens the pages of the mounts that there are, as a click on the icon does.
func TestDesktopEntry(t *testing.T) {
	t.Parallel()
	needPrograms(t, "desktop-file-validate")
	out, err := exec.Command(lookPath("desktop-file-validate"), packaged(t, "inboxfs.desktop")).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("desktop-file-validate: %v: %s", err, out)
	}
	s := begin(t)
	s.stop()
	s.mnt = filepath.Join(s.dir, "a mount")
	s.env = append(s.env, "MNT="+s.mnt)
	s.mount()
	s.sh(`mkdir bin; printf '#!/bin/sh\necho "$1" >> opened; head -n 1 "$1" >> opened\n' > bin/xdg-open; chmod 755 bin/xdg-open
		echo "nothing /nowhere fuse.inboxfs rw 0 0" > mounts; grep -F "$PWD/a\040mount" /proc/mounts >> mounts`)
	open := "PATH=$PWD/bin:$PATH; MOUNTS=mounts " + packaged(t, "open")
	s.sh(open)
	if got := s.sh("cat opened"); got != s.mnt+"/status.html\n<!DOCTYPE html>" {
		t.Errorf("opened is %s", got)
	}
	if out := s.fails("sed -i 1q mounts; " + open); !strings.Contains(out, "No inboxfs is mounted") {
		t.Errorf("without a mount it says %s", out)
	}
}
