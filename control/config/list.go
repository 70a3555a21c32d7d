package config

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseList reads a list that came as one text: a TOML array of strings if it is one, else words between commas. A text
// such as [Tt]humbs.db begins like an array but is not, and so is one word. An empty text is an empty list.
func parseList(text string) ([]string, error) {
	if t := strings.TrimSpace(text); strings.HasPrefix(t, "[") {
		var array struct{ L []string }
		if _, err := toml.Decode("L = "+t, &array); err == nil {
			return array.L, nil
		}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	list, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		_, err = r.Read()
	}
	if !errors.Is(err, io.EOF) {
		return nil,
			errors.New(`is not a list; write words between commas, "quoted" where a comma or quote belongs to one`)
	}
	for i := range list {
		list[i] = strings.TrimRight(list[i], " \t")
	}
	return list, nil
}

// literal returns v as a TOML value.
func literal(v any) (string, error) {
	text, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(text), "v = ")), nil
}
