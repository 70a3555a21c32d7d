package control

import (
	"errors"
	"strings"
	"testing"
)

// TestDiscreetWords hides each word of a secret that tells something, and leaves ordinary words as they are.
func TestDiscreetWords(t *testing.T) {
	t.Parallel()
	const secret = "a LTAI 0123456789abcdefgh"
	said := discreet(errors.New(`"a LTAI 0123456789abcdefgh" is not a name; after LTAI comes 0123456789abcdefgh`),
		secret).Error()
	if said != "*** is not a name; after *** comes ***" || strings.Contains(said, "LTAI") {
		t.Error(said)
	}
}
