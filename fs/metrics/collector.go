package metrics

import (
	"runtime"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inboxfs/queue/list"
)

// collector asks the queue, once for all figures.
type collector struct{ Source }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("inboxfs_"+name, help, labels, nil)
}

var (
	buildInfo    = desc("build_info", "What this program is.", "version", "goversion")
	queueState   = desc("queue_state", "What the queue does.", "state")
	files        = desc("files", "Entries of the list.", "state")
	filesBytes   = desc("files_bytes", "Sizes of the entries of the list.", "state")
	waitingFiles = desc("waiting_files",
		"Files that only wait for another name, or for a file beside them to go or to come.")
	pendingBytes  = desc("pending_bytes", "Bytes that are still to be sent of ready, uploading and paused files.")
	oldestPending = desc("oldest_pending_age_seconds",
		"Time since the first ready, uploading or paused file was added; 0 when there is none.")
	partsInFlight = desc("parts_in_flight", "Requests that carry bytes of files.")
	uploadedBytes = desc("uploaded_bytes_total", "Bytes that were acknowledged.")
	uploadedFiles = desc("uploaded_files_total", "Files that were uploaded and verified.")
	failedFiles   = desc("failed_files_total", "Files that failed.", "code")
	retries       = desc("retries_total", "Requests and uploads that failed and were tried again.")
	expiries      = desc("token_expiries_total", "How often credentials expired.")
	journalErrors = desc("journal_errors_total", "Writes of the journal that failed.")
	events        = desc("events_total", "Events written, also before this start.")
	spoolSize     = desc("spool_size_bytes", "Size of the disk of the spool.")
	spoolFree     = desc("spool_free_bytes", "Free space on the disk of the spool, for its user.")
)

func (c *collector) Describe(all chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, all) }

func (c *collector) Collect(all chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	t := c.Totals()
	gauge(buildInfo, 1, c.Version, runtime.Version())
	for _, s := range []list.QueueState{list.Stopped, list.Running, list.Halted, list.Expired} {
		is := 0.0
		if s == t.State {
			is = 1
		}
		gauge(queueState, is, s.String())
	}
	for _, s := range list.States {
		gauge(files, float64(t.Counts[s].Entries), s.String())
		gauge(filesBytes, float64(t.Counts[s].Bytes), s.String())
	}
	gauge(waitingFiles, float64(t.Waiting))
	gauge(pendingBytes, float64(t.Left))
	age := 0.0
	if !t.Oldest.IsZero() {
		age = max(0, time.Since(t.Oldest).Seconds())
	}
	gauge(oldestPending, age)
	gauge(partsInFlight, float64(t.InFlight))
	count(uploadedBytes, float64(t.Uploaded))
	count(uploadedFiles, float64(t.Succeeded))
	for code, n := range t.Failures {
		count(failedFiles, float64(n), code)
	}
	count(retries, float64(t.Retries))
	count(expiries, float64(t.Expiries))
	count(journalErrors, float64(t.JournalErrors))
	count(events, float64(c.Events()))
	var s syscall.Statfs_t
	if syscall.Statfs(c.Inbox, &s) == nil { // a disk that does not answer shows in everything else
		gauge(spoolSize, float64(s.Blocks)*float64(s.Bsize))
		gauge(spoolFree, float64(s.Bavail)*float64(s.Bsize))
	}
}
