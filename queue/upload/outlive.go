package upload

import (
	"context"
	"errors"
	"time"

	"inboxfs/queue/transfer"
)

// answerMost is how long the answer to a request is waited for that makes an object, once its run was called off.
const answerMost = 5 * time.Second

// errOutlived says that the run was called off, and a request of it was not.
var errOutlived = errors.New("the answer is waited for elsewhere")

// lastly makes a request that makes the object. Once all of it has left, a server carries it out, whoever hangs up. So
// when ctx ends then, the run waits for the answer only for so long; after that somebody else does, and tells watch, so
// that nothing newer is sent to that place before. whole reports whether all has left; if not, nothing more will. crc
// is the CRC64 of all of it.
func (r *run) lastly(ctx context.Context, patience time.Duration, whole func() bool,
	crc func() uint64, request func(ctx context.Context) (Answer, error)) (Answer, error) {

	type end struct {
		ans Answer
		err error
	}
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan end, 1)
	go func() {
		ans, err := request(longer)
		ended <- end{ans, err}
	}()
	select {
	case e := <-ended:
		cancel()
		return e.ans, e.err
	case <-ctx.Done():
	}
	if !whole() {
		cancel()
		e := <-ended
		return e.ans, e.err
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case e := <-ended:
		cancel()
		return e.ans, e.err
	case <-wait.C:
	}
	over, heard := r.watch.Outlived(crc())
	stop := context.AfterFunc(over, cancel)
	limit := time.AfterFunc(answerMost, cancel)
	go func() {
		e := <-ended
		stop()
		limit.Stop()
		cancel()
		heard(cameOf(e.ans, e.err, crc()))
	}()
	return Answer{}, errOutlived
}

// cameOf is what an answer, or none, says of the object. One that waiting may mend does not say that there is none.
func cameOf(ans Answer, err error, crc uint64) transfer.Outcome {
	switch {
	case err == nil:
		return transfer.Outcome{Answered: true, Made: ans.HasCRC && ans.CRC64 == crc, ETag: ans.ETag}
	case silent(err):
		return transfer.Outcome{}
	}
	return transfer.Outcome{Answered: true, Refused: asError(err).Kind != transfer.Resumable}
}

// silent reports whether an error is not an answer: what made it may be under way still.
func silent(err error) bool { return asError(err).RequestID == "" }
