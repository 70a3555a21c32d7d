package config

import "strings"

// Nearest returns the candidate that word is most likely meant to be: the one with the same last name, else the one
// that is the fewest letters away. It is "" when none is near enough.
func Nearest(word string, candidates []string) string {
	last := word[strings.LastIndexByte(word, '.')+1:]
	for _, c := range candidates {
		if c != word && strings.HasSuffix("."+c, "."+last) {
			return c
		}
	}
	best, least := "", max(2, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is how many bytes must be put in, left out or replaced to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
