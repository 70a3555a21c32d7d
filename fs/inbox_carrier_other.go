//go:build !linux

package fs

import "inboxfs/queue/spool"

// Who makes a folder is not known here, so all folders stay.
func carrierOf(uint32) (spool.Carrier, bool) { return spool.Carrier{}, false }
func isCarrier(spool.Carrier, uint32) bool   { return false }
func parentOf(uint32) uint32                 { return 0 }
func carrierEnded(spool.Carrier) bool        { return false }
