package story

import "testing"

// netClients fetch files.
var netClients = []client{
	{name: "curl-o", needs: "curl", script: `curl -sSf -o $IN/a.bin $URL/a.bin; curl -sSf $URL/big.bin > $IN/big.bin`,
		want: "a.bin big.bin"},
	{name: "curl-R", needs: "curl", script: `curl -sSf -R --create-dirs -o $IN/new/a.bin $URL/a.bin`,
		want: "new/a.bin=a.bin"},
	{name: "curl-O", needs: "curl", script: `cd $IN; curl -sSf -Z -O $URL/a.bin -O $URL/b.bin`, want: "a.bin b.bin"},
	{name: "wget", needs: "wget", script: `wget -q -P $IN $URL/a.bin; wget -q -O $IN/b.bin $URL/b.bin`,
		want: "a.bin b.bin"},
	{name: "wget-r", needs: "wget",
		script: `wget -q -r -np -nH -R 'index.html*' -P $IN $URL/tree/sub2/ $URL/tree/sub/deep/`,
		want:   "tree/sub2/ tree/sub/deep/"},
	{name: "aria2c", needs: "aria2c", script: `aria2c -q --no-conf -d $IN $URL/a.bin`, want: "a.bin"},
	{name: "aria2c-split", needs: "aria2c",
		script: `aria2c -q --no-conf -x4 -s4 -k1M --max-overall-download-limit=8M -d $IN $URL/big.bin`,
		want:   "big.bin"},
	{name: "aria2c-preallocated", needs: "aria2c",
		script: `aria2c -q --no-conf --file-allocation=falloc -d $IN $URL/a.bin`, want: "a.bin"},
}

func TestZooNet(t *testing.T) { t.Parallel(); zoo(t, netClients, hasty) }

// patientNetClients go on with what another has begun.
var patientNetClients = []client{
	{name: "curl-C", needs: "curl",
		script: `head -c 1000000 $SRC/a.bin > $IN/a.bin; curl -sSf -C - -o $IN/a.bin $URL/a.bin`, want: "a.bin"},
	{name: "wget-c", needs: "wget", script: `head -c 1000000 $SRC/a.bin > $IN/a.bin; wget -q -c -P $IN $URL/a.bin`,
		want: "a.bin"},
}

func TestZooNetPatient(t *testing.T) { t.Parallel(); zoo(t, patientNetClients, patient) }
