// Command pages writes the man pages, which it makes of the manual, into a folder. .package/build runs it:
//
//	go run ./control/manual/pages VERSION YYYY-MM-DD FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"inboxfs/control/manual"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "write pages VERSION YYYY-MM-DD FOLDER")
		os.Exit(2)
	}
	if err := write(manual.Release{Version: os.Args[1], Date: os.Args[2]}, os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "pages: %v\n", err)
		os.Exit(1)
	}
}

func write(r manual.Release, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, page := range manual.Pages() {
		path := filepath.Join(folder, page.ManFile())
		if err := os.WriteFile(path, []byte(page.Man(r)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
