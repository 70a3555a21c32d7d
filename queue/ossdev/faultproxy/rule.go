package faultproxy

import "slices"

// Fault is what happens to a request. Reset means that the client's connection is reset.
type Fault int

const (
	None       Fault = iota
	LostBefore       // reset, the endpoint sees nothing
	LostAfter        // the endpoint does the work; reset instead of its answer
	Twice            // the endpoint sees the request twice; the client gets the first answer
	TwiceLast        // the same; the client gets the second answer
	Hang             // no answer until the client has left, the endpoint sees nothing
	// no answer; when the client has left and made the request again, the endpoint sees this one after that
	Late
	LateAnswer  // the endpoint does the work, the client gets no answer until it has left
	CutRequest  // the endpoint sees half of the request; reset
	CutAnswer   // the client gets half of the answer; reset
	HTML200     // the work is done; the client gets a page instead of the answer, with 200
	HTML502     // the endpoint sees nothing; the client gets a page with 502
	Empty200    // the work is done; the client gets 200 and nothing else
	CutXML      // the work is done; the answer's body ends in the middle, and its length says so
	LongLength  // the work is done; the answer says that it is longer than it is, and the connection ends
	ShortLength // the work is done; the answer says that it is shorter than it is
)

var names = [...]string{"none", "lost before", "lost after", "twice", "twice, last answer", "hang", "late",
	"late answer", "cut request",
	"cut answer", "HTML 200", "HTML 502", "empty 200", "cut XML", "long length", "short length"}

func (f Fault) String() string { return names[f] }

// Faults are all of them.
func Faults() []Fault {
	all := make([]Fault, 0, len(names)-1)
	for f := LostBefore; f <= ShortLength; f++ {
		all = append(all, f)
	}
	return all
}

// Rule says which requests meet a fault. The first rule that matches is the one that strikes.
type Rule struct {
	Action string // as ossdev names it: UploadPart, HeadObject, CreateUploadVideo, ...; "" for any
	Skip   int    // matching requests that are let pass first
	Count  int    // requests that it strikes; 0 for all from then on
	Fault  Fault
}

// Handle is a rule in force.
type Handle struct {
	p          *Proxy
	rule       Rule
	seen, hits int // guarded by p.mu
}

// Add puts a rule in force, behind those that are.
func (p *Proxy) Add(r Rule) *Handle {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &Handle{p: p, rule: r}
	p.rules = append(p.rules, h)
	return h
}

// Hits is how often the rule struck.
func (h *Handle) Hits() int {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return h.hits
}

// Remove ends the rule. Requests that it struck already go on with it.
func (h *Handle) Remove() {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	h.p.rules = slices.DeleteFunc(h.p.rules, func(x *Handle) bool { return x == h })
}

// strike counts a request and says what it meets.
func (p *Proxy) strike(action string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests[action]++
	for _, h := range p.rules {
		if h.rule.Action != "" && h.rule.Action != action || h.rule.Count > 0 && h.hits >= h.rule.Count {
			continue
		}
		if h.seen++; h.seen > h.rule.Skip {
			h.hits++
			return h.rule.Fault
		}
	}
	return None
}
