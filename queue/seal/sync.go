package seal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/spool"
	"inboxfs/queue/wake"
)

// seal syncs a batch and hands over what became of each drop. Files whose disk does not answer keep the others no
// longer than TurnSync.
func (s *Sealer[N]) seal(batch []N, stop <-chan struct{}) {
	if len(batch) == 0 {
		return
	}
	if len(batch) > 1 {
		for _, n := range batch {
			spool.StartSync(n.Sealing().Path)
		}
	}
	ended := make(chan N, len(batch))
	slots := make(chan struct{}, syncsMost)
	for _, n := range batch {
		s.o.Go(func() {
			slots <- struct{}{}
			s.sync(n)
			<-slots
			ended <- n
		})
	}
	var files []N
	for patience := time.After(TurnSync); len(files) < len(batch) && patience != nil; {
		select {
		case n := <-ended:
			files = append(files, n)
		case <-patience:
			patience = nil
		}
	}
	killpoint.At("seal: files synced")
	s.sealNames(files, stop)
	if late := len(batch) - len(files); late > 0 {
		s.o.Go(func() {
			for range late {
				s.sealNames([]N{<-ended}, stop)
			}
		})
	}
}

// sync brings a drop's content to stable storage, unless it is not to be read.
func (s *Sealer[N]) sync(n N) {
	d := n.Sealing()
	if d.Err = s.o.Guard(n); d.Err == nil {
		d.Info, d.Err = s.Sync(d.Path, n.Look)
	}
}

// sealNames syncs the folders that lead to files which are synced, and hands these over.
func (s *Sealer[N]) sealNames(files []N, stop <-chan struct{}) {
	folders := make(spool.FolderSync)
	for _, n := range files {
		d := n.Sealing()
		if d.Err == nil {
			d.Err = folders.To(filepath.Dir(d.Path), s.o.Top)
		}
		s.sure(n)
	}
	s.o.Ended(stop, files...)
}

// sure waits for a rename that was made and has not been told yet: a file that is gone may only have another name.
func (s *Sealer[N]) sure(n N) {
	if errors.Is(n.Sealing().Err, fs.ErrNotExist) {
		s.o.Sure(n)
	}
}

// sealLarge seals the large files that wait, one after another.
func (s *Sealer[N]) sealLarge(stop <-chan struct{}) {
	for n, more := s.takeOne(&s.large); more && !wake.Closed(stop); n, more = s.takeOne(&s.large) {
		if !s.begin(n) {
			continue
		}
		s.o.Before()
		d := n.Sealing()
		if s.sync(n); d.Err == nil {
			d.Err = make(spool.FolderSync).To(filepath.Dir(d.Path), s.o.Top)
		}
		s.o.Ended(stop, n)
	}
}

// follow looks at what was added by reference, one after another. Each look may hang.
func (s *Sealer[N]) follow(stop <-chan struct{}) {
	for n, more := s.takeOne(&s.foreign); more; n, more = s.takeOne(&s.foreign) {
		select {
		case <-s.o.Mounted:
		case <-stop:
			return
		}
		if !s.begin(n) {
			continue
		}
		s.o.Follow(n)
		s.sure(n)
		s.o.Ended(stop, n)
	}
}

// takeOne takes the first of a list.
func (s *Sealer[N]) takeOne(listed *[]N) (n N, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(*listed) == 0 {
		return n, false
	}
	n = (*listed)[0]
	*listed = (*listed)[1:]
	return n, true
}

// begin notes that a drop's sync begins, and reports whether it is still wanted.
func (s *Sealer[N]) begin(n N) bool {
	s.o.Visible.Lock()
	defer s.o.Visible.Unlock()
	n.Sealing().began = s.o.Now()
	return s.o.Wanted(n)
}
