package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inboxfs/queue"
)

// verb is one row of the language: the word, its other word, its argument ("" none, in brackets when it may be left
// out), a line of help, and what it does. run returns what to say of success, "" for "done".
type verb struct {
	name, alias, arg, help string
	run                    func(ctx context.Context, c *Control, arg string) (string, error)
}

// verbs is the language, in the order in which help lists it.
var verbs = []verb{
	{"start", "", "", "begin to upload", whole(queue.Start)},
	{"stop", "", "", "end the uploads under way; their files go back to ready", whole(queue.Stop)},
	{"pause", "", "", "hold the uploads where they are", whole(queue.Pause)},
	{"resume", "", "", "go on after pause", whole(queue.Resume)},
	{"addFile", "add", "PATH", "add a local file without copying it; absolute path", addFile},
	{"deleteFile", "delete", "NAME", "drop a file from list and inbox", file(queue.Delete)},
	{"cancelFile", "cancel", "NAME", "skip a file and keep it in the list", file(queue.Cancel)},
	{"resumeFile", "restore", "NAME", "take cancelFile back", file(queue.Restore)},
	{"retry", "", "[NAME]", "try a failed file again, or all of them", orAll(queue.Retry, retryAll)},
	{"release", "", "NAME", "upload a held file all the same", file(queue.Release)},
	{"flush", "", "[NAME]", "end the settle time now", orAll(queue.Flush, flushAll)},
	{"clearFiles", "clear", "[finished]", "stop and drop everything, or only the uploaded from the list", clearFiles},
	{"limit", "", "RATE|off", "bandwidth of all uploads together, such as 20MiB/s", limit},
	{"wait", "", "[NAME]", "block until that file, or everything, has ended", wait},
	{"resumeUploadWithToken", "token", "ID SECRET TOKEN [EXPIRY]", "new credentials; or one JSON object from STS", token},
	{"resumeUploadWithAuth", "auth", "AUTH [NAME]", "new UploadAuth of a VOD file", resumeUploadWithAuth},
	{"setUploadAuthAndAddress", "", "AUTH ADDRESS [VIDEOID] NAME", "answer to OnUploadStarted of a VOD file", setUploadAuthAndAddress},
}

// aliases that two words share.
var moreAliases = map[string]string{"rm": "deleteFile"}

// lookup finds a verb by its word in any case, or nil.
func lookup(word string) *verb {
	if name, ok := moreAliases[strings.ToLower(word)]; ok {
		word = name
	}
	i := slices.IndexFunc(verbs, func(v verb) bool {
		return strings.EqualFold(v.name, word) || v.alias != "" && strings.EqualFold(v.alias, word)
	})
	if i < 0 {
		return nil
	}
	return &verbs[i]
}

// Help says what may be written, one verb per line.
func (c *Control) Help() string {
	var b strings.Builder
	for _, v := range verbs {
		word := v.name
		if v.arg != "" {
			word += " " + v.arg
		}
		help := v.help
		if v.alias != "" {
			help += " (" + v.alias + ")"
		}
		fmt.Fprintf(&b, "%-47s %s\n", word, help)
	}
	return b.String()
}

func whole(v queue.Verb) func(context.Context, *Control, string) (string, error) {
	return func(ctx context.Context, c *Control, _ string) (string, error) {
		if v == queue.Start || v == queue.Resume {
			if err := c.haveKeys(ctx); err != nil {
				return "", err
			}
		}
		return "", c.queue.Do(ctx, v)
	}
}

// file runs a verb for the one file that is named.
func file(v queue.Verb) func(context.Context, *Control, string) (string, error) {
	return func(ctx context.Context, c *Control, arg string) (string, error) {
		id, err := c.find(arg)
		if err != nil {
			return "", err
		}
		return "", c.queue.DoFile(ctx, v, id)
	}
}

func orAll(v queue.Verb, all func(context.Context, *Control) (string, error)) func(context.Context, *Control, string) (string, error) {
	one := file(v)
	return func(ctx context.Context, c *Control, arg string) (string, error) {
		if strings.TrimSpace(arg) == "" {
			return all(ctx, c)
		}
		return one(ctx, c, arg)
	}
}

func retryAll(ctx context.Context, c *Control) (string, error) {
	n, err := c.queue.RetryAll(ctx)
	return count(n, "file is tried", "files are tried") + " again", err
}

func flushAll(_ context.Context, c *Control) (string, error) {
	c.queue.FlushAll()
	return "", nil
}

func addFile(ctx context.Context, c *Control, arg string) (string, error) {
	path, _, err := unquote(arg)
	if err != nil {
		return "", err
	}
	id, err := c.queue.Add(ctx, path)
	return fmt.Sprintf("it is #%d", id), discreet(err, path)
}

func clearFiles(ctx context.Context, c *Control, arg string) (string, error) {
	switch what := strings.TrimSpace(arg); {
	case what == "":
		n, err := c.queue.Clear(ctx)
		return count(n, "file", "files") + " dropped", err
	case strings.EqualFold(what, "finished"):
		n, err := c.queue.ClearFinished(ctx)
		return count(n, "uploaded file", "uploaded files") + " dropped from the list", err
	default:
		return "", fmt.Errorf("%w: write clear, or clear finished", queue.ErrInvalid)
	}
}

func wait(ctx context.Context, c *Control, arg string) (string, error) {
	if strings.TrimSpace(arg) == "" {
		return "nothing is left to upload", c.queue.WaitAll(ctx)
	}
	id, err := c.find(arg)
	if err != nil {
		return "", err
	}
	return "it has been uploaded", c.queue.Wait(ctx, id)
}

func token(ctx context.Context, c *Control, arg string) (string, error) {
	keys, err := c.parseToken(ctx, arg)
	if err != nil {
		return "", err
	}
	c.keys.Set(keys)
	c.queue.Renewed()
	return "new credentials are in use", nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
