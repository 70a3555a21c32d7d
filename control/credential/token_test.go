package credential

import (
	"errors"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
)

var noon = time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)

func TestParseToken(t *testing.T) {
	t.Parallel()
	at := func(e time.Time) Credentials {
		return Credentials{AccessKeyID: "STS.id", AccessKeySecret: "sec/+=", SecurityToken: "CAIS+/==", Expires: e}
	}
	for _, c := range []struct {
		line string
		want Credentials
	}{
		{"STS.id sec/+= CAIS+/==", at(time.Time{})},
		{"  STS.id\tsec/+=   CAIS+/== \r\n", at(time.Time{})},
		{"STS.id sec/+= CAIS+/== 2024-05-17T13:00:00Z", at(noon.Add(time.Hour))},
		{"STS.id sec/+= CAIS+/== 2024-05-17T21:00:00+08:00", at(noon.Add(time.Hour))},
		{"STS.id sec/+= CAIS+/== 1715950800", at(noon.Add(time.Hour))},
		{"STS.id sec/+= CAIS+/== 3600", at(noon.Add(time.Hour))},
		{"STS.id sec/+= CAIS+/== 31536000", at(noon.Add(365 * 24 * time.Hour))},
		{`{"AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/=="}`, at(time.Time{})},
		{`{"AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":"2024-05-17T13:00:00Z"}`, at(noon.Add(time.Hour))},
		{`{"Code":"Success","AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":"2024-05-17T13:00:00Z"}`, at(noon.Add(time.Hour))},
		{`{"AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":3600}`, at(noon.Add(time.Hour))},
		{` { "RequestId" : "6894B13B", "AssumedRoleUser": {"Arn": "acs:ram::1:role/x"}, "Credentials": {"SecurityToken": "CAIS+/==",
			"Expiration": "2024-05-17T13:00:00Z", "AccessKeySecret": "sec\/+=", "AccessKeyId": "STS.id"} } `, at(noon.Add(time.Hour))},
	} {
		got, err := ParseToken(c.line, noon)
		if err != nil {
			t.Errorf("ParseToken(%q): %v", c.line, err)
			continue
		}
		if !got.Expires.Equal(c.want.Expires) {
			t.Errorf("ParseToken(%q) expires %v, want %v", c.line, got.Expires, c.want.Expires)
		}
		if got.Expires = c.want.Expires; got != c.want {
			t.Errorf("ParseToken(%q) has other words than those written", c.line)
		}
	}
}

func TestParseTokenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want error
		says string
	}{
		{"", queue.ErrInvalid, "access key id is missing"},
		{"id", queue.ErrInvalid, "access key secret is missing"},
		{"id secret", queue.ErrInvalid, "security token is missing"},
		{"id secret token 3600 more", queue.ErrInvalid, "5 words where 3 or 4 belong"},
		{"id secret token soon", queue.ErrInvalid, "expiry is not a time"},
		{"id secret token -1", queue.ErrInvalid, "expiry is not a time"},
		{"id secret token 31536001", queue.ErrInvalid, "expiry is not a time"},
		{"id secret token 999999999", queue.ErrInvalid, "expiry is not a time"},
		{"id secret token 1715950800000", queue.ErrInvalid, "expiry is not a time"}, // milliseconds
		{"id sec\x00ret token", queue.ErrInvalid, "access key secret holds a character"},
		{"id secret tokén", queue.ErrInvalid, "security token holds a character"},
		{"id secret token 2024-05-17T12:00:00Z", ErrExpired, "already expired"},
		{"id secret token 2024-05-17T11:59:59Z", queue.ErrKeyExpired, "already expired"},
		{"id secret token 0", ErrExpired, "already expired"},
		{"id secret token 1000000000", ErrExpired, "already expired"},
		{"{", queue.ErrInvalid, "malformed JSON"},
		{"{}", queue.ErrInvalid, "access key id is missing"},
		{`{"Credentials":{}}`, queue.ErrInvalid, "access key id is missing"},
		{`{"Credentials":"x"}`, queue.ErrInvalid, "malformed JSON"},
		{`{"RequestId":"x","Code":"NoPermission","Message":"you are not authorized"}`, queue.ErrInvalid, "not credentials"},
		{`{"AccessKeyId":1}`, queue.ErrInvalid, "malformed JSON"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s"}`, queue.ErrInvalid, "security token is missing"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t"} x`, queue.ErrInvalid, "something follows"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t\r\nx-oss-acl: public"}`, queue.ErrInvalid, "security token holds"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-05-17T11:00:00Z"}`, ErrExpired, "already expired"},
	} {
		got, err := ParseToken(c.line, noon)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("ParseToken(%q): %v, want %v that says %q", c.line, err, c.want, c.says)
		}
		if c.want == queue.ErrInvalid && errors.Is(err, queue.ErrKeyExpired) {
			t.Errorf("ParseToken(%q): malformed is taken for expired", c.line)
		}
		if (got != Credentials{}) {
			t.Errorf("ParseToken(%q) returned something along with its error", c.line)
		}
	}
}
