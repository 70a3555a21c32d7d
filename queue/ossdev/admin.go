package ossdev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// faultJSON is a Fault with durations as text, "1m30s".
type faultJSON struct {
	ID   int `json:",omitempty"`
	Hits int `json:",omitempty"`

	Fault
	Delay, Late, Skew string `json:",omitempty"` // in place of Fault's
}

// mediaJSON is a Media with its state.
type mediaJSON struct {
	Media
	Status string
}

// serveAdmin answers below /.ossdev/: faults and requests, as doc.go lists them.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path[len(hidden)+1:] {
	case "GET /faults":
		reply(w, http.StatusOK, s.faultList())
	case "POST /faults":
		// A web page can send a form to this address, but JSON only where it was allowed to.
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			http.Error(w, "send a fault as application/json", http.StatusUnsupportedMediaType)
			return
		}
		fault, err := readFault(r.Body)
		if err != nil {
			http.Error(w, "not a fault: "+err.Error(), http.StatusBadRequest)
			return
		}
		h := s.AddFault(fault)
		reply(w, http.StatusCreated, map[string]int{"ID": h.id})
	case "DELETE /faults":
		s.removeFaults(w, r)
	case "GET /requests":
		reply(w, http.StatusOK, s.Requests())
	case "GET /media":
		reply(w, http.StatusOK, s.mediaList())
	case "GET /tokens":
		reply(w, http.StatusOK, s.TokenCount())
	default:
		http.Error(w,
			"there are GET, POST and DELETE /.ossdev/faults, and GET /.ossdev/requests, media, tokens and credentials",
			http.StatusNotFound)
	}
}

func readFault(in io.Reader) (Fault, error) {
	decoder := json.NewDecoder(io.LimitReader(in, 1<<16))
	decoder.DisallowUnknownFields()
	var f faultJSON
	if err := decoder.Decode(&f); err != nil {
		return Fault{}, err
	}
	if !knownAction(f.Action) {
		return Fault{}, fmt.Errorf("there is no action %q", f.Action)
	}
	delay, err1 := duration(f.Delay)
	late, err2 := duration(f.Late)
	skew, err3 := duration(f.Skew)
	f.Fault.Delay, f.Fault.Late, f.Fault.Skew = delay, late, skew
	return f.Fault, errors.Join(err1, err2, err3)
}

// knownAction reports whether a fault can be for an action; "" is any.
func knownAction(name string) bool {
	return name == "" || name == credentialsAction ||
		slices.ContainsFunc(routes, func(r route) bool { return r.action == name }) ||
		slices.ContainsFunc(operations(), func(o operation) bool { return o.action == name })
}

// mediaList is Media with the state, which is no part of a record.
func (s *Server) mediaList() []mediaJSON {
	list := []mediaJSON{}
	for _, m := range s.Media() {
		list = append(list, mediaJSON{m, m.Status})
	}
	return list
}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

func (s *Server) faultList() []faultJSON {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]faultJSON, 0, len(s.faults.list))
	for _, h := range s.faults.list {
		f := faultJSON{ID: h.id, Hits: h.hits, Fault: h.fault}
		if h.fault.Delay != 0 {
			f.Delay = h.fault.Delay.String()
		}
		if h.fault.Late != 0 {
			f.Late = h.fault.Late.String()
		}
		if h.fault.Skew != 0 {
			f.Skew = h.fault.Skew.String()
		}
		list = append(list, f)
	}
	return list
}

// removeFaults removes the one with ?id=, or all.
func (s *Server) removeFaults(w http.ResponseWriter, r *http.Request) {
	id := 0
	if text := r.URL.Query().Get("id"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			http.Error(w, "id is not a number", http.StatusBadRequest)
			return
		}
		id = n
	}
	s.faults.mu.Lock()
	kept := s.faults.list[:0:0]
	for _, h := range s.faults.list {
		if id != 0 && h.id != id {
			kept = append(kept, h)
		}
	}
	found := len(kept) < len(s.faults.list)
	s.faults.list = kept
	s.faults.mu.Unlock()
	if id != 0 && !found {
		http.Error(w, "there is no such fault", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func reply(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // a client that is gone needs no answer
}
