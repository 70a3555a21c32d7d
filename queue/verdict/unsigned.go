package verdict

import (
	"context"
	"errors"

	"inboxfs/queue/transfer"
)

// Unsigned is what it means that there is nothing to sign a request with: err is why there are no credentials.
func Unsigned(ctx context.Context, err error) error {
	var e *transfer.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &e):
		return e
	case errors.Is(err, transfer.ErrKeyExpired):
		return &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired", Message: err.Error(),
			Hint: RenewHint, Err: err}
	case errors.Is(err, transfer.ErrNoKey):
		return &transfer.Error{Kind: transfer.Renew, Code: "NoCredentials", Message: err.Error(), Hint: RenewHint,
			Err: err}
	}
	return &transfer.Error{Kind: transfer.Resumable, Code: "CredentialsError", Message: err.Error(), Err: err,
		Hint: "check where the credentials come from"}
}
