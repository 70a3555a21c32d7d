package text

import "bytes"

// AppendControl appends what reading control shows: the last result, an empty line, the verbs.
func AppendControl(b []byte, reason, help string) []byte {
	b = append(appendValue(b, reason), "\n\n"...)
	b = append(b, help...)
	if !bytes.HasSuffix(b, []byte("\n")) {
		b = append(b, '\n')
	}
	return b
}

// AppendReadme appends README, which is about the mount, for who meets it in a file manager or a shell.
func AppendReadme(b []byte) []byte { return append(b, readme...) }

const readme = `Files put into inbox/ are uploaded to Alibaba Cloud. Copy, move or save them there with any program;
folders become part of the object's name. An upload begins when the last writer has closed its file and a
moment has passed. After it succeeded the copy in inbox/ is removed, unless configured otherwise.

  cp film.mp4 inbox/              add a file
  ln -s /data/film.mp4 inbox/     add one that lies elsewhere, without copying it
  rm inbox/film.mp4               take it back
  cat list                        all files, their state and progress; list.json is the same for jq
  cat aside                       files in inbox/ that wait for a better name, or are never uploaded
  open status.html                the same as a page with progress bars, in any browser
  cat status.json                 what that page shows, for programs
  cat queue                       how many are in which state, and what waits for you
  cat status/film.mp4             everything about one file
  tail -f events                  what happens, as it happens
  echo start > control            write verbs: start, pause, resume, stop, ...
  cat control                     the result of the last verb, and all verbs
  echo wait > control             returns when everything is uploaded, fails if something was not

A file goes from receiving to ready, uploading and success. failure, held and canceled keep the data: status tells
the reason, and retry, release or resumeFile send it on its way again. Once a file is ready it survives a restart
and a power cut. Hidden and temporary names wait in inbox/ until they are renamed.
`
