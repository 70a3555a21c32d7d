package config

import "testing"

func TestParseMode(t *testing.T) {
	for text, want := range map[string]uint32{"": 0, "660": 0o660, "0600": 0o600, "0666": 0o666} {
		if got, err := ParseMode(text, 0o600, 0o666); err != nil || got != want {
			t.Errorf("%q is %04o, %v", text, got, err)
		}
	}
	for _, text := range []string{"rw-rw----", "0400", "0670", "1660", "-1", "08"} {
		if got, err := ParseMode(text, 0o600, 0o666); err == nil {
			t.Errorf("%q is %04o", text, got)
		}
	}
}
