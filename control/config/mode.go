package config

import (
	"fmt"
	"strconv"
)

// ParseMode reads permission bits as chmod(1) takes them in digits; 0 for "". All of needs must be among them, and none
// but those of most.
func ParseMode(text string, needs, most uint32) (uint32, error) {
	if text == "" {
		return 0, nil
	}
	mode, err := strconv.ParseUint(text, 8, 32)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a mode such as %04o", text, needs|most&0o070)
	case uint32(mode)&needs != needs:
		return 0, fmt.Errorf("%q would keep inboxfs itself out: it needs %04o", text, needs)
	case uint32(mode)&^most != 0:
		return 0, fmt.Errorf("%q has bits that mean nothing here: %04o is all there is", text, most)
	}
	return uint32(mode), nil
}
