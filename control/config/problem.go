package config

import (
	"errors"
	"fmt"
	"slices"
)

// problem is one thing that is wrong.
type problem struct {
	order int // where it stands in the file, by byte; what is not from the file comes after
	text  string
}

const afterFile = int(^uint(0) >> 1)

// problems collects what is wrong, so that the user sees all of it at once.
type problems []problem

func (p *problems) add(order int, format string, args ...any) {
	*p = append(*p, problem{order, fmt.Sprintf(format, args...)})
}

// err joins the problems, one to a line, those of the file in its order. It is nil when there are none.
func (p problems) err() error {
	slices.SortStableFunc(p, func(a, b problem) int {
		switch {
		case a.order < b.order:
			return -1
		case a.order > b.order:
			return 1
		}
		return 0
	})
	errs := make([]error, len(p))
	for i, q := range p {
		errs[i] = errors.New(q.text)
	}
	return errors.Join(errs...)
}
