package journal

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"inboxfs/queue/transfer"
)

// An inboxfs skips the tags that it does not know. Where it must not, because the record means something else without
// them, the journal says which layout a program has to know to read it, for as long as there is such a record: an older
// one refuses it.

// needs is the layout that a program must know to act on the record; 0: any.
func (r *Record) needs() (need byte) {
	if r.Ahead && r.UploadID != "" { // who does not know that takes parts of older content for the file's
		need = layoutAhead
	}
	// who does not know that makes a video of it
	if _, piece := transfer.Whole(r.VideoID); piece && r.State != "success" {
		need = layoutPiece
	}
	return need
}

// needing is every answer of needs but 0.
var needing = []byte{layoutAhead, layoutPiece}

// needKey is where it lies in the bucket that a record needs a layout: the greatest layout is last.
func needKey(layout byte, id uint64) []byte { return append([]byte{layout}, number(id)...) }

// writeNeeds notes what the records of the batch need, and forgets what those needed that were there before. The bucket
// is there only as long as there is something in it.
func (b *Batch) writeNeeds(tx *bolt.Tx) error {
	bucket := tx.Bucket(bucketNeeds)
	for i := range b.Put {
		need := b.Put[i].needs()
		if bucket == nil && need == 0 { // as a rule
			continue
		}
		var err error
		if bucket, err = tx.CreateBucketIfNotExists(bucketNeeds); err != nil {
			return err
		}
		for _, layout := range needing {
			key := needKey(layout, b.Put[i].ID)
			if layout == need {
				err = bucket.Put(key, nil)
			} else {
				err = bucket.Delete(key)
			}
			if err != nil {
				return err
			}
		}
	}
	if bucket == nil {
		return nil
	}
	for _, id := range b.Delete {
		for _, layout := range needing {
			if err := bucket.Delete(needKey(layout, id)); err != nil {
				return err
			}
		}
	}
	if k, _ := bucket.Cursor().First(); k == nil {
		return tx.DeleteBucket(bucketNeeds)
	}
	return nil
}

// writeLayout says which layout a program must know: that of the buckets, or what the records need.
func writeLayout(tx *bolt.Tx) error {
	format := byte(layout)
	if tx.Bucket(bucketMoves) != nil {
		format = layoutMoves
	}
	if bucket := tx.Bucket(bucketNeeds); bucket != nil {
		if k, _ := bucket.Cursor().Last(); len(k) > 0 {
			format = max(format, k[0])
		}
	}
	meta := tx.Bucket(bucketMeta)
	if bytes.Equal(meta.Get(metaFormat), []byte{format}) {
		return nil
	}
	return meta.Put(metaFormat, []byte{format})
}
