package verdict

import (
	"context"
	"errors"

	"inboxfs/queue"
)

// Unsigned is what it means that there is nothing to sign a request with: err is why there are no credentials.
func Unsigned(ctx context.Context, err error) error {
	var e *queue.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &e):
		return e
	case errors.Is(err, queue.ErrKeyExpired):
		return &queue.Error{Kind: queue.Renew, Code: "SecurityTokenExpired", Message: err.Error(), Hint: RenewHint, Err: err}
	case errors.Is(err, queue.ErrNoKey):
		return &queue.Error{Kind: queue.Renew, Code: "NoCredentials", Message: err.Error(), Hint: RenewHint, Err: err}
	}
	return &queue.Error{Kind: queue.Resumable, Code: "CredentialsError", Message: err.Error(), Err: err,
		Hint: "check where the credentials come from"}
}
