// Package config reads the configuration and says what is wrong with it.
//
// Every key is one field of Config, and everything else about it follows from there:
//
//	field tags                     toml:"part_size" min:"100KiB" max:"5GiB", in the table toml:"upload"; help in help.go
//	key, in errors and Keys        upload.part_size
//	file                           [upload]
//	                               part_size = "8MiB"
//	environment                    INBOXFS_UPLOAD_PART_SIZE=8MiB
//	flag                           --upload-part-size 8MiB
//
// A flag wins over the environment, that over the file, that over the default. An empty environment variable counts as
// not set. Secrets have no flag, because every user of a machine can read the command lines of all processes, and a
// file that holds one must be closed to others.
//
// A value as text (environment, flag):
//
//	bool      true, false
//	size      bytes: 1048576, 8MiB (1024), 100MB (1000)
//	rate      bytes per second: 20MiB/s, 100MB/s, off
//	duration  2s, 1m30s, 500ms
//	list      one per comma, "quoted" where a comma belongs to it, or as in the file: ["*.part", "*.tmp"]
//
// A key or INBOXFS_ variable that does not exist is an error, and so is a value that makes no sense: a typing mistake
// must not turn into a default. Load reports all problems at once, each with the place it comes from.
package config
