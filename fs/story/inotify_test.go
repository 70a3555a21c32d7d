package story

import "testing"

// TestInotify has programs wait for the end of a file by watching it: the kernel tells them when its copy goes.
func TestInotify(t *testing.T) {
	t.Parallel()
	needPrograms(t, "inotifywait")
	s := begin(t)
	s.sh(`cd $MNT/inbox; mkdir d; echo pause > ../control; echo content | tee a > d/b; ln a c
		inotifywait -q -t 60 -e delete_self a > $OLDPWD/a.told & a=$!; inotifywait -q -t 60 -e delete_self d/b > $OLDPWD/b.told & b=$!
		until [ $(cat /proc/[0-9]*/fdinfo/* 2> /dev/null | grep -c 'mask:400 ') -ge 2 ]; do :; done
		rm c; echo resume > ../control; wait $a; wait $b`)
	if told := s.sh("cat a.told b.told"); told != "a DELETE_SELF \nd/b DELETE_SELF " {
		t.Errorf("they are told %q", told)
	}
	// One that is made anew in place of what went is not told to be gone.
	s.sh(`cd $MNT/inbox; for i in $(seq 50); do for f in 1 2 3 4; do echo $i > f$f; done; echo flush > ../control
		[ $(cat f1 2> /dev/null || echo $i) -eq $i ]; done; echo wait > ../control`)
}
