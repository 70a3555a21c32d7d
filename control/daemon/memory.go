package daemon

import "runtime/debug"

// thrift is from how many entries on memory is looked after.
const thrift = 50_000

// floor is how much counts as in use without taking any memory, as nobody touches it: with little in use, the collector
// would run again after every few hundred small files.
const floor = 16 << 20

// thrifty fits the collector to how many entries there are. By default it lets memory grow to twice what is in use:
// with few entries that costs nothing and saves time, with a million it is hundreds of megabytes. What reading the
// journal took is given back at once.
func (d *Daemon) thrifty() {
	var entries int64
	for _, c := range d.Queue.Summary().Counts {
		entries += c.Entries
	}
	if entries >= thrift {
		debug.SetGCPercent(20)
		debug.FreeOSMemory()
	}
}
