package names

import (
	"strings"
	"unicode/utf8"
)

// otherCase returns the lower case of an ASCII capital and the reverse, and any other byte as it is.
func otherCase(b byte) byte {
	if 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' {
		return b ^ 0x20
	}
	return b
}

// bothCases rewrites a glob that path.Match takes so that ASCII letters match in either case: a becomes [aA], [a-c]
// becomes [a-cA-C].
func bothCases(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); {
		c := glob[i]
		escape := ""
		switch {
		case c == '[':
			i += bothCasesOfSet(&b, glob[i:])
			continue
		case c == '\\':
			i++
			c, escape = glob[i], `\`
		}
		if o := otherCase(c); o != c {
			b.Write([]byte{'[', c, o, ']'})
		} else {
			b.WriteString(escape)
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// bothCasesOfSet writes the set that glob begins with and returns its length in glob.
func bothCasesOfSet(b *strings.Builder, glob string) int {
	i := 1
	b.WriteByte('[')
	if glob[i] == '^' {
		b.WriteByte('^')
		i++
	}
	for glob[i] != ']' { // a set is never empty, so the first character is not ] unless it is escaped
		from := i
		lo, n := setChar(glob[i:])
		hi := lo
		if i += n; glob[i] == '-' {
			hi, n = setChar(glob[i+1:])
			i += 1 + n
		}
		b.WriteString(glob[from:i])
		writeOther(b, lo, hi, 'a', 'z')
		writeOther(b, lo, hi, 'A', 'Z')
	}
	b.WriteByte(']')
	return i + 1
}

// setChar returns the possibly escaped character of a set that s begins with, and how many bytes of s it takes.
func setChar(s string) (rune, int) {
	escape := 0
	if s[0] == '\\' {
		escape = 1
	}
	r, n := utf8.DecodeRuneInString(s[escape:])
	return r, escape + n
}

// writeOther adds the other case of the letters that lo-hi has in common with the alphabet from a to z.
func writeOther(b *strings.Builder, lo, hi, a, z rune) {
	if lo, hi = max(lo, a), min(hi, z); lo <= hi {
		b.Write([]byte{otherCase(byte(lo)), '-', otherCase(byte(hi))})
	}
}
