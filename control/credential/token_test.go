package credential

import (
	"errors"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/transfer"
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
		{
			`{"AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":"2024-05-17T13:00:00Z"}`, at(noon.Add(time.Hour))},
		{
			`{"Code":"Success","AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":"2024-05-17T13:00:00Z"}`, at(noon.Add(time.Hour))},
		{`{"AccessKeyId":"STS.id","AccessKeySecret":"sec/+=","SecurityToken":"CAIS+/==","Expiration":3600}`,
			at(noon.Add(time.Hour))},
		{
			` { "RequestId" : "6894B13B", "AssumedRoleUser": {"Arn": "acs:ram::1:role/x"}, "Credentials": {"SecurityToken": "CAIS+/==",
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
		{"", transfer.ErrInvalid, "access key id is missing"},
		{"id", transfer.ErrInvalid, "access key secret is missing"},
		{"id secret", transfer.ErrInvalid, "security token is missing"},
		{"id secret token 3600 more", transfer.ErrInvalid, "5 words where 3 or 4 belong"},
		{"id secret token soon", transfer.ErrInvalid, "expiry is not a time"},
		{"id secret token -1", transfer.ErrInvalid, "expiry is not a time"},
		{"id secret token 31536001", transfer.ErrInvalid, "expiry is not a time"},
		{"id secret token 999999999", transfer.ErrInvalid, "expiry is not a time"},
		{"id secret token 1715950800000", transfer.ErrInvalid, "expiry is not a time"}, // milliseconds
		{"id sec\x00ret token", transfer.ErrInvalid, "access key secret holds a character"},
		{"id secret tokén", transfer.ErrInvalid, "security token holds a character"},
		{"id secret token 2024-05-17T12:00:00Z", ErrExpired, "already expired"},
		{"id secret token 2024-05-17T11:59:59Z", transfer.ErrKeyExpired, "already expired"},
		{"id secret token 0", ErrExpired, "already expired"},
		{"id secret token 1000000000", ErrExpired, "already expired"},
		{"{", transfer.ErrInvalid, "malformed JSON"},
		{"{}", transfer.ErrInvalid, "access key id is missing"},
		{`{"Credentials":{}}`, transfer.ErrInvalid, "access key id is missing"},
		{`{"Credentials":"x"}`, transfer.ErrInvalid, "malformed JSON"},
		{`{"RequestId":"x","Code":"NoPermission","Message":"you are not authorized"}`, transfer.ErrInvalid,
			"not credentials"},
		{`{"AccessKeyId":1}`, transfer.ErrInvalid, "malformed JSON"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s"}`, transfer.ErrInvalid, "security token is missing"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t"} x`, transfer.ErrInvalid, "something follows"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t\r\nx-oss-acl: public"}`, transfer.ErrInvalid,
			"security token holds"},
		{`{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-05-17T11:00:00Z"}`,
			ErrExpired, "already expired"},
	} {
		got, err := ParseToken(c.line, noon)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("ParseToken(%q): %v, want %v that says %q", c.line, err, c.want, c.says)
		}
		if c.want == transfer.ErrInvalid && errors.Is(err, transfer.ErrKeyExpired) {
			t.Errorf("ParseToken(%q): malformed is taken for expired", c.line)
		}
		if (got != Credentials{}) {
			t.Errorf("ParseToken(%q) returned something along with its error", c.line)
		}
	}
}
