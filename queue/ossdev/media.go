package ossdev

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"
)

// Media is a video, an image or an attached media that VOD has given an id and a place.
type Media struct {
	ID          string
	Type        string // video, image or attached
	Title       string
	Description string
	Tags        []string
	FileName    string            // as the request names it; "" where it gave only an extension
	Bucket, Key string            // the object
	Params      map[string]string // all of the action's parameters, as they were sent
	Created     time.Time
	Refreshed   int // how often RefreshUploadVideo gave new credentials

	Status string `json:"-"` // Uploading, or UploadSucc once the object is there
}

// The states of a media that there are here; nothing is transcoded.
const (
	statusUploading = "Uploading"
	statusUploaded  = "UploadSucc"
)

// medias are the media of the server.
type medias struct {
	st   *store
	mu   sync.Mutex // guards byID and what it holds; held while a record is written, which nobody else waits for
	byID map[string]*Media
}

func mediaPath(id string) string { return path.Join(hidden, "media", id) }

// openMedias reads what an earlier server left.
func openMedias(st *store) (*medias, error) {
	ms := &medias{st: st, byID: map[string]*Media{}}
	entries, err := st.readDir(path.Join(hidden, "media"))
	if err != nil {
		return nil, fmt.Errorf("development endpoint: read the media: %w", err)
	}
	for _, entry := range entries {
		m := &Media{}
		if err := st.readJSON(mediaPath(entry.Name()), m); err != nil {
			return nil, fmt.Errorf("development endpoint: read a media: %w", err)
		}
		ms.byID[m.ID] = m
	}
	return ms, nil
}

// add records a new media.
func (ms *medias) add(m Media) error {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if err := ms.st.writeJSON(mediaPath(m.ID), m); err != nil {
		return fmt.Errorf("record a media: %w", err)
	}
	ms.byID[m.ID] = &m
	return nil
}

// refreshed counts a refresh and returns the media; ok is false where there is none.
func (ms *medias) refreshed(id string) (m Media, ok bool, err error) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	known := ms.byID[id]
	if known == nil || known.Type != "video" {
		return Media{}, false, nil
	}
	m = *known
	m.Refreshed++
	if err := ms.st.writeJSON(mediaPath(id), m); err != nil {
		return Media{}, false, fmt.Errorf("record a media: %w", err)
	}
	ms.byID[id] = &m
	return m, true, nil
}

// find returns a media.
func (ms *medias) find(id string) (Media, bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := ms.byID[id]
	if m == nil {
		return Media{}, false
	}
	return *m, true
}

// findReference returns the video that a request gave this name of its own (ReferenceId).
func (ms *medias) findReference(name string) (Media, bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	for _, m := range ms.byID {
		if name != "" && m.Params["ReferenceId"] == name {
			return *m, true
		}
	}
	return Media{}, false
}

// remove forgets a media; its object is the caller's affair.
func (ms *medias) remove(id string) error {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.byID[id] == nil {
		return nil
	}
	if err := ms.st.discard(mediaPath(id)); err != nil {
		return fmt.Errorf("remove a media: %w", err)
	}
	delete(ms.byID, id)
	return nil
}

// Media lists what VOD has given a place, in the order in which it did.
func (s *Server) Media() []Media {
	s.medias.mu.Lock()
	list := make([]Media, 0, len(s.medias.byID))
	for _, m := range s.medias.byID {
		list = append(list, *m)
	}
	s.medias.mu.Unlock()
	slices.SortFunc(list, func(a, b Media) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	for i := range list {
		list[i].Status, _ = s.mediaStatus(list[i])
	}
	return list
}

// RemoveMedia makes VOD forget a media, with its object and its open uploads, as DeleteVideo does; one that is not
// known is fine.
func (s *Server) RemoveMedia(id string) error {
	m, ok := s.medias.find(id)
	if !ok {
		return nil
	}
	if _, err := s.abortUploads(m); err != nil {
		return err
	}
	if err := s.removeObjects(m); err != nil {
		return err
	}
	return s.medias.remove(id)
}

// mediaStatus reports whether the object is there, and its size in bytes.
func (s *Server) mediaStatus(m Media) (status string, size int64) {
	_, meta, ok := s.Object(m.Bucket, m.Key)
	if !ok {
		return statusUploading, 0
	}
	return statusUploaded, meta.Size
}

// abortUploads ends the open multipart uploads of a media's object and says how many there were.
func (s *Server) abortUploads(m Media) (int, error) {
	count := 0
	for _, u := range s.uploads.all(m.Bucket) {
		if !m.has(u.Key) {
			continue
		}
		if err := s.uploads.end(u); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}
