package verdict

import "inboxfs/queue/transfer"

// Row is a row of the table, for the test that has the endpoint answer each.
type Row struct {
	Kind         transfer.Kind
	Hint, Source string
	Vanishing    bool // Kind is for a key without a token; with one it must be renewed
}

// Table is what each code means.
func Table() map[string]Row {
	rows := make(map[string]Row)
	for code, r := range table {
		rows[code] = Row{r.kind, r.hint, r.source, vanishing[code]}
	}
	return rows
}

// Where codes are known from.
const (
	OSSDoc, VODDoc, POPDoc, STSDoc, SDKSrc = ossDoc, vodDoc, popDoc, stsDoc, sdkSrc
)
