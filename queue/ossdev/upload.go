package ossdev

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Upload is an open multipart upload.
type Upload struct {
	ID, Bucket, Key string
	Initiated       time.Time
	Header          map[string]string // what the object will have
	Parts           []Part            `json:"-"` // in order of number
}

// Part is one uploaded part.
type Part struct {
	Number   int
	Size     int64 // bytes
	CRC64    uint64
	ETag     string // without quotes
	Modified time.Time
}

// upload is an open multipart upload and the lock that keeps its parts and its end apart.
type upload struct {
	Upload // all but Parts never changes

	// mu is held while parts are added and read, and by the one that ends the upload: no part arrives after that.
	mu    sync.Mutex
	parts map[int]Part
	ended bool
}

// uploads are the open multipart uploads of all buckets.
type uploads struct {
	st   *store
	mu   sync.Mutex // guards byID; never held while a part is stored
	byID map[string]*upload
}

// openUploads reads what an earlier server left.
func openUploads(st *store) (*uploads, error) {
	us := &uploads{st: st, byID: map[string]*upload{}}
	entries, err := st.readDir(path.Join(hidden, "uploads"))
	if err != nil {
		return nil, fmt.Errorf("development endpoint: read the uploads: %w", err)
	}
	for _, entry := range entries {
		u, err := us.load(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("development endpoint: read an upload: %w", err)
		}
		if u != nil {
			us.byID[u.ID] = u
		}
	}
	return us, nil
}

func uploadDir(id string) string { return path.Join(hidden, "uploads", id) }

func (us *uploads) load(id string) (*upload, error) {
	u := &upload{parts: map[int]Part{}}
	err := us.st.readJSON(path.Join(uploadDir(id), "upload"), &u.Upload)
	if errors.Is(err, fs.ErrNotExist) { // it was being made
		return nil, us.st.root.RemoveAll(uploadDir(id))
	}
	if err != nil {
		return nil, err
	}
	files, err := us.st.readDir(uploadDir(id))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		p, ok := parsePart(file.Name())
		if !ok {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return nil, err
		}
		p.Modified = info.ModTime().UTC()
		old, twice := u.parts[p.Number]
		if twice && p.Modified.Before(old.Modified) { // sent twice, and the older one was not removed yet
			p, old = old, p
		}
		u.parts[p.Number] = p
		if twice {
			if err := us.st.discard(path.Join(uploadDir(id), old.file())); err != nil {
				return nil, err
			}
		}
	}
	return u, nil
}

// file is the name of a part's file. It has all that is to be remembered of the part, so that one rename makes it.
func (p Part) file() string {
	return fmt.Sprintf("%05d-%d-%016x-%s", p.Number, p.Size, p.CRC64, p.ETag)
}

func parsePart(name string) (Part, bool) {
	fields := strings.SplitN(name, "-", 4)
	if len(fields) != 4 {
		return Part{}, false
	}
	number, err1 := strconv.Atoi(fields[0])
	size, err2 := strconv.ParseInt(fields[1], 10, 64)
	crc, err3 := strconv.ParseUint(fields[2], 16, 64)
	return Part{Number: number, Size: size, CRC64: crc, ETag: fields[3]}, errors.Join(err1, err2, err3) == nil
}

// begin makes a multipart upload.
func (us *uploads) begin(bucket, key string, header map[string]string) (Upload, error) {
	u := &upload{parts: map[int]Part{}, Upload: Upload{ID: strings.ToUpper(randomHex(16)), Bucket: bucket, Key: key,
		Initiated: us.st.now().UTC().Truncate(time.Millisecond), Header: header}}
	if err := us.st.root.Mkdir(uploadDir(u.ID), 0o777); err != nil {
		return Upload{}, fmt.Errorf("make an upload: %w", err)
	}
	if err := us.st.writeJSON(path.Join(uploadDir(u.ID), "upload"), u.Upload); err != nil {
		return Upload{}, fmt.Errorf("make an upload: %w", err)
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	us.byID[u.ID] = u
	return u.Upload, nil
}

// find returns the upload if it is one of that object.
func (us *uploads) find(bucket, key, id string) (*upload, *Error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	u := us.byID[id]
	if u == nil || u.Bucket != bucket || u.Key != key {
		return nil, noSuchUpload(id)
	}
	return u, nil
}

func noSuchUpload(id string) *Error { return fail("NoSuchUpload").with("UploadId", id) }

// add makes the temporary file tmp a part; it takes the place of one with the same number.
func (us *uploads) add(u *upload, p Part, tmp string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return errors.Join(noSuchUpload(u.ID), us.st.discard(tmp))
	}
	if err := us.st.root.Rename(tmp, path.Join(uploadDir(u.ID), p.file())); err != nil {
		return fmt.Errorf("store a part: %w", errors.Join(err, us.st.discard(tmp)))
	}
	old, twice := u.parts[p.Number]
	u.parts[p.Number] = p
	if twice && old.file() != p.file() {
		if err := us.st.discard(path.Join(uploadDir(u.ID), old.file())); err != nil {
			return fmt.Errorf("remove a part that was sent again: %w", err)
		}
	}
	return nil
}

// list returns the parts in order of number.
func (u *upload) list() []Part {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.listLocked()
}

func (u *upload) listLocked() []Part {
	parts := make([]Part, 0, len(u.parts))
	for _, p := range u.parts {
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b Part) int { return a.Number - b.Number })
	return parts
}

// all lists the open uploads of a bucket, or of all for "", in order of key and then of age.
func (us *uploads) all(bucket string) []*upload {
	us.mu.Lock()
	defer us.mu.Unlock()
	var list []*upload
	for _, u := range us.byID {
		if bucket == "" || u.Bucket == bucket {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b *upload) int {
		if c := strings.Compare(a.Bucket+"/"+a.Key, b.Bucket+"/"+b.Key); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// end forgets the upload and removes its parts.
func (us *uploads) end(u *upload) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return noSuchUpload(u.ID)
	}
	return us.endLocked(u)
}

func (us *uploads) endLocked(u *upload) error {
	u.ended = true
	us.mu.Lock()
	delete(us.byID, u.ID)
	us.mu.Unlock()
	// Without this file the folder is no upload any more, whatever else stays after a crash.
	if err := us.st.discard(path.Join(uploadDir(u.ID), "upload")); err != nil {
		return fmt.Errorf("remove an upload: %w", err)
	}
	if err := us.st.root.RemoveAll(uploadDir(u.ID)); err != nil {
		return fmt.Errorf("remove an upload's parts: %w", err)
	}
	return nil
}

// assemble joins parts into one temporary file. Nothing passes through this process on systems that copy between
// files in the kernel, and the checksum comes from those of the parts.
func (us *uploads) assemble(u *upload, parts []Part) (tmp string, size int64, crc uint64, err error) {
	tmp = us.st.tmpName()
	out, err := us.st.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return "", 0, 0, fmt.Errorf("join the parts: %w", err)
	}
	for _, p := range parts {
		if err = us.appendPart(out, u, p); err != nil {
			break
		}
		size += p.Size
		crc = combineCRC(crc, p.CRC64, p.Size)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return "", 0, 0, fmt.Errorf("join the parts: %w", errors.Join(err, us.st.discard(tmp)))
	}
	return tmp, size, crc, nil
}

func (us *uploads) appendPart(out *os.File, u *upload, p Part) error {
	in, err := us.st.root.Open(path.Join(uploadDir(u.ID), p.file()))
	if err != nil {
		return err
	}
	n, err := io.Copy(out, in)
	if err == nil && n != p.Size {
		err = fmt.Errorf("part %d has %d bytes, not %d: its file was changed", p.Number, n, p.Size)
	}
	return errors.Join(err, in.Close())
}
