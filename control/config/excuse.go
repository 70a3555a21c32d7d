package config

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseExcuse reads an item of inbox.excuse: a program's name, and statuses that it ends with; none are all.
func ParseExcuse(text string) (program string, statuses []int, err error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	if len(words) == 0 {
		return "", nil, fmt.Errorf("%q names no program; write it with the statuses it ends with, such as \"vsftpd 1\"",
			text)
	}
	for _, word := range words[1:] {
		status, err := strconv.Atoi(word)
		if err != nil || status < 1 || status > 255 {
			return "", nil, fmt.Errorf("%q is no status that a program ends with, which is from 1 to 255", word)
		}
		statuses = append(statuses, status)
	}
	return words[0], statuses, nil
}
