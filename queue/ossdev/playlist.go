package ossdev

import (
	"cmp"
	"path"
	"strings"
)

// playlistExtension is that of media that have several objects: the playlist and, below its folder, what it names.
// Their upload address has an ObjectPrefix, and their credentials are good for all that is there.
const playlistExtension = "m3u8"

// prefix is where the objects of a playlist are, with a slash behind; "" for any other media.
func (m Media) prefix() string {
	if extension(m.Key) != playlistExtension {
		return ""
	}
	return path.Dir(m.Key) + "/"
}

// objects is the key of the media's object, or the prefix of its objects.
func (m Media) objects() string { return cmp.Or(m.prefix(), m.Key) }

// has reports whether an object belongs to the media.
func (m Media) has(key string) bool { return covers(m.objects(), key) }

// covers reports whether an object is the one that is named, or below it, where that ends in a slash.
func covers(objects, object string) bool {
	return object == objects || strings.HasSuffix(objects, "/") && strings.HasPrefix(object, objects)
}

// removeObjects removes what was uploaded of a media.
func (s *Server) removeObjects(m Media) error {
	keys := []string{m.Key}
	if m.prefix() != "" {
		var err error
		if keys, err = s.st.keys(m.Bucket); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if !m.has(key) {
			continue
		}
		if err := s.st.remove(m.Bucket, key); err != nil {
			return err
		}
	}
	return nil
}
