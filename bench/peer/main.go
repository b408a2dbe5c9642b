// Command peer is what one would write in Go instead of todoshell, for the
// benchmarks of the folder above, which starts it:
//
//	peer script channels|bbolt FILE   runs the script on standard input
//	peer servers goroutines|actors N  starts so many servers
//	peer hit actors                   calls live servers from all cores
//	peer list channels                one list of more and more entries
//	peer callers|hot channels|bbolt FILE
//	peer slow channels FILE
//	peer http                         a server whose answers are empty
//
// and for those of todoshell's server, which have no other client:
//
//	peer bulk URL LINES LISTS
//	peer streams URL STREAMS LISTS SECONDS
//	peer ordinary|ceaseless URL SECONDS
//	peer hammer URL CONNECTIONS       until a signal comes
//
// Measurements are printed as the testing package prints benchmarks.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	args = append(args, make([]string, max(3-len(args), 0))...)
	what, who, where := args[0], args[1], args[2]
	switch what {
	case "servers":
		n, err := strconv.Atoi(where)
		if err != nil {
			return err
		}
		if who == "actors" {
			return startActors(n)
		}
		startGoroutines(n)
		return nil
	case "hit":
		return callActors()
	case "list":
		return measureList()
	case "script":
		return script(who, where)
	case "callers", "hot", "slow":
		return measureLoad(what, who, where)
	case "http":
		return serveNothing()
	case "bulk", "streams", "ordinary", "ceaseless", "hammer":
		return client(what, who, args[2:])
	}
	return fmt.Errorf("unknown work %q", what)
}

// lists is what answers the commands of a script or of callers.
type lists interface {
	add(list, date, title string) (id uint64, err error)
	day(list, date string) ([]entry, error)
	close() error
}

type entry struct {
	id          uint64
	date, title string
}

func openLists(who, file string, late time.Duration) (lists, error) {
	switch who {
	case "channels":
		return openChannels(file, late)
	case "bbolt":
		return openBolt(file)
	}
	return nil, fmt.Errorf("unknown peer %q", who)
}

// script runs a script of add and entries, and prints the answers in order.
func script(who, file string) (err error) {
	run := map[string]func(string, *bufio.Scanner, *bufio.Writer) error{
		"channels": channelsScript,
		"bbolt":    boltScript,
	}[who]
	if run == nil {
		return fmt.Errorf("unknown peer %q", who)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer func() { err = errors.Join(err, out.Flush()) }()
	return run(file, bufio.NewScanner(os.Stdin), out)
}

// report prints a measurement: pairs of a value and its unit.
func report(name string, n int, pairs ...any) {
	fmt.Fprintf(os.Stdout, "Benchmark%s\t%d", name, n)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(os.Stdout, "\t%v %v", pairs[i], pairs[i+1])
	}
	fmt.Fprintln(os.Stdout)
}
