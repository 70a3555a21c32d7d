package queue

import (
	"os"
	"strings"
)

// bootID is where Linux tells one boot of the machine from the next.
const bootID = "/proc/sys/kernel/random/boot_id"

// thisBoot names the boot that the machine is in; "" where it cannot be told, and then a loss of power looks like a kill.
func thisBoot() string {
	id, err := os.ReadFile(bootID)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
