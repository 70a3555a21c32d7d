package vod

import (
	"errors"
	"sync"
	"testing"

	"inboxfs/queue/attribute"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// TestPieces asks at once where the files of a playlist go: VOD is asked once, and a video that it has forgotten is not
// made anew, neither for a file nor for the playlist.
func TestPieces(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	g, err := a.Create(t.Context(), Media{File: "a/film.m3u8", Size: 9})
	if err != nil || g.Address.Prefix == "" {
		t.Fatalf("%+v, %v", g.Address, err)
	}
	var mu sync.Mutex // guards dialed
	dialed := make(map[Address]Session)
	dial := func(g Grant, session Session) (upload.Remote, error) {
		mu.Lock()
		defer mu.Unlock()
		dialed[g.Address] = session
		return nil, nil
	}
	p := NewPlaces(Options{Authority: a, Dial: dial})
	of := transfer.Medium{ID: 7, File: "a/film.m3u8", Size: 9, VideoID: g.VideoID}
	var all sync.WaitGroup
	names := []string{"film0.ts", "b/film1.ts", "film2.ts", "film3.ts"}
	for _, name := range names {
		all.Go(func() {
			of := of
			of.Name = name
			place, err := p.Place(t.Context(), transfer.Job{Medium: &of}, attribute.Set{}, nil)
			if err != nil || place.Key != g.Address.Prefix+name || place.VideoID != transfer.PieceOf(g.VideoID) {
				t.Errorf("%s: %+v, %v", name, place, err)
			}
		})
	}
	all.Wait()
	sessions := make(map[Session]bool)
	for at, session := range dialed {
		sessions[session] = true
		if at.Bucket != g.Address.Bucket || at.Endpoint != g.Address.Endpoint {
			t.Errorf("%+v", at)
		}
	}
	if n := s.Media()[0].Refreshed; n != 1 || len(sessions) != 1 || len(dialed) != len(names) {
		t.Errorf("VOD was asked %d times, %d sessions for %d files", n, len(sessions), len(dialed))
	}

	if err := s.RemoveMedia(g.VideoID); err != nil {
		t.Fatal(err)
	}
	p = NewPlaces(Options{Authority: a, Dial: dial}) // as after a restart
	of.Name = "film0.ts"
	for what, job := range map[string]transfer.Job{"a file": {Medium: &of},
		"the playlist": {Name: of.File, Laid: true, Resume: &transfer.Multipart{VideoID: g.VideoID}}} {
		_, err := p.Place(t.Context(), job, attribute.Set{}, nil)
		var e *transfer.Error
		if !errors.As(err, &e) || e.Kind != transfer.Final || e.Code != codeNoVideo {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(s.Media()); n != 0 {
		t.Errorf("%d videos", n)
	}
}

// TestPieceWithoutPrefix has an answer without an ObjectPrefix: the files go beside the playlist, unless that is beside
// everything.
func TestPieceWithoutPrefix(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"sv/1/1.m3u8": "sv/1/film0.ts", "1.m3u8": ""} {
		p := NewPlaces(Options{Dial: func(Grant, Session) (upload.Remote, error) { return nil, nil }})
		p.shared["V"] = &shared{turn: make(chan struct{}, 1), at: Address{Endpoint: "https://e", Bucket: "b", Key: key}}
		place, err := p.piece(t.Context(), transfer.Medium{VideoID: "V", Name: "film0.ts"})
		if place.Key != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", key, place.Key, err)
		}
	}
}
