package journal

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	bolterrors "go.etcd.io/bbolt/errors"
)

// panicked is a panic or a memory fault inside bbolt.
type panicked struct{ value any }

func (p *panicked) Error() string        { return fmt.Sprintf("%v: %v", ErrDamaged, p.value) }
func (p *panicked) Is(target error) bool { return target == ErrDamaged }

// guard runs fn and turns what bbolt does when it meets a damaged page into an error: assertions panic, and a page
// number beyond the end of the file is a fault on the mapped memory.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v}
		}
	}()
	return fn()
}

// classify gives bbolt's errors our names.
func classify(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch), strings.HasPrefix(err.Error(), "file size too small"):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
