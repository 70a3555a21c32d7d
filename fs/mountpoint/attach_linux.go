package mountpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

const (
	device   = "/dev/fuse"
	fuseConf = "/etc/fuse.conf"
)

// Attach mounts a new FUSE connection on dir and returns it in the form that go-fuse takes for one that is mounted
// already. Root mounts by himself; go-fuse can too, but lets child processes inherit the connection, which then
// outlives us. Others need fusermount3.
func Attach(ctx context.Context, dir string, o *fuse.MountOptions) (string, error) {
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", explain(device, err)
	}
	if os.Geteuid() != 0 {
		if err := unix.Close(fd); err != nil { // it was only to see whether fusermount3 will be able to
			return "", fmt.Errorf("closing %s: %w", device, err)
		}
		fd, err = fusermount(ctx, dir, o)
	} else {
		err = mount(fd, dir, o)
	}
	if err != nil {
		return "", err
	}
	return "/dev/fd/" + strconv.Itoa(fd), nil
}

// explain says what to do where FUSE cannot be used.
func explain(device string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf(
			"%s: %w; load the kernel's module with `modprobe fuse`, or start the container with --device %s",
			device, err, device)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w; let this user read and write it (`chmod 666 %s` as root), "+
			"or start the container with --device %s",
			device, err, device, device)
	}
	return fmt.Errorf("%s: %w", device, err)
}

func mount(fd int, dir string, o *fuse.MountOptions) error {
	data := append([]string{
		"fd=" + strconv.Itoa(fd), "rootmode=40000",
		"user_id=" + strconv.Itoa(os.Geteuid()), "group_id=" + strconv.Itoa(os.Getegid()),
	}, shared(o)...)
	err := unix.Mount(o.FsName, dir, "fuse."+o.Name, unix.MS_NOSUID|unix.MS_NODEV, strings.Join(data, ","))
	if err == nil {
		return nil
	}
	if cerr := unix.Close(fd); cerr != nil {
		err = errors.Join(err, cerr)
	}
	if errors.Is(err, unix.EPERM) {
		return notRoot(err)
	}
	return err
}

func notRoot(err error) error {
	return fmt.Errorf("the kernel does not let root mount here: %w; a container needs --cap-add SYS_ADMIN, "+
		"and --security-opt apparmor=unconfined where AppArmor is on", err)
}

// shared are the options that the kernel and fusermount3 both take.
func shared(o *fuse.MountOptions) []string {
	list := append([]string{"max_read=" + strconv.Itoa(o.MaxWrite)}, o.Options...)
	if o.AllowOther {
		list = append(list, "allow_other")
	}
	return list
}

// fusermount has the setuid helper mount on dir and send us the connection.
func fusermount(ctx context.Context, dir string, o *fuse.MountOptions) (fd int, err error) {
	bin, err := fusermountPath()
	if err != nil {
		return -1, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("making a socket for fusermount3: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "fusermount3"), os.NewFile(uintptr(pair[1]), "fusermount3")
	defer func() { err = errors.Join(err, ours.Close()) }()

	options := append(shared(o), "fsname="+o.FsName, "subtype="+o.Name)
	c := exec.CommandContext(ctx, bin, "-o", strings.Join(options, ","), "--", dir)
	c.Env = []string{"_FUSE_COMMFD=3"} // the first of ExtraFiles; no secret of our environment is its business
	c.ExtraFiles = []*os.File{theirs}
	err = run3(c)
	if cerr := theirs.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		if o.AllowOther && !userAllowOther(fuseConf) {
			err = fmt.Errorf("%w; %w", err, errAllowOther)
		}
		return -1, err
	}
	one, control := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(pair[0], one, control, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("receiving the connection from fusermount3: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		return -1, fmt.Errorf("fusermount3 sent no connection: %v", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, fmt.Errorf("fusermount3 sent no connection: %v", err)
	}
	return fds[0], nil
}

// Detach unmounts dir. lazy also when it is in use: it disappears at once and its users get errors.
func Detach(ctx context.Context, dir string, lazy bool) error {
	if os.Geteuid() == 0 {
		flags := unix.UMOUNT_NOFOLLOW
		if lazy {
			flags |= unix.MNT_DETACH | unix.MNT_FORCE // force ends a FUSE connection
		}
		if err := unix.Unmount(dir, flags); err != nil {
			return fmt.Errorf("unmounting %s: %w", dir, err)
		}
		return nil
	}
	bin, err := fusermountPath()
	if err != nil {
		return err
	}
	args := []string{"-u", "-q"}
	if lazy {
		args = []string{"-u", "-z"}
	}
	c := exec.CommandContext(ctx, bin, append(args, "--", dir)...)
	c.Env = []string{} // as above; nil would be all of ours
	return run3(c)
}

// run3 runs fusermount3 and makes what it prints its error.
func run3(c *exec.Cmd) error {
	var says bytes.Buffer
	c.Stderr = &says
	c.Dir = "/"
	if err := c.Run(); err != nil {
		if words := strings.TrimSpace(says.String()); words != "" {
			return fmt.Errorf("%s (%w)", words, err)
		}
		return fmt.Errorf("%s: %w", filepath.Base(c.Path), err)
	}
	return nil
}

func fusermountPath() (string, error) {
	for _, name := range []string{"fusermount3", "/usr/bin/fusermount3", "/bin/fusermount3", "fusermount"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin, nil
		}
	}
	return "", errors.New("mounting as an ordinary user needs fusermount3; " +
		"install the package fuse3 (apt install fuse3, dnf install fuse3, apk add fuse3), or mount as root")
}

var errAllowOther = errors.New("allow_other needs the line user_allow_other in " + fuseConf)

func userAllowOther(file string) bool {
	conf, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(conf)) {
		if strings.TrimSpace(line) == "user_allow_other" {
			return true
		}
	}
	return false
}

// Abort ends the connection of m: the kernel answers all its requests with errors, and the handlers end.
func Abort(m Mounted) error {
	_, minor, ok := strings.Cut(m.device, ":")
	if !ok {
		return errors.New("the mount's device is not known")
	}
	return os.WriteFile("/sys/fs/fuse/connections/"+minor+"/abort", []byte("1"), 0)
}
