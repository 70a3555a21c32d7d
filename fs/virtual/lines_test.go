package virtual

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/transfer"
)

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	const page = 4096
	full := func(head string) string { return head + strings.Repeat("y", page-len(head)) } // as long as a buffer
	type write struct {
		data string
		done int
	}
	for _, c := range []struct {
		name   string
		writes []write // one after the other on one handle
		ran    []string
		rest   string
		err    error // of the last write
	}{
		{"one", []write{{"start\n", 6}}, []string{"start"}, "", nil},
		{"no newline", []write{{"start", 5}}, nil, "start", nil},
		{"cut anywhere", []write{{"st", 2}, {"art\nst", 6}, {"o", 1}, {"p", 1}, {"\n", 1}}, []string{"start", "stop"},
			"", nil},
		{"rest of one that is too long", []write{{long + "xx", 0}, {"clear", 0}, {"x\nclear\n", 0}}, nil, "",
			transfer.ErrTooLong},
		{"carriage return", []write{{"start\r\nstop\r\n", 13}}, []string{"start", "stop"}, "", nil},
		{"blank lines are control's to ignore", []write{{"\n\nstart\n", 8}}, []string{"", "", "start"}, "", nil},
		{"empty write", []write{{"", 0}}, nil, "", nil},
		{"bad first", []write{{"bad\nstop\n", 0}}, []string{"bad"}, "", transfer.ErrInvalid},
		{"bad second", []write{{"start\nbad\nstop\n", 6}}, []string{"start", "bad"}, "", transfer.ErrInvalid},
		{"bad last without newline", []write{{"start\nbad", 9}}, []string{"start"}, "bad", nil},
		{"not utf-8", []write{{"rm caf\xe9\n", 8}}, []string{"rm caf\xe9"}, "", nil},
		{"nul", []write{{"start\nrm a\x00b\nstop\n", 6}}, []string{"start"}, "", transfer.ErrInvalid},
		{"longest", []write{{long + "\n", maxLine + 1}}, []string{long}, "", nil},
		{"too long", []write{{"start\n" + long + "x\nstop\n", 6}}, []string{"start"}, "", transfer.ErrTooLong},
		{"too long without newline", []write{{long + "xx", 0}}, nil, long + "xx", transfer.ErrTooLong},
		{"too long in a full buffer", []write{{long + long, 0}}, nil, long + "xx", transfer.ErrTooLong},
		{"cut by a full buffer", []write{{full("start\nrm a"), page}, {"z\nstop\n", 7}},
			[]string{"start", full("start\nrm a")[6:] + "z", "stop"}, "", nil},
		{"cut twice", []write{{full("rm "), page}, {full(""), page}, {"\n", 1}}, []string{full("rm ") + full("")}, "",
			nil},
		{"cut and unfinished", []write{{full("start\nrm a"), page}}, []string{"start"}, full("start\nrm a")[6:], nil},
		{"cut until too long", []write{{long, maxLine}, {full(""), 0}}, nil, long + "yy", transfer.ErrTooLong},
		{"full buffer of whole lines", []write{{strings.Repeat("resume\n", page)[:7*585] + "\n", 7*585 + 1}},
			append(strings.Split(strings.Repeat("resume ", 585), " ")[:585], ""), "", nil},
		{"bad after a cut", []write{{full("rm "), page}, {"\nbad\n", 1}}, []string{full("rm "), "bad"}, "",
			transfer.ErrInvalid},
	} {
		var ran []string
		said := 0
		exec := func(line string) error {
			ran = append(ran, line)
			if line == "bad" {
				return transfer.ErrInvalid
			}
			return nil
		}
		var rest []byte
		for i, w := range c.writes {
			done, tail, err := runLines(rest, []byte(w.data), exec, func(error) { said++ })
			rest = tail
			if done != w.done {
				t.Errorf("%s: write %d is done with %d bytes, want %d", c.name, i, done, w.done)
			}
			if i == len(c.writes)-1 && !errors.Is(err, c.err) {
				t.Errorf("%s: error %v, want %v", c.name, err, c.err)
			}
			if ours := err != nil && (len(ran) == 0 || ran[len(ran)-1] != "bad"); ours != (said > 0) {
				t.Errorf("%s: %v was said %d times", c.name, err, said)
			}
		}
		if diff := cmp.Diff(c.ran, ran); diff != "" {
			t.Errorf("%s ran (-want +got):\n%s", c.name, diff)
		}
		if string(rest) != c.rest {
			t.Errorf("%s leaves %d bytes, want %d", c.name, len(rest), len(c.rest))
		}
	}
}
