package config

import (
	"reflect"
	"strings"
)

// Key describes one key of the configuration.
type Key struct {
	Name    string // upload.part_size
	Flag    string // upload-part-size, without its dashes; empty for a secret
	Env     string // INBOXFS_UPLOAD_PART_SIZE
	Type    string // bool, number, text, list, size, rate, duration or secret
	Help    string // one line
	Default string // as text that a flag takes
	Allowed string // "remove or keep", "1 to 100"; empty: anything of the type
	Secret  bool
}

// Keys lists all keys in the order of the example file.
func Keys() []Key {
	c := Default()
	fields := walk(&c)
	keys := make([]Key, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
	}
	return keys
}

const envPrefix = "INBOXFS_"

// field is a key and where its value is.
type field struct {
	Key
	value           any // *bool, *int, *string, *[]string, *Parts, *Size, *Bandwidth, *Duration or *Secret
	words           []string
	least, greatest string
}

// walk lists the keys of c in the order of its fields. Their Default is the value that c has.
func walk(c *Config) []field {
	return walkStruct(reflect.ValueOf(c).Elem(), "")
}

func walkStruct(v reflect.Value, table string) []field {
	var fields []field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := table + tag.Get("toml")
		at := v.Field(i).Addr().Interface()
		kind := kindOf(at)
		if kind == "" {
			fields = append(fields, walkStruct(v.Field(i), name+".")...)
			continue
		}
		f := field{value: at, least: tag.Get("min"), greatest: tag.Get("max")}
		if words := tag.Get("enum"); words != "" {
			f.words = strings.Split(words, ",")
		}
		f.Key = Key{Name: name, Type: kind, Help: help[name], Default: text(at), Allowed: f.allowed(),
			Secret: kind == "secret",
			Env:    envPrefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))}
		if !f.Secret {
			f.Flag = flagName(name)
		}
		fields = append(fields, f)
	}
	return fields
}

func flagName(key string) string { return strings.NewReplacer(".", "-", "_", "-").Replace(key) }

// allowed says which values the tags let through.
func (f field) allowed() string {
	switch {
	case f.words != nil:
		last := len(f.words) - 1
		return strings.Join(f.words[:last], ", ") + " or " + f.words[last]
	case f.greatest != "":
		if _, ok := f.value.(*Parts); ok {
			return f.least + " to " + f.greatest + ", or " + Auto
		}
		return f.least + " to " + f.greatest
	case f.least != "":
		return f.least + " or more"
	}
	return ""
}
