package story

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc64"
	"maps"
	"slices"
	"strings"
)

// version is one content that a file had while nobody had it open for writing.
type version struct {
	Size int
	CRC  uint64 // CRC-64/ECMA, as events tell it
}

// wildResult is what a wild writer believes at its end.
type wildResult struct {
	Folder   string
	Final    map[string]string    // name below inbox -> what the newest object must be: see wildFile.final
	Versions map[string][]version // name -> all that may ever have become an object
	Rests    map[string]int       // name -> how often it came to rest: no more objects than that
	Past     []string             // what was done
}

// wildFile is one inode.
type wildFile struct {
	data    []byte
	take    string // an attribute that was set before the last write; "" for none
	writers int    // descriptors open for writing
}

// final is what an object must be: its content, and what goes with InitiateMultipartUpload.
func (f *wildFile) final() string { return digest(f.data) + " " + f.take }

// wildModel is what a writer knows about its folder. Nobody else writes there; but with remove the queue takes away
// what it uploaded.
type wildModel struct {
	removes  bool
	files    map[string]*wildFile // by name below the writer's folder
	uploaded map[string]string    // names that the queue took away, with what they must have become
	// names that a renamed folder brought: what was uploaded under its old name is not uploaded again
	loose map[string]bool
	// had several names when the daemon was killed: the next one does not know all of them at once
	twins    map[*wildFile]bool
	versions map[string]map[version]bool
	rests    map[string]int
}

// killed notes that the daemon may have been killed.
func (m *wildModel) killed() {
	for name, f := range m.files {
		m.twins[f] = m.twins[f] || len(m.others(f, name)) > 0
	}
}

func newWildModel(removes bool) *wildModel {
	return &wildModel{removes: removes, files: make(map[string]*wildFile), uploaded: make(map[string]string),
		loose: make(map[string]bool), twins: make(map[*wildFile]bool), versions: make(map[string]map[version]bool),
		rests: make(map[string]int)}
}

var ecmaTable = crc64.MakeTable(crc64.ECMA)

// rest notes the content of a file if nobody writes to it now: from here on it may become an object.
func (m *wildModel) rest(f *wildFile) {
	if f.writers > 0 {
		return
	}
	v := version{len(f.data), crc64.Checksum(f.data, ecmaTable)}
	for name, other := range m.files {
		if other == f && !waits(name) {
			if m.versions[name] == nil {
				m.versions[name] = make(map[version]bool)
			}
			m.versions[name][v] = true
			m.rests[name]++
		}
	}
}

// put gives f a name, in place of what had it.
func (m *wildModel) put(name string, f *wildFile) {
	m.files[name] = f
	delete(m.uploaded, name)
	delete(m.loose, name)
}

// sorted is all names that there are, in the same order each time.
func (m *wildModel) sorted() []string { return slices.Sorted(maps.Keys(m.files)) }

// gone notes that the queue took a file away, and reports whether it may have.
func (m *wildModel) gone(name string) bool {
	f := m.files[name]
	if !m.removes || f == nil || f.writers > 0 && !m.twins[f] || waits(name) {
		return false
	}
	if m.twins[f] { // as it was before or after it was written through another name
		delete(m.uploaded, name)
	} else if !m.loose[name] {
		m.uploaded[name] = f.final() // the file may live on under another name, and change
	}
	delete(m.files, name)
	return true
}

// others are the names of f but for one.
func (m *wildModel) others(f *wildFile, but string) (names []string) {
	for name, other := range m.files {
		if other == f && name != but {
			names = append(names, name)
		}
	}
	return names
}

// waits reports whether a name is one that is only uploaded under another.
func waits(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".part")
}

// result is what must be, with the folder's name before each.
func (m *wildModel) result(folder string) wildResult {
	r := wildResult{Folder: folder, Final: make(map[string]string), Versions: make(map[string][]version),
		Rests: make(map[string]int)}
	for name, final := range m.uploaded {
		r.Final[folder+"/"+name] = final
	}
	for name, f := range m.files {
		if m.loose[name] {
			continue
		}
		r.Final[folder+"/"+name] = f.final()
	}
	for name, n := range m.rests {
		r.Rests[folder+"/"+name] = n
	}
	for name, all := range m.versions {
		for v := range all {
			r.Versions[folder+"/"+name] = append(r.Versions[folder+"/"+name], v)
		}
	}
	return r
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
