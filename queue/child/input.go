package child

import (
	"errors"
	"os"
	"time"
)

// atOnce is how many bytes an empty pipe takes without a reader, on every system: PIPE_BUF of Linux.
const atOnce = 4096

// input is what a program reads.
type input struct {
	out *os.File // where the program reads
	in  *os.File // where the rest of it is written; nil: the pipe holds all of it
}

// give begins to give a program its input. As far as the pipe takes it at once it is there before the program starts: a
// program that outlives us then reads the whole of it. Were the input written after the start, a kill in between would
// have the program act on a part, or on nothing.
func give(all []byte) (input, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return input{}, err
	}
	if len(all) > atOnce {
		go func() {
			_, _ = w.Write(all) // who does not read it has his reasons
			_ = w.Close()       // likewise
		}()
		return input{r, w}, nil
	}
	_, err = w.Write(all)
	if err = errors.Join(err, w.Close()); err != nil {
		return input{}, errors.Join(err, r.Close())
	}
	return input{out: r}, nil
}

// end is for when the program has ended: what it has left in the background may read on for a moment.
func (i input) end() {
	_ = i.out.Close() // only read from; the program has a descriptor of its own
	if i.in != nil {
		_ = i.in.SetWriteDeadline(time.Now().Add(patience)) // an error is that all was written
	}
}
