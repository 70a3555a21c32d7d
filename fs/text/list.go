package text

import (
	"strconv"

	"inboxfs/queue/list"
)

// AppendList appends list: a header and a line per row.
func AppendList(b []byte, rows []list.Row) []byte {
	b = append(b, "#id\tstate\tpercent\tuploaded\tsize\tname\n"...)
	for i := range rows {
		r := &rows[i]
		b = strconv.AppendUint(b, uint64(r.ID), 10)
		b = append(b, '\t')
		b = append(b, r.State.String()...)
		b = append(b, '\t')
		b = strconv.AppendInt(b, int64(r.Percent()), 10)
		b = append(b, '\t')
		b = strconv.AppendInt(b, r.Uploaded, 10)
		b = append(b, '\t')
		b = strconv.AppendInt(b, r.Size, 10)
		b = append(b, '\t')
		b = appendName(b, r.Name)
		b = append(b, '\n')
	}
	return b
}
