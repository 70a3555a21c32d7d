package client

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"inboxfs/queue/list"
)

// Choice is something that may be typed.
type Choice struct {
	Text  string
	About string // what it is, in a few words
	Open  bool   // more is to follow: it is a folder, or the beginning of many names
}

// most bounds the choices: a person does not read more, and a shell takes its time for each.
const most = 100

// Names is how a name that begins with begun may go on, of the files of the mount at dir in whose state acts holds. As
// in a file manager, what lies in a folder stands for itself only once that folder was typed. Begun with #, it is an
// id.
func Names(ctx context.Context, dir string, acts func(list.State) bool, begun string) ([]Choice, error) {
	return Read(ctx, dir, func(dir string) ([]Choice, error) {
		f, err := os.Open(filepath.Join(dir, "list"))
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // it was only read
		return choose(f, acts, begun)
	})
}

// choose reads the text of list.
func choose(listed io.Reader, acts func(list.State) bool, begun string) ([]Choice, error) {
	var files []Choice
	at := make(map[string]int) // where in files a text stands
	lines := bufio.NewReaderSize(listed, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 6)
		state, known := list.ParseState(fields[min(1, len(fields)-1)])
		if len(fields) < 6 || !known { // the heading
			continue
		}
		name, about := fields[5], fields[1]
		if strings.HasPrefix(begun, "#") || !plain(name) {
			name, about = "#"+fields[0], about+" "+name
		}
		if !strings.HasPrefix(name, begun) {
			continue
		}
		i, again := at[name]
		if !again {
			i = len(files)
			at[name] = i
			files = append(files, Choice{})
		}
		files[i] = Choice{} // of entries with one name the last is meant
		if acts(state) {
			files[i] = Choice{Text: name, About: about}
		}
	}
	choices := shorten(files, func(s string) int { return folderEnd(s, len(begun)) })
	if len(choices) > most {
		common := commonPrefix(choices)
		choices = shorten(files, func(s string) int { return nextRune(s, len(common)) })
	}
	return choices[:min(most, len(choices))], nil
}

// plain reports whether a name can be typed as it stands: it is no quoted one, no flag, and no id.
func plain(name string) bool {
	return name != "" && !strings.ContainsRune(`"#-`, rune(name[0])) && !unicode.IsSpace(rune(name[0])) &&
		strings.TrimRight(name, " ") == name
}

// shorten cuts each file after so many bytes, and makes one open choice of those that become the same by that.
func shorten(files []Choice, end func(string) int) (choices []Choice) {
	at, counts := make(map[string]int), make(map[string]int)
	for _, f := range files {
		if f.Text == "" {
			continue
		}
		text := f.Text[:end(f.Text)]
		i, again := at[text]
		if !again {
			i = len(choices)
			at[text] = i
			choices = append(choices, f)
		}
		if counts[text]++; again || text != f.Text {
			choices[i] = Choice{Text: text, About: strconv.Itoa(counts[text]) + " " + plural(counts[text]), Open: true}
		}
	}
	return choices
}

func plural(n int) string {
	if n == 1 {
		return "file"
	}
	return "files"
}

// folderEnd is where the first folder ends that begins after from; the end of s if there is none.
func folderEnd(s string, from int) int {
	if i := strings.IndexByte(s[from:], '/'); i >= 0 {
		return from + i + 1
	}
	return len(s)
}

// nextRune is the end of the character that begins at from.
func nextRune(s string, from int) int {
	if from >= len(s) {
		return len(s)
	}
	_, n := utf8.DecodeRuneInString(s[from:])
	return from + n
}

func commonPrefix(choices []Choice) string {
	common := choices[0].Text
	for _, c := range choices {
		for !strings.HasPrefix(c.Text, common) {
			_, n := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-n]
		}
	}
	return common
}
