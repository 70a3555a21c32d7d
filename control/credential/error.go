package credential

import (
	"fmt"

	"inboxfs/queue/transfer"
)

var (
	// ErrNone says that neither control nor the source has credentials.
	ErrNone = fmt.Errorf("%w: give some by resumeUploadWithToken, or set ALIBABA_CLOUD_ACCESS_KEY_ID and "+
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET, or credential.source", transfer.ErrNoKey)
	// ErrExpired says that the credentials were good once.
	ErrExpired = fmt.Errorf("%w: get a new token, and give it by resumeUploadWithToken", transfer.ErrKeyExpired)
)

// invalid is an error about credentials as somebody wrote them. Only constant words and numbers may go into it.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", transfer.ErrInvalid, fmt.Sprintf(format, args...))
}
