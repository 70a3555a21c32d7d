// Package playlist reads an HLS playlist (.m3u8, RFC 8216): which files beside it belong to it, and whether more are to
// come. It opens nothing.
//
//	a line that is no tag           a segment
//	URI of EXT-X-MAP, EXT-X-KEY     what segments need: how they begin, the key that they are encrypted with
//	EXT-X-ENDLIST                   no more is to come
//	EXT-X-STREAM-INF, a .m3u8       a list of playlists (master), which is no medium by itself: ErrMaster
//
// What has no tag of HLS at all (EXT-X-) is a list of files as music players have it: Plain.
//
// Files are named as their places relative to the playlist's folder. What has a scheme, such as https, lies elsewhere,
// and belongs to nobody here. Queries are no part of a name.
package playlist
