package metrics

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"inboxfs/queue"
	"inboxfs/queue/list"
)

func sample(asked *int) Source {
	return Source{Inbox: "/", Version: "v1", Events: func() uint64 { return 77 }, Totals: func() queue.Totals {
		*asked++
		return queue.Totals{Summary: list.Summary{State: list.Expired, Uploaded: 1 << 40, Left: 9, Waiting: 2,
			Oldest: time.Now().Add(-time.Minute),
			Counts: map[list.State]list.Count{list.Failure: {Entries: 3, Bytes: 33}}}, Succeeded: 5, Retries: 6,
			Expiries: 1, JournalErrors: 8, InFlight: 12,
			Failures: map[string]int64{"AccessDenied": 2, "other": 1}}
	}}
}

// TestFile reads what is written with Prometheus' own parser.
func TestFile(t *testing.T) {
	t.Parallel()
	asked := 0
	m := New(sample(&asked))
	m.Operation("write").Observe(0.002)
	m.Operation("write").Observe(4)
	asked = 0 // registering asked, too
	text, err := m.Append([]byte("# before\n"))
	if err != nil {
		t.Fatal(err)
	}
	if asked != 1 {
		t.Errorf("the queue was asked %d times for one file", asked)
	}
	if !bytes.HasPrefix(text, []byte("# before\n#")) || text[len(text)-1] != '\n' {
		t.Error("it is not appended, or does not end a line")
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for name, f := range families {
		if !strings.HasPrefix(name, "inboxfs_") || f.GetHelp() == "" {
			t.Errorf("%s: %q", name, f.GetHelp())
		}
		for _, s := range f.Metric {
			key := name
			for _, l := range s.Label {
				if l.GetName() != "goversion" {
					key += " " + l.GetValue()
				}
			}
			got[key] = s.GetGauge().GetValue() + s.GetCounter().GetValue() + float64(s.GetHistogram().GetSampleCount())
		}
	}
	for key, want := range map[string]float64{"inboxfs_build_info v1": 1, "inboxfs_queue_state expired": 1,
		"inboxfs_queue_state running": 0,
		"inboxfs_files failure":       3, "inboxfs_files ready": 0, "inboxfs_files_bytes failure": 33,
		"inboxfs_waiting_files": 2, "inboxfs_pending_bytes": 9,
		"inboxfs_parts_in_flight": 12, "inboxfs_uploaded_bytes_total": 1 << 40, "inboxfs_uploaded_files_total": 5,
		"inboxfs_failed_files_total AccessDenied": 2,
		"inboxfs_failed_files_total other":        1, "inboxfs_retries_total": 6, "inboxfs_token_expiries_total": 1,
		"inboxfs_journal_errors_total": 8,
		"inboxfs_events_total":         77, "inboxfs_fuse_operation_duration_seconds write": 2} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v (%v), not %v", key, v, ok, want)
		}
	}
	if age := got["inboxfs_oldest_pending_age_seconds"]; age < 60 || age > 600 {
		t.Errorf("the oldest has waited %v s", age)
	}
	if got["inboxfs_spool_size_bytes"] < got["inboxfs_spool_free_bytes"] || got["inboxfs_spool_free_bytes"] <= 0 {
		t.Errorf("spool: %v free of %v", got["inboxfs_spool_free_bytes"], got["inboxfs_spool_size_bytes"])
	}
}

// TestNaming holds the names against Prometheus' rules.
func TestNaming(t *testing.T) {
	t.Parallel()
	var asked int
	m := New(sample(&asked))
	m.Operation("write").Observe(1)
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestPromtool has the tool that comes with Prometheus read the file.
func TestPromtool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is missing; install prometheus. It is no part of .ci/run, as it is large, " +
			"and TestNaming has its rules")
	}
	var asked int
	text, err := New(sample(&asked)).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(tool, "check", "metrics")
	c.Stdin = bytes.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestObservingIsCheap is not parallel, since it counts: every request of the kernel pays for it.
func TestObservingIsCheap(t *testing.T) {
	var asked int
	o := New(sample(&asked)).Operation("read")
	if n := testing.AllocsPerRun(100, func() { o.Observe(0.001) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	var asked int
	o := New(sample(&asked)).Operation("read")
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			o.Observe(0.001)
		}
	})
}
