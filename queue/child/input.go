package child

import (
	"errors"
	"os"
)

// atOnce is how many bytes an empty pipe takes without a reader, on every system: PIPE_BUF of Linux.
const atOnce = 4096

// filled returns the reading end of a pipe that holds all of the input already. A program that outlives us then reads
// the whole of it: were the input written after the start, a kill in between would have the program act on a part, or
// on nothing.
func filled(input []byte) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	_, err = w.Write(input)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}
