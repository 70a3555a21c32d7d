package writer

import (
	"slices"
	"strings"
)

// Excused is a program that ends with one of these statuses although the file it wrote last is whole.
type Excused struct {
	Program  string
	Statuses []int // none: any
}

// Habits is what the configuration says of programs, beside what we know of them. The zero value says nothing, nor does
// nil.
type Habits struct {
	relays []string // beginnings of their names
	excuse []excuse
}

func NewHabits(relays []string, excused []Excused) *Habits {
	h := &Habits{relays: relays}
	for _, x := range excused {
		h.excuse = append(h.excuse, excuse{comms: x.Program, statuses: x.Statuses})
	}
	return h
}

func (h *Habits) relay(comm string) bool {
	begins := func(r string) bool { return strings.HasPrefix(comm, r) }
	return slices.ContainsFunc(relays, begins) || h != nil && slices.ContainsFunc(h.relays, begins)
}

// excused reports whether the status of a program called comm, which runs exe, says nothing about the file.
func (h *Habits) excused(comm, exe string, status int, open bool) bool {
	fits := func(x excuse) bool {
		names := strings.Fields(x.comms)
		return (x.open || !open) && (slices.Contains(names, comm) || slices.Contains(names, exe)) &&
			(len(x.statuses) == 0 || slices.Contains(x.statuses, status))
	}
	return slices.ContainsFunc(excuses, fits) || h != nil && slices.ContainsFunc(h.excuse, fits)
}
