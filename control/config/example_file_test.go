package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

var exampleFile = filepath.Join("..", "..", "config.example.toml")

// The example file says every key, with its default and a comment above it, and says nothing else.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	got, err := Load(exampleFile, []string{"HOME=/home/u"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load("", []string{"HOME=/home/u"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example file is not the default:\n%+v\nwant\n%+v", got, want)
	}
	want.Spool = ""
	if d := Default(); !reflect.DeepEqual(want, d) {
		t.Errorf("loading nothing is not the default:\n%+v\nwant\n%+v", want, d)
	}

	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var any map[string]any
	meta, err := toml.Decode(string(data), &any)
	if err != nil {
		t.Fatal(err)
	}
	var in, ours []string
	for _, k := range meta.Keys() {
		if meta.Type(k...) != "Hash" {
			in = append(in, k.String())
		}
	}
	for _, k := range Keys() {
		ours = append(ours, k.Name)
	}
	if !reflect.DeepEqual(in, ours) {
		t.Errorf("the example file has the keys\n%v\nthe program\n%v", in, ours)
	}

	lines := strings.Split(string(data), "\n")
	for _, k := range Keys() {
		name := k.Name[strings.LastIndexByte(k.Name, '.')+1:]
		found := false
		for i, line := range lines {
			if i > 0 && strings.HasPrefix(line, name+" = ") {
				found = true
				if !strings.HasPrefix(lines[i-1], "# ") {
					t.Errorf("line %d: no comment above %s", i+1, k.Name)
				}
			}
		}
		if !found {
			t.Errorf("no line for %s", k.Name)
		}
	}
}
