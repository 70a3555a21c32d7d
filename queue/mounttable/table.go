// Package mounttable says where in its file system a path is, and under which other paths the same is seen: a folder
// can be mounted a second time elsewhere (bind mounts), and only the kernel's table of mounts tells. It touches nothing
// that is mounted, which may be dead, or ours.
package mounttable

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// Mount is one line of the table.
type Mount = mountinfo.Info

// Table is the mounts that this process sees, in the order of mounting.
type Table []*Mount

// Read reads the table as it is now.
func Read() (Table, error) { return mountinfo.GetMounts(nil) }

// At is the mount that an absolute path without symbolic links is in; nil if the table has none. The path need not
// exist.
func (t Table) At(path string) *Mount {
	var at *Mount
	for {
		next := t.under(at, path)
		if next == nil {
			return at
		}
		at = next
	}
}

// under is the first mount that one meets on the way from a mount (nil: from the top) to a path. A mount is hidden by
// one that was mounted later over a folder above it, whose parent is the same.
func (t Table) under(at *Mount, path string) (next *Mount) {
	for _, m := range t {
		if !t.upon(at, m) || !Within(m.Mountpoint, path) || next != nil && len(next.Mountpoint) < len(m.Mountpoint) {
			continue
		}
		next = m
	}
	return next
}

// upon reports whether a mount is mounted on another, which is nil for the topmost.
func (t Table) upon(below, m *Mount) bool {
	if m.ID == 0 { // a system that does not tell: one mounted deeper, or later, is above
		return below == nil || m != below && Within(below.Mountpoint, m.Mountpoint) &&
			slices.Index(t, m) > slices.Index(t, below)
	}
	if below != nil {
		return m.Parent == below.ID && m != below
	}
	return m.Parent == m.ID || !slices.ContainsFunc(t, func(p *Mount) bool { return p.ID == m.Parent })
}

// Inner is the path of an absolute path within the file system of the mount that it is in.
func Inner(m *Mount, path string) string { return moved(path, m.Mountpoint, m.Root) }

// Paths lists all absolute paths, without symbolic links, under which that at path is seen, the path itself first.
func (t Table) Paths(path string) []string {
	all := []string{path}
	m := t.At(path)
	if m == nil {
		return all
	}
	inner := Inner(m, path)
	for _, n := range t {
		if n == m || n.Major != m.Major || n.Minor != m.Minor || !Within(n.Root, inner) {
			continue
		}
		if seen := moved(inner, n.Root, n.Mountpoint); t.At(seen) == n {
			all = append(all, seen)
		}
	}
	return all
}

// Elsewhere lists where folders in the tree at path are mounted once more, each as a path outside the tree's own mount.
func (t Table) Elsewhere(path string) (all []string) {
	m := t.At(path)
	if m == nil {
		return nil
	}
	inner := Inner(m, path)
	for _, n := range t {
		if n != m && n.Major == m.Major && n.Minor == m.Minor && n.Root != inner && Within(inner, n.Root) {
			all = append(all, n.Mountpoint)
		}
	}
	return all
}

// Inside lists the mounts on folders in the tree at path.
func (t Table) Inside(path string) (all []*Mount) {
	for _, m := range t {
		if m.Mountpoint != path && Within(path, m.Mountpoint) {
			all = append(all, m)
		}
	}
	return all
}

// Within reports whether a path is another, or lies in the tree below it. Both are absolute and clean.
func Within(outer, inner string) bool {
	return inner == outer || strings.HasPrefix(inner, strings.TrimSuffix(outer, "/")+"/")
}

// moved is a path within from as it is called when that is to.
func moved(path, from, to string) string {
	return filepath.Join(to, strings.TrimPrefix(path, strings.TrimSuffix(from, "/")))
}
