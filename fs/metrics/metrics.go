package metrics

import (
	"bytes"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"inboxfs/queue"
)

// Source is where the figures come from.
type Source struct {
	Totals  func() queue.Totals
	Events  func() uint64 // the number of the newest event
	Inbox   string        // a folder on the disk of the spool
	Version string        // what `inboxfs version` says
}

// Metrics holds what is counted here, and knows the rest's source.
type Metrics struct {
	registry   *prometheus.Registry
	operations *prometheus.HistogramVec
}

// New returns the metrics of one mount.
func New(s Source) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "inboxfs_fuse_operation_duration_seconds",
		Help: "How long requests of the kernel took; what passthrough does itself is not among them, " +
			"and a wait verb is a long write.",
		// A stat takes some 10 µs, a sync or a full disk seconds.
		Buckets: []float64{1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10},
	}, []string{"operation"})}
	m.registry.MustRegister(m.operations, &collector{s},
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{Namespace: "inboxfs"}))
	return m
}

// Operation is what the time of one kind of request is told to. Observing takes no lock and no memory.
func (m *Metrics) Operation(name string) prometheus.Observer {
	return m.operations.WithLabelValues(name)
}

// Append appends the file.
func (m *Metrics) Append(b []byte) ([]byte, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gathering metrics: %w", err)
	}
	w := bytes.NewBuffer(b)
	e := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := e.Encode(f); err != nil {
			return nil, fmt.Errorf("writing metrics: %w", err)
		}
	}
	return w.Bytes(), nil
}
