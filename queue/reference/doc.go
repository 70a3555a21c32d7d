// Package reference finds the files that are uploaded where they lie: what a symbolic link in the inbox, or the path of
// an addFile, leads to. A path is somebody's word about a file elsewhere, so it is walked with care, one name at a
// time:
//
//		/ --data--> dir --cam1--> link "../raid/7" --> dir .. --raid--> dir --7--> dir --a.mov--> regular file: opened
//
//	  - Our own mount is never entered: a look into it would wait for the process that looks. It is known by its device,
//	    which the kernel tells without asking us, so bind mounts and links that lead there are seen, too.
//	  - Nothing of the spool is found, under whichever path it is mounted: its files are uploaded as drops, and its
//	    journal is nobody's business.
//	  - What the kernel makes up (procfs, sysfs and the like) is no file that anybody has: its size is not known before
//	    it is read, and /proc/self is whoever reads it, here the daemon with its keys.
//	  - What was found once is opened again without following any link (Open), so nobody can lead us elsewhere later by
//	    putting one in the way.
//	  - A relative link means what it means to those who see it in the mount; in the spool it would lead elsewhere.
//
// A look may hang as long as the disk or the server it leads to does: never look with a lock held, or in a handler.
package reference
