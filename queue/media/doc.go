// Package media tells whether a film or a sound recording is structurally whole. It looks at the content, never at the
// name, and at as little of it as will do: a few headers, however long the file is.
//
//	MP4, MOV, M4A, 3GP    ftyp|mdat|moov|moof...    boxes one after another, each with its size        boxes.go
//	Matroska, WebM        1A 45 DF A3               elements one after another, most with their size   elements.go
//	MPEG-TS               47 at every 188th byte,   packets of one size                                packets.go
//	                      192nd, 204th or 208th
//
// A file is cut when what it says of itself asks for more bytes than there are, or when that without which nothing can
// be played is missing. Everything else passes, also what no rule here understands: to hold a file back that is whole
// is worse than to upload one that is not. So a known name must stand before a size that is believed, and what follows
// a whole recording may be anything.
//
// # What is tolerated
//
//   - Behind a recording whose boxes are all there: zeros, and bytes that are no boxes. Cameras append such trailers
//     and preallocate, and players stop reading where the boxes end.
//   - A last box of filler, of a camera's own (uuid) or of media that needs more than there is, where the tables of the
//     moov lead to no sample behind the end of the file (samples.go).
//   - A box or an element of size 0 or unknown to the end of the file: writers that cannot seek back leave it so.
//   - No moov in media segments (moof, styp, sidx) and where meta stands for it (HEIC, AVIF).
//
// # What cannot be seen
//
//   - A cut that falls between two fragments, two clusters or two packets: what is left is whole. One copy in 188 that
//     is cut anywhere ends between two packets of a transport stream.
//   - A cut in a last box or cluster that goes to the end of the file. Of such a cluster its blocks are looked at.
//   - Bytes that are there and wrong: holes filled with zeros in a file of the right size.
//   - What lies behind the first few thousand fragments or blocks: then the look ends, and the file passes.
package media
