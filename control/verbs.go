package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Verb is one row of the language: the word, its other word, its argument ("" none, in brackets when it may be left
// out), a line of help, in which states of a file it does something to that, and what it does.
type Verb struct {
	Name, Alias, Argument, Help string

	acts func(list.State) bool // nil: it is not for single files
	// run returns what to say of success, "" for "done".
	run func(ctx context.Context, c *Control, arg string) (string, error)
}

// verbs is the language, in the order in which help lists it.
var verbs = []Verb{
	{"start", "", "", "begin to upload", nil, whole(queue.Start)},
	{"stop", "", "", "end the uploads under way; files go back to ready", nil, whole(queue.Stop)},
	{"pause", "", "", "hold the uploads where they are", nil, whole(queue.Pause)},
	{"resume", "", "", "go on after pause", nil, whole(queue.Resume)},
	{"addFile", "add", "PATH", "add a local file without copying it; absolute path", nil, addFile},
	{"deleteFile", "delete", "NAME", "drop a file from list and inbox", queue.Delete.Acts, file(queue.Delete)},
	{"cancelFile", "cancel", "NAME", "skip a file and keep it in the list", queue.Cancel.Acts, file(queue.Cancel)},
	{"resumeFile", "restore", "NAME", "take cancelFile back", queue.Restore.Acts, file(queue.Restore)},
	{"retry", "", "[NAME]", "try a failed file again, or all of them", queue.Retry.Acts, orAll(queue.Retry, retryAll)},
	{"release", "", "NAME", "upload a held file all the same", queue.Release.Acts, file(queue.Release)},
	{"flush", "", "[NAME]", "end the settle time now", queue.Flush.Acts, orAll(queue.Flush, flushAll)},
	{"clearFiles", "clear", "[finished]", "stop and drop all, or only what is uploaded", nil, clearFiles},
	{"limit", "", "RATE|off", "bandwidth of all uploads together, such as 20MiB/s", nil, limit},
	{"wait", "", "[NAME]", "block until that file, or everything, has ended", pending, wait},
	{"resumeUploadWithToken", "token", "ID SECRET TOKEN [EXPIRY]", "new credentials; or one JSON object from STS", nil,
		token},
	{"resumeUploadWithAuth", "auth", "AUTH [NAME]", "new UploadAuth of a VOD file", pending, resumeUploadWithAuth},
	{"setUploadAuthAndAddress", "", "AUTH ADDRESS [VIDEOID] NAME", "answer to OnUploadStarted of a VOD file", pending,
		setUploadAuthAndAddress},
}

// Verbs is the language, for those who write it.
func Verbs() []Verb { return slices.Clone(verbs) }

// Aliases is the other words for a verb.
func (v Verb) Aliases() (words []string) {
	if v.Alias != "" {
		words = append(words, v.Alias)
	}
	for word, name := range moreAliases {
		if name == v.Name {
			words = append(words, word)
		}
	}
	return words
}

// Names reports whether the verb takes the name of a file in the list.
func (v Verb) Names() bool { return v.acts != nil }

// Acts reports whether the verb does something to a file in that state.
func (v Verb) Acts(s list.State) bool { return v.acts != nil && v.acts(s) }

// aliases that two words share.
var moreAliases = map[string]string{"rm": "deleteFile"}

// lookup finds a verb by its word in any case, or nil.
func lookup(word string) *Verb {
	if name, ok := moreAliases[strings.ToLower(word)]; ok {
		word = name
	}
	i := slices.IndexFunc(verbs, func(v Verb) bool {
		return strings.EqualFold(v.Name, word) || v.Alias != "" && strings.EqualFold(v.Alias, word)
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
		word := v.Name
		if v.Argument != "" {
			word += " " + v.Argument
		}
		help := v.Help
		if v.Alias != "" {
			help += " (" + v.Alias + ")"
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

func orAll(v queue.Verb, all func(context.Context, *Control) (string, error)) func(context.Context, *Control,
	string) (string, error) {
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
	if queue.ByStranger(ctx) {
		return "",
			fmt.Errorf("%w: addFile is for the user who mounted, with whose rights the file would be read; "+
				"copy it into inbox", transfer.ErrInvalid)
	}
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
		return "", fmt.Errorf("%w: write clear, or clear finished", transfer.ErrInvalid)
	}
}

func wait(ctx context.Context, c *Control, arg string) (string, error) {
	if strings.TrimSpace(arg) == "" {
		err := c.queue.WaitAll(ctx)
		said := "nothing is left to upload"
		if out := c.queue.Summary().LeftOut(); out != "" {
			said += ", but " + out
		}
		return said, err
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

func pending(s list.State) bool { return !s.Ended() }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
