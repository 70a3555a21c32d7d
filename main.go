// Command inboxfs mounts a folder from which everything is uploaded to Alibaba Cloud OSS. See README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"inboxfs/fs/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command.Run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "inboxfs: %v\n", err)
	}
	os.Exit(command.ExitCode(err))
}
