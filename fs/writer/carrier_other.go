//go:build !linux

package writer

import "inboxfs/queue/spool"

// Who makes a folder is not known here, so all folders stay.
func CarrierOf(uint32) (spool.Carrier, bool) { return spool.Carrier{}, false }
func IsCarrier(spool.Carrier, uint32) bool   { return false }
func parentOf(uint32) uint32                 { return 0 }
func CarrierEnded(spool.Carrier) bool        { return false }
