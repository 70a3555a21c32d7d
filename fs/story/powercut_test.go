package story

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const (
	powercutCuts = 8 // in the short form
	powercutSeed = 1 // likewise; the long form has a new one each time, and says so
)

// TestPowerCut records a disk, cuts its power, and starts inboxfs again on what is left: what was promised before must
// hold. The short form makes a sample of the cuts. The long form records again and again, each time cuts at every flush
// with nothing kept that came after it, and then everywhere with some of it.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	needLoop(t)
	began, seed := time.Now(), uint64(powercutSeed)
	if *long > 0 {
		seed = uint64(began.UnixNano())
	}
	over := func() bool { return *long > 0 && time.Since(began) > *long }
	var sum cutTally
	for round := uint64(0); round == 0 || *long > 0 && !over(); round++ {
		// With the first options nothing gets to the disk but what is synced; with the others the kernel writes as it
		// likes.
		options := []string{"commit=300", "defaults"}[round%2]
		t.Run(fmt.Sprintf("%d-%s", round, options), func(t *testing.T) {
			p := newPowercut(t)
			if !t.Run("record", func(t *testing.T) { p.record(t, options, (*witness).drops) }) {
				return
			}
			for _, c := range p.cuts(seed+round, *long > 0) {
				if over() {
					break
				}
				if t.Run(c.what, func(t *testing.T) {
					if found := p.examine(t, c); len(found) > 0 {
						t.Errorf("seed %d: %s", seed+round, strings.Join(found, "\n"))
					}
				}) {
					sum.survived++
				}
			}
			sum.add(p)
		})
	}
	t.Logf("seed %d: %v; %s", seed, &sum, time.Since(began).Round(time.Second))
}

// cutTally is what was recorded, and what came of the cuts.
type cutTally struct{ survived, flushes, ready, synced, uploaded, events int }

func (s *cutTally) add(p *powercut) {
	s.flushes += len(p.tape.windows) - 1
	for _, one := range p.witness.promises {
		switch one.kind {
		case promisedReady:
			s.ready++
		case promisedFsync:
			s.synced++
		case promisedSuccess:
			s.uploaded++
		case promisedEvent:
			s.events++
		}
	}
}

func (s *cutTally) String() string {
	return fmt.Sprintf("%d cuts survived at %d flushes; promised: %d files ready, %d synced, %d uploaded, %d events",
		s.survived, s.flushes, s.ready, s.synced, s.uploaded, s.events)
}

// cuts chooses moments to cut the power at: all, or a sample.
func (p *powercut) cuts(seed uint64, all bool) (cuts []cut) {
	n := len(p.tape.windows)
	if all {
		for i := range n {
			cuts = append(cuts, p.tape.bare(i))
		}
		for i := range n {
			cuts = append(cuts, p.tape.torn(i, seed))
		}
		return cuts
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for k := range powercutCuts {
		i := n*k/powercutCuts + r.IntN(n/powercutCuts)
		if k%2 == 0 {
			cuts = append(cuts, p.tape.bare(i))
		} else {
			cuts = append(cuts, p.tape.torn(i, seed))
		}
	}
	return cuts
}
