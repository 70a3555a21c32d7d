package playlist

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const head = "#EXTM3U\n#EXT-X-VERSION:3\n"
	for _, c := range []struct {
		name, text string
		files      []string
		ended      bool
		wrong      string // a piece of the error
	}{
		{"of ffmpeg", head + "#EXTINF:2.0,\nfilm0.ts\n#EXTINF:2.0,\nfilm1.ts\n#EXT-X-ENDLIST\n",
			[]string{"film0.ts", "film1.ts"}, true, ""},
		{"lines of Windows, a mark in front", "\ufeff#EXTM3U\r\n#EXTINF:2,\r\nfilm0.ts\r\n#EXT-X-ENDLIST\r\n",
			[]string{"film0.ts"}, true, ""},
		{"no line end", head + "film0.ts\n#EXT-X-ENDLIST", []string{"film0.ts"}, true, ""},
		{"live", head + "film7.ts\n", []string{"film7.ts"}, false, ""},
		{"pieces of one file", head + "#EXT-X-BYTERANGE:1@0\nfilm.ts\n#EXT-X-BYTERANGE:1@1\nfilm.ts\n#EXT-X-ENDLIST",
			[]string{"film.ts"}, true, ""},
		{"a beginning and a key", head + `#EXT-X-KEY:METHOD=AES-128,URI="keys/a,b.key",IV=0x1` + "\n" +
			`#EXT-X-MAP:BYTERANGE="9@0",URI="init.mp4"` + "\nf0.m4s\n",
			[]string{"keys/a,b.key", "init.mp4", "f0.m4s"}, false, ""},
		{"no key", head + "#EXT-X-KEY:METHOD=NONE\nf0.ts\n", []string{"f0.ts"}, false, ""},
		{"a key that is elsewhere", head + `#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1"` + "\nf0.ts\n",
			[]string{"f0.ts"}, false, ""},
		{"elsewhere", head + "https://a.example/f0.ts\n//a.example/f1.ts\nf2.ts\n", []string{"f2.ts"}, false, ""},
		{"folders, queries, escapes", head + "./a/../b/f%200.ts?x=1#y\nmy film.ts\n",
			[]string{"b/f 0.ts", "my film.ts"},
			false, ""},
		{"a time in the name", head + "./12:30.ts\n1:2.ts\n", []string{"12:30.ts", "1:2.ts"}, false, ""},
		{"no HLS", "#EXTM3U\n#EXTINF:200,A song\nmusic/song.mp3\nC:\\more.mp3\n/a/b.m3u8\n", nil, true, ""},
		{"empty", head + "#EXT-X-ENDLIST\n", nil, true, ""},
		{"master", head + "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n", nil, false, "master"},
		{"playlist of playlists", head + "low.M3U8\n", nil, false, "master"},
		{"leads out", head + "a/../../f0.ts\n", nil, false, "not below its folder"},
		{"leads out, escaped", head + "%2e%2e/f0.ts\n", nil, false, "not below its folder"},
		{"leads to the root", head + "/f0.ts\n", nil, false, "not below its folder"},
		{"a folder", head + "a/\n", nil, false, "no file"},
		{"a control character", head + "a%00.ts\n", nil, false, "can be no object's key"},
		{"nothing", "", nil, false, "does not begin"},
		{"something else", "<html>", nil, false, "does not begin"},
		{"too long", head + strings.Repeat("#", mostBytes), nil, false, "longer"},
	} {
		l, err := Parse(strings.NewReader(c.text))
		switch {
		case c.wrong == "" && err != nil, c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %v", c.name, err)
		case !slices.Equal(l.Files, c.files) || l.Ended != c.ended:
			t.Errorf("%s: %+v", c.name, l)
		}
	}
	if _, err := Parse(strings.NewReader(head + "#EXT-X-MEDIA:TYPE=AUDIO\n")); !errors.Is(err, ErrMaster) {
		t.Error(err)
	}
}

func TestSegment(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"film0.ts": true, "a/b/seg-00012.TS": true, "film.ts": false,
		"x1080p.ts":                   false,
		"file-20261130-1796045384.ts": true, "init.mp4": false, "IMG_0001.mp4": false, "f1.m4s": true, "a.cmfv": true,
		"enc.key":       true,
		"episode01.vtt": false, "track01.aac": false, "a1.mov": false, ".ts": false, "7": false, "": false} {
		if got := Segment(name); got != want {
			t.Errorf("%q: %v", name, got)
		} else if got && (!Piece(name) || !Beside("film.m3u8", name)) {
			t.Errorf("%q is a segment and can be none", name)
		}
	}
	for name, want := range map[string]bool{"init.mp4": true, "init_0.mp4": true, "Film-init.mp4": true,
		"initial.mp4": false, "init.mov": false} {
		if Beginning(name) != want {
			t.Errorf("%q is a beginning: %v", name, !want)
		}
	}
	for name, want := range map[string]bool{"init.mp4": true, "film0.mp4": true, "film.ts": true, "film.mov": false,
		"other.mp4": false, "other.ts": false,
		"other1.ts": true, "enc.key": true, "words1.vtt": true, "words.vtt": false, "film.vtt": true, "1.aac": true,
		"track.aac": false} {
		if Beside("a/film.m3u8", "a/"+name) != want {
			t.Errorf("%q is a piece of film.m3u8: %v", name, !want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"#EXTM3U\nf0.ts\n#EXT-X-ENDLIST", "#EXTM3U\r\n#EXT-X-KEY:A=1,URI=\"k\"\r\n../x",
		"#EXTM3U\n#EXT-X-MAP:URI=\"a\n", "#EXTM3U\n%2e%2e/a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse(strings.NewReader(text))
		if err != nil && (l.Files != nil || l.Ended) {
			t.Fatalf("%v and %+v", err, l)
		}
		seen := make(map[string]bool)
		for _, name := range l.Files {
			if seen[name] || name != path.Clean(name) || path.IsAbs(name) || name == ".." || strings.HasPrefix(name,
				"../") || name == "." || Name(name) {
				t.Fatalf("%q of %q", name, text)
			}
			seen[name] = true
		}
	})
}
