package text

import (
	"strconv"
	"time"

	"inboxfs/queue"
)

// AppendAside appends aside: a header and a line per file, and a remark behind them when there are more.
func AppendAside(b []byte, files []queue.Aside, more bool) []byte {
	b = append(b, "#why\tsize\tmodified\tname\n"...)
	for i := range files {
		f := &files[i]
		b = append(b, f.Why...)
		b = append(b, '\t')
		b = strconv.AppendInt(b, f.Size, 10)
		b = append(b, '\t')
		b = f.Modified.UTC().AppendFormat(b, time.RFC3339)
		b = append(b, '\t')
		b = appendName(b, f.Name)
		b = append(b, '\n')
	}
	if more {
		b = append(b, "# and more: not all of the inbox was looked at\n"...)
	}
	return b
}
