package vod

import (
	"errors"
	"fmt"

	"inboxfs/queue/transfer"
)

const (
	codeNoVideo     = "InvalidVideo.NotFound"
	codeAuthExpired = "UploadTokenExpired" // the SDKs' name
	codeNoAuth      = "GetUploadAuthFailed"
	maxAnswer       = 256 << 10 // bytes of an answer; a real one has 2 KiB
)

func unknownKind(name string) error {
	return &transfer.Error{Kind: transfer.Final, Code: "InvalidFileName.Extension",
		Message: fmt.Sprintf("VOD takes no files that end in %q", "."+Extension(name)),
		Hint: "send it to OSS, by a folder or a mount that goes to a bucket, " +
			"or give it the ending that it should have"}
}

func is(err error, code string) bool {
	var e *transfer.Error
	return errors.As(err, &e) && e.Code == code
}
