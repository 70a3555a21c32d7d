package story

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc64"
	"math/rand/v2"
	"sync"
)

// generation is one content that a client meant a name to have.
type generation struct {
	key    string
	size   int
	sum    [sha256.Size]byte
	crc    uint64 // as the endpoint computes it
	closed bool   // the client was told that all is well
	given  bool   // somebody began to remove, rename or overwrite it after that
	to     *generation
	by     string // the script that wrote it
}

// book is what the clients of one spool wrote, kept where no kill reaches it.
type book struct {
	mu   sync.Mutex // guards the rest
	all  []*generation
	keys map[string][]*generation // in the order in which they were written
	told map[string]int           // queue states that control took, and said so
	rand *rand.Rand
}

func newBook(seed uint64) *book {
	return &book{keys: make(map[string][]*generation), told: make(map[string]int), rand: rand.New(rand.NewPCG(seed, 0))}
}

// write notes that a name is about to get a content. Whatever it had before may be gone from now on.
func (b *book) write(key string, content []byte) *generation {
	g := &generation{key: key, size: len(content), sum: sha256.Sum256(content), crc: crc64.Checksum(content, ecmaTable)}
	b.add(g)
	return g
}

func (b *book) add(g *generation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, older := range b.keys[g.key] {
		older.given = true
	}
	b.all = append(b.all, g)
	b.keys[g.key] = append(b.keys[g.key], g)
}

// close notes that the program which wrote it ended well.
func (b *book) close(g *generation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g.closed = true
}

// give notes that a file is about to be removed.
func (b *book) give(g *generation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g.given = true
}

// move notes that a file is about to be renamed.
func (b *book) move(g *generation, key string) *generation {
	to := &generation{key: key, size: g.size, sum: g.sum, crc: g.crc, by: g.by}
	b.add(to)
	b.mu.Lock()
	defer b.mu.Unlock()
	g.given, g.to = true, to
	return to
}

// said notes that the queue was told to become something, and answered well.
func (b *book) said(state string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told[state]++
}

// recent is one of the last files that were closed and left alone, or nil.
func (b *book) recent(n int) *generation {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) == 0 {
		return nil
	}
	g := b.all[len(b.all)-1-b.rand.IntN(min(n, len(b.all)))]
	if !g.closed || g.given {
		return nil
	}
	return g
}

// intN is a number below n.
func (b *book) intN(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rand.IntN(n)
}

// content is so many random bytes.
func (b *book) content(size int) []byte {
	b.mu.Lock()
	seed := b.rand.Uint64()
	b.mu.Unlock()
	var from [32]byte
	binary.LittleEndian.PutUint64(from[:], seed)
	all := make([]byte, size)
	_, _ = rand.NewChaCha8(from).Read(all) // never fails
	return all
}
