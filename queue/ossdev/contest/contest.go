package contest

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// Way is one of the ways. What it does before and after Once is not measured; both may be nil.
type Way struct {
	Name          string
	Before, After func() error
	Once          func() error
	Used          func() (time.Duration, error) // time of processors so far; nil: that of this process and its children
}

// Amount is what each Once gets done; a zero field is not reported.
type Amount struct {
	Bytes int64
	Files int
	CPU   bool // the time of processors matters, per GiB or per file
}

// Run lets the ways compete for b.N rounds. It reports the speed of each, and by how much the first is faster than each
// of the others ("ours/bare": above 1 ours is faster), and with Amount.CPU how much more time of processors it takes.
func Run(b *testing.B, a Amount, ways ...Way) {
	b.Helper()
	wall, cpu := make([][]float64, len(ways)), make([][]float64, len(ways))
	for round := 0; b.Loop(); round++ {
		for i := range ways {
			i = (i + round) % len(ways)
			call(b, ways[i].Before)
			used, began := ways[i].used(b), time.Now()
			call(b, ways[i].Once)
			wall[i] = append(wall[i], time.Since(began).Seconds())
			cpu[i] = append(cpu[i], (ways[i].used(b) - used).Seconds())
			call(b, ways[i].After)
		}
	}
	b.ReportMetric(0, "ns/op") // of a whole round: of no interest
	for i, w := range ways {
		if a.Bytes > 0 {
			b.ReportMetric(float64(a.Bytes)/(1<<20)/median(wall[i]), w.Name+"-MiB/s")
		}
		if a.Files > 0 {
			b.ReportMetric(float64(a.Files)/median(wall[i]), w.Name+"-files/s")
		}
		switch {
		case !a.CPU:
		case a.Files > 0:
			b.ReportMetric(1e6*median(cpu[i])/float64(a.Files), w.Name+"-cpu-us/file")
		default:
			b.ReportMetric(median(cpu[i])*(1<<30)/float64(a.Bytes), w.Name+"-cpu-s/GiB")
		}
		if i > 0 {
			b.ReportMetric(median(ratios(wall[i], wall[0])), ways[0].Name+"/"+w.Name)
			if a.CPU {
				b.ReportMetric(median(ratios(cpu[0], cpu[i])), "cpu-"+ways[0].Name+"/"+w.Name)
			}
		}
	}
}

func call(b *testing.B, f func() error) {
	if f == nil {
		return
	}
	if err := f(); err != nil {
		b.Fatal(err)
	}
}

// used is the time of processors that the way took so far.
func (w Way) used(b *testing.B) (d time.Duration) {
	b.Helper()
	if w.Used != nil {
		d, err := w.Used()
		if err != nil {
			b.Fatal(err)
		}
		return d
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		d += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return d
}

func ratios(of, to []float64) []float64 {
	r := make([]float64, len(of))
	for i := range of {
		r[i] = of[i] / to[i]
	}
	return r
}

func median(of []float64) float64 {
	s := slices.Sorted(slices.Values(of))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
