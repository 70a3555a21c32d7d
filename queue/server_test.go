package queue

import (
	"fmt"
	"path"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/ecma"
)

// server is what the model's bucket keeps on the other side. Guarded by bucket.mu.
type server struct {
	objects map[string]object          // by key
	uploads map[string]map[int]string  // by upload id, the parts
	arrived map[string]map[string]bool // by name: the contents of which an object was made
	whole   map[string]bool            // contents that a writer had finished
	wrong   []string                   // what must never happen, and did
	number  int                        // of the last upload id
}

// object is one that was made.
type object struct {
	content string
	made    time.Time
	of      transfer.ID
}

func newServer() server {
	return server{objects: make(map[string]object), uploads: make(map[string]map[int]string),
		arrived: make(map[string]map[string]bool),
		whole:   map[string]bool{"": true}}
}

// sum is the CRC64 of a content.
func sum(content string) uint64 {
	return ecma.Update(0, []byte(content))
}

// begin is an Initiate.
func (s *server) begin() (id string) {
	s.number++
	id = fmt.Sprintf("U%d", s.number)
	s.uploads[id] = make(map[int]string)
	return id
}

// complete makes the object: of the content, or of the parts of the multipart upload id. It returns what is in it.
func (s *server) complete(job transfer.Job, key, id, content string) (string, error) {
	if id != "" {
		parts, ok := s.uploads[id]
		if !ok {
			return "", &transfer.Error{Kind: transfer.Resumable, Code: "NoSuchUpload"}
		}
		content = ""
		for n := range int((job.Size + modelPart - 1) / modelPart) {
			content += parts[n+1]
		}
		delete(s.uploads, id)
	}
	if !s.whole[content] {
		s.wrong = append(s.wrong, fmt.Sprintf("%s became an object of %q, which nobody wrote", job.Name, content))
	}
	s.arrive(job.Name, content)
	s.objects[key] = object{content, time.Now(), job.ID}
	return content, nil
}

// arrive notes that there is an object of a file's content.
func (s *server) arrive(name, content string) {
	if s.arrived[name] == nil {
		s.arrived[name] = make(map[string]bool)
	}
	s.arrived[name][content] = true
}

// modelKey is the key of a name under each of the model's configurations: names of their own, or some that several
// share.
func modelKey(configuration int, name string) string {
	key := name
	switch configuration {
	case 1:
		key = path.Base(name)
	case 2:
		key = "p/" + path.Base(name)
	}
	for far, near := range map[string]string{"far0": "a", "far1": "x", "far2": "y"} {
		if configuration > 0 && path.Base(key) == far {
			key = path.Join(path.Dir(key), near)
		}
	}
	return key
}
