package ossdev

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	roleARN     = regexp.MustCompile(`^acs:ram::[0-9]+:role/[a-zA-Z0-9.\-]+$`)
	sessionName = regexp.MustCompile(`^[a-zA-Z0-9.@\-_]{2,64}$`)
)

// What AssumeRole allows for DurationSeconds, and takes when there is none.
const (
	minDuration     = 900
	maxDuration     = 43_200
	defaultDuration = 3600
)

// tokenLifetime is how long a token lives: what the server is told, or else what the request asks for.
func (s *Server) tokenLifetime(asked time.Duration) time.Duration {
	if s.options.TokenLifetime > 0 {
		return s.options.TokenLifetime
	}
	return asked
}

// assumeRole gives out a token. Every role is there, and everybody may assume it.
func (x *exchange) assumeRole() (*answer, error) {
	arn, session := x.param("RoleArn"), x.param("RoleSessionName")
	seconds := defaultDuration
	if text := x.param("DurationSeconds"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < minDuration || n > maxDuration {
			return nil, refusal("InvalidParameter.DurationSeconds")
		}
		seconds = n
	}
	switch {
	case arn == "":
		return nil, missing("RoleArn")
	case session == "":
		return nil, missing("RoleSessionName")
	case !roleARN.MatchString(arn):
		return nil, refusal("InvalidParameter.RoleArn")
	case !sessionName.MatchString(session):
		return nil, refusal("InvalidParameter.RoleSessionName")
	}
	t := x.keys.issue(x.now.Add(x.tokenLifetime(time.Duration(seconds)*time.Second)), "")
	_, role, _ := strings.Cut(arn, ":role/")
	account := strings.TrimSuffix(strings.TrimPrefix(arn, "acs:ram::"), ":role/"+role)
	type user struct {
		ARN string `json:"Arn"`
		ID  string `json:"AssumedRoleId"`
	}
	return &answer{json: struct {
			RequestID       string `json:"RequestId"`
			AssumedRoleUser user
			Credentials     tokenJSON
		}{x.id, user{"acs:ram::" + account + ":role/" + role + "/" + session, "300000000000000000:" + session},
			t.json()}},
		nil
}

// getCredentials is the credentials URI of Alibaba Cloud's SDKs: a token for whoever asks. ?lifetime=3s is how long
// it lives.
func (x *exchange) getCredentials() (*answer, error) {
	lifetime := x.tokenLifetime(defaultDuration * time.Second)
	if text := x.param("lifetime"); text != "" {
		asked, err := time.ParseDuration(text)
		if err != nil || asked <= 0 {
			return nil, notValid("lifetime")
		}
		lifetime = asked
	}
	return &answer{header: map[string]string{"Cache-Control": "no-store"}, json: struct {
		RequestID string `json:"RequestId"`
		Code      string
		tokenJSON
	}{x.id, "Success", x.keys.issue(x.now.Add(lifetime), "").json()}}, nil
}
