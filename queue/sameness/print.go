package sameness

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// Print is what tells a file from others, and from what it was before.
type Print struct {
	Size       int64  // bytes
	ModTime    int64  // unix nanoseconds, as is ChangeTime
	ChangeTime int64  // of content or attributes; nobody can set it
	Inode      uint64 // 0: it is not known
}

// Of is the Print of a file that was looked at.
func Of(info fs.FileInfo) Print {
	p := Print{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if p.ChangeTime, p.Inode = changed(info); p.ChangeTime == 0 {
		p.ChangeTime = p.ModTime
	}
	return p
}

// OfStat is the Print of a file that was looked at by a system call.
func OfStat(st *unix.Stat_t) Print {
	return Print{Size: st.Size, ModTime: st.Mtim.Nano(), ChangeTime: st.Ctim.Nano(), Inode: st.Ino}
}

// Changed is ChangeTime as a time.
func (p Print) Changed() time.Time { return time.Unix(0, p.ChangeTime) }

// Mark is what nobody can set of a Print, change time and inode, in one number, for lists of a million files. 0 is none
// that is known. Marks are kept on disk, so they are made in one way for ever.
type Mark uint64

// Mark is never 0.
func (p Print) Mark() Mark { return max(1, Mark(mix(mix(uint64(p.ChangeTime))^p.Inode))) }

// mix scatters the bits of a number, no two numbers to the same one (the end of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unmix is the number of which mix made x.
func unmix(x uint64) uint64 {
	x ^= x>>31 ^ x>>62
	x *= 0x319642b2d24d8ec3
	x ^= x>>27 ^ x>>54
	x *= 0x96de1b173f119089
	x ^= x>>30 ^ x>>60
	return x - 0x9e3779b97f4a7c15
}

// longest is how long before its present one an earlier change of a file may have been, to be told from chance.
const longest = 31 * 24 * time.Hour

// OfInode reports whether m is the Mark that a file had, now or earlier, which looks as in p now: with an inode, a Mark
// gives away its change time. Of ten thousand files of other inodes, one or two seem to be that one, so compare size
// and modification time as well.
func (m Mark) OfInode(p Print) bool {
	changed := int64(unmix(unmix(uint64(m)) ^ p.Inode))
	return p.Inode != 0 && changed <= p.ChangeTime && changed > p.ChangeTime-int64(longest)
}
