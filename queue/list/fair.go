package list

import "time"

// Fair says when a file that failed may be tried again, and how fast others may begin. Files that never failed go
// first. Those that failed, and of which nothing arrived since, have one place together, and while others wait they
// have it for a thirtieth of the time: so they cost the others less than a twentieth, however many they are and however
// long each takes to fail. When their tries bring something after all, they get more places.
type Fair struct {
	Trying int           // runs of files that failed, as long as nothing of the file arrived
	mended int           // such runs in a row that brought something
	missed int           // such runs in a row that brought nothing
	took   time.Duration // a run that brings nothing, lately
	share  time.Duration // what they may still take from the others
	next   time.Time     // none begins before

	silent int       // runs in a row, of any files, that failed without an answer
	open   time.Time // no file that never failed begins before
}

const (
	fairShare   = 30                     // of the time of a place, the part that goes to files that failed
	fairLeast   = 20 * time.Millisecond  // the share may grow to this, or to one run that brings nothing
	missedStep  = 2 * time.Millisecond   // by which each run in a row that brings nothing puts the next one off
	missedMost  = 250 * time.Millisecond // the longest
	silentSpare = 32                     // runs without an answer, after which the line counts as down
	silentStep  = time.Millisecond       // by which each further one puts the next one off
	silentMost  = 100 * time.Millisecond // the longest
)

// MayTry reports whether a file that failed may be tried, while others wait or not.
func (f *Fair) MayTry(now time.Time, places int, others bool) bool {
	return f.Trying < min(places, 1+f.mended) && !now.Before(f.next) && (!others || f.share > 0 && f.share >= f.took)
}

// MayBegin reports whether a file that never failed may begin. While nothing answers, there is no use in trying them
// all.
func (f *Fair) MayBegin(now time.Time) bool { return !now.Before(f.open) }

// Began counts a run of a file that failed, and returns what it took of the share in advance.
func (f *Fair) Began(others bool) (charged time.Duration) {
	f.Trying++
	if !others {
		return 0
	}
	f.share -= f.took
	return f.took
}

// Came ends the count of such a run, of which something arrived.
func (f *Fair) Came(took, charged time.Duration) {
	f.Left(took, charged)
	f.mended, f.missed, f.next = f.mended+1, 0, time.Time{}
}

// Left ends it when nothing did.
func (f *Fair) Left(took, charged time.Duration) {
	f.Trying--
	if charged > 0 {
		f.share += charged - took
	}
}

// Used gives files that failed their share of the time that another had a place.
func (f *Fair) Used(took time.Duration) {
	f.share = min(f.share+took/fairShare, max(fairLeast, f.took))
}

// Failed notes that a run brought nothing. again: nor had the one before it.
func (f *Fair) Failed(now time.Time, took time.Duration, again, answered bool) {
	if f.took == 0 {
		f.took = took
	}
	f.took = (3*f.took + took) / 4
	if again {
		f.mended = 0
		f.missed++
		f.next = now.Add(min(missedMost, time.Duration(f.missed)*missedStep))
	}
	if f.silent++; answered {
		f.silent = 0
	}
	if more := f.silent - silentSpare; more > 0 {
		f.open = now.Add(min(silentMost, time.Duration(more)*silentStep))
	}
}

// Arrived notes that the line works.
func (f *Fair) Arrived() { f.silent, f.open = 0, time.Time{} }

// Later is when something may begin that may not now, where nothing else is to come before; zero: nothing waits for a
// time.
func (f *Fair) Later(now time.Time, others, failed bool) (at time.Time) {
	if others && now.Before(f.open) {
		at = f.open
	}
	if failed && now.Before(f.next) && (at.IsZero() || f.next.Before(at)) {
		at = f.next
	}
	return at
}
