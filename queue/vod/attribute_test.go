package vod

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/attribute"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
)

// told is what VOD has been told of the media that was made last, but for what it made of it itself.
func told(s *ossdev.Running) map[string]string {
	all := s.Media()
	return all[len(all)-1].Params
}

// Each attribute reaches each kind of media that has it, by the name that the API has for it there.
func TestAttributesReachVOD(t *testing.T) {
	t.Parallel()
	const group, place = "ca3a8f6e4957b658067095869a6cb1a6", "out-1.oss-cn-shanghai.aliyuncs.com"
	s, a := service(t, owner, ossdev.Options{})
	if err := s.CreateBucket("out-1"); err != nil {
		t.Fatal(err)
	}
	set, err := attribute.Parse([]string{"vod.title=T & 题", "vod.description=D\nd", "vod.tags=a,b c", "vod.category=7",
		"vod.template-group=" + group,
		"vod.workflow=w1", "vod.storage-location=" + place, "vod.cover-url=https://example.com/a.jpg",
		`vod.user-data={"Extend":{"k":"v"}}`,
		"vod.app-id=app-1000000", "vod.image-type=cover", "vod.first-frame-cover=true", "vod.thumbnail=false",
		"oss.acl=private"})
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]string{"Title": "T & 题", "Description": "D\nd", "Tags": "a,b c", "StorageLocation": place,
		"AppId":    "app-1000000",
		"UserData": `{"Extend":{"k":"v"}}`}
	for file, own := range map[string]map[string]string{
		"clips/a.mp4": {"FileName": "a.mp4", "FileSize": "5", "CateId": "7", "TemplateGroupId": group,
			"WorkflowId": "w1", "CoverURL": "https://example.com/a.jpg",
			"EnableFirstFrameCover": "true", "GenerateThumbnail": "false"},
		"clips/b.JPG": {"OriginalFileName": "b.JPG", "ImageExt": "jpg", "ImageType": "cover", "CateId": "7"},
		"clips/c.srt": {"FileName": "c.srt", "MediaExt": "srt", "BusinessType": "subtitle", "CateIds": "7"},
	} {
		g, err := a.Create(t.Context(), Media{File: file, Size: 5, Params: set.Video()})
		if err != nil || g.Address.Bucket != "out-1" {
			t.Fatalf("%s: %v, %v", file, g.Address, err)
		}
		for name, value := range shared {
			own[name] = value
		}
		if diff := cmp.Diff(own, told(s)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

// What a media is called when nobody said so: its file's name, as far as VOD takes it.
func TestTitles(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	long := strings.Repeat("题", 200)
	for file, want := range map[string]string{
		"clips/Ein Film.mp4": "Ein Film", "a.b.mp4": "a.b", ".mp4": ".mp4", "a.jpg": "a", "a.srt": "a",
		long + ".mp4": strings.Repeat("题", 128), long + ".jpg": strings.Repeat("题", 128), long +
			".zip": strings.Repeat("题", 42), long + ".srt": strings.Repeat("题", 42),
		"party 🎉 time.mp4": "party  time", "🎉.mp4": "untitled", "👨‍👩‍👧.jpg": "untitled", "𠮷野家.mp4": "𠮷野家",
		"tab\there.mp4": "tabhere",
	} {
		if _, err := a.Create(t.Context(), Media{File: file, Size: 5}); err != nil {
			t.Errorf("%s: %v", file, err)
		} else if got := told(s)["Title"]; got != want {
			t.Errorf("%s is called %q, want %q", file, got, want)
		}
	}
}

// Of attached media VOD counts bytes, which nobody could know when the attribute was set: the file fails before VOD is
// asked.
func TestTooLongForItsKind(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	for _, c := range []struct{ attribute, most, more string }{
		{"vod.title", strings.Repeat("题", 42), strings.Repeat("题", 128)},
		{"vod.description", strings.Repeat("题", 341), strings.Repeat("题", 1024)},
		{"vod.tags", "a," + strings.Repeat("题", 32), ""},
	} {
		for _, value := range []string{c.most, c.more} {
			if value == "" {
				continue
			}
			set := attribute.Set{}
			if err := set.Put(c.attribute, value); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"a.mp4", "a.jpg", "a.heic", "a.srt", "a.zip"} {
				before := len(s.Requests())
				_, err := a.Create(t.Context(), Media{File: file, Size: 5, Params: set.Video()})
				if KindOf(file) == Attached && value == c.more {
					var e *transfer.Error
					if !errors.As(err, &e) || e.Kind != transfer.Final || e.Code != "LengthExceededMax" ||
						len(s.Requests()) != before {
						t.Errorf("%s of %s: %v after %d requests", c.attribute, file, err, len(s.Requests())-before)
					}
				} else if err != nil {
					t.Errorf("%s of %s: %v", c.attribute, file, err)
				}
			}
		}
	}
}

// TestKinds has VOD take each ending that we take for one of its media, and none reach it that it does not take.
func TestKinds(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	for endings, want := range map[string]string{
		"mp4 TS mov m3u8 gif mts m2t ogg webm mp3 flac caf": "video",
		"png jpg jpeg heic HEIC webp":                       "image",
		"srt ass stl ttml vtt":                              "attached subtitle",
		"apng":                                              "attached watermark",
		"zip mat apk":                                       "attached material",
		"mxf m2ts ogv oga opus heif tiff txt pdf":           "",
	} {
		for ending := range strings.FieldsSeq(endings) {
			before := len(s.Requests())
			_, err := a.Create(t.Context(), Media{File: "clips/a." + ending, Size: 5})
			if want == "" {
				var e *transfer.Error
				if !errors.As(err, &e) || e.Code != "InvalidFileName.Extension" || !strings.Contains(e.Hint, "OSS") ||
					len(s.Requests()) != before {
					t.Errorf("%s: %v", ending, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", ending, err)
				continue
			}
			m := s.Media()[len(s.Media())-1]
			if got := strings.TrimSpace(m.Type + " " + m.Params["BusinessType"]); got != want {
				t.Errorf("%s is %q, want %q", ending, got, want)
			}
		}
	}
}

// TestPerhapsMade has the answer to CreateUploadVideo lost, and VOD refuse the question for what it made by another
// code than that there is none. It is asked for again by its name: then there is one, made then or before, and no
// second. Only who may not ask is told so; where VOD goes on refusing, the file waits.
func TestPerhapsMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		made  bool
		code  string
		count int // how often RefreshUploadVideo is refused; 0: always
		kind  transfer.Kind
		want  string // "" for success
	}{
		"made": {made: true, code: "InvalidParameter", count: 1},
		"made, and refused on": {made: true, code: "InvalidParameter", kind: transfer.Resumable,
			want: "InvalidParameter"},
		"made, and no right":     {made: true, code: "Forbidden.RAM", kind: transfer.Final, want: "Forbidden.RAM"},
		"not made":               {code: "InvalidReferenceId.Malformed"},
		"not made, in no region": {code: "InvalidVideo.NotFound"},
		"not made, and trouble":  {code: "InternalError", kind: transfer.Resumable, want: "InternalError"},
	} {
		s, a := service(t, owner, ossdev.Options{})
		if c.made {
			if _, err := a.Create(t.Context(), Media{File: "a.mp4", Size: 5, Name: "our-name"}); err != nil {
				t.Fatal(err)
			}
		}
		s.AddFault(ossdev.Fault{Action: "RefreshUploadVideo", Code: c.code, Status: 400, Count: c.count})
		m := Media{File: "a.mp4", Size: 5, VideoID: transfer.ByReference("our-name"), Name: "our-name"}
		g, err := NewPlaces(Options{Authority: a}).grant(t.Context(), &m, false)
		var e *transfer.Error
		switch {
		case c.want == "" && (err != nil || g.VideoID == ""):
			t.Errorf("%s: %+v, %v", name, g, err)
		case c.want != "" && (!errors.As(err, &e) || e.Code != c.want || e.Kind != c.kind || e.Hint == "" &&
			e.Kind == transfer.Final):
			t.Errorf("%s: %+v", name, err)
		}
		made := 1
		if c.want != "" && !c.made {
			made = 0
		}
		if n := len(s.Media()); n != made {
			t.Errorf("%s: %d videos", name, n)
		}
	}
}

// TestTooLong says by which measure.
func TestTooLong(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{"a.png": "the title has 129 characters, VOD takes at most 128",
		"a.srt": "the title has 258 bytes (UTF-8), VOD takes at most 128"} {
		err := Media{File: file, Params: map[string]string{"Title": strings.Repeat("ä", 129)}}.check()
		if !is(err, "LengthExceededMax") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// A video that VOD has damaged cannot be gone on with; one that it does not know is made anew, with a new id.
func TestDamagedAndGone(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	p := NewPlaces(Options{Authority: a})
	ask := func(videoID string) (Media, error) {
		m := Media{File: "a.mp4", Size: 5, VideoID: videoID}
		g, err := p.grant(context.Background(), &m, false)
		m.VideoID = g.VideoID
		return m, err
	}
	first, err := ask("")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := ask(first.VideoID); err != nil || m.VideoID != first.VideoID || len(s.Media()) != 1 {
		t.Errorf("%+v, %v: not the same video", m, err)
	}
	h := s.AddFault(ossdev.Fault{Action: "RefreshUploadVideo", Code: "InvalidVideo.Damaged"})
	if _, err := ask(first.VideoID); !is(err, "InvalidVideo.Damaged") || len(s.Media()) != 1 {
		t.Errorf("damaged: %v", err)
	}
	h.Remove()
	if err := s.RemoveMedia(first.VideoID); err != nil {
		t.Fatal(err)
	}
	if m, err := ask(first.VideoID); err != nil || m.VideoID == first.VideoID || m.VideoID == "" {
		t.Errorf("gone: %+v, %v", m, err)
	}
}
