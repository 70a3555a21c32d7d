package credential

import (
	"strings"
	"time"
)

// ParseToken reads the argument of resumeUploadWithToken, in words or as JSON; the package comment shows both. An error
// wraps transfer.ErrInvalid, or is ErrExpired when the token is well-formed but of no use at the time now. It never
// repeats any part of line.
func ParseToken(line string, now time.Time) (Credentials, error) {
	line = strings.TrimSpace(line)
	read := parseWords
	if strings.HasPrefix(line, "{") {
		read = parseFields
	}
	f, err := read(line)
	if err != nil {
		return Credentials{}, err
	}
	c, err := f.credentials(now, withTokenOnly)
	if err != nil {
		return Credentials{}, err
	}
	return c, nil
}

func parseWords(line string) (fields, error) {
	words := strings.Fields(line)
	if len(words) > 4 {
		return fields{}, invalid("%d words where 3 or 4 belong: ID SECRET TOKEN [EXPIRY]", len(words))
	}
	var f fields
	for i, to := range []*string{&f.AccessKeyID, &f.AccessKeySecret, &f.SecurityToken, (*string)(&f.Expiration)} {
		if i < len(words) {
			*to = words[i]
		}
	}
	return f, nil
}
