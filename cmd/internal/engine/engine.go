package engine

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/spf13/pflag"

	"todoshell/app"
	"todoshell/cluster"
	"todoshell/store"
	"todoshell/todo"
)

// Command returns a command that keeps its lists in a folder of this machine; or in a cluster and
// there a replica, if flags or variables say so.
func Command(name string) app.Command {
	f := &flags{}
	return app.Command{Name: name, Flags: f.add, Open: f.open}
}

// flags are those that say where the cluster is. Each has a variable, whose name is TODOSHELL_ and its own.
type flags struct {
	cluster.Config
	replicas, partitions string
}

// The values of flags that are not given.
const (
	defaultSpace      = "todo"
	defaultReplicas   = 3
	defaultPartitions = 4
)

func (f *flags) add(set *pflag.FlagSet) {
	set.StringVar(&f.URL, "nats-url", "", "keep the lists on the NATS servers at these URLs, separated by commas (default: $TODOSHELL_NATS_URL)")
	set.StringVar(&f.Context, "nats-context", "", "how to connect: a context of the nats command ($TODOSHELL_NATS_CONTEXT, and so on)")
	set.StringVar(&f.Creds, "nats-creds", "", "a file with credentials for NATS")
	set.StringVar(&f.NKey, "nats-nkey", "", "a file with the seed of an nkey for NATS")
	set.StringVar(&f.TLSCert, "nats-tls-cert", "", "a file with a certificate for NATS")
	set.StringVar(&f.TLSKey, "nats-tls-key", "", "a file with its key")
	set.StringVar(&f.TLSCA, "nats-tls-ca", "", "a file with the authorities of the servers' certificates")
	set.StringVar(&f.Space, "nats-space", "", "which of several sets of lists on the same servers (default: "+defaultSpace+")")
	set.StringVar(&f.replicas, "nats-replicas", "", fmt.Sprintf("on how many servers each list is kept (default: %d)", defaultReplicas))
	set.StringVar(&f.partitions, "nats-partitions", "", fmt.Sprintf("into how many streams new lists are divided, once (default: %d)", defaultPartitions))
}

// config returns what flags and variables say, and whether there is a cluster.
func (f *flags) config() (c cluster.Config, clustered bool, err error) {
	variable := func(value, name string) string { return cmp.Or(value, os.Getenv("TODOSHELL_NATS_"+name)) }
	c = cluster.Config{URL: variable(f.URL, "URL"), Context: variable(f.Context, "CONTEXT"), Creds: variable(f.Creds, "CREDS"), NKey: variable(f.NKey, "NKEY"),
		TLSCert: variable(f.TLSCert, "TLS_CERT"), TLSKey: variable(f.TLSKey, "TLS_KEY"), TLSCA: variable(f.TLSCA, "TLS_CA"),
		Space: cmp.Or(variable(f.Space, "SPACE"), defaultSpace)}
	if c.URL == "" && c.Context == "" {
		return c, false, nil
	}
	if !regexp.MustCompile(`^[a-z0-9-]{1,32}$`).MatchString(c.Space) {
		return c, true, wrong("--nats-space %q: small letters, digits and - only", c.Space)
	}
	if c.Replicas, err = number("--nats-replicas", variable(f.replicas, "REPLICAS"), defaultReplicas, 5); err != nil {
		return c, true, err
	}
	c.Partitions, err = number("--nats-partitions", variable(f.partitions, "PARTITIONS"), defaultPartitions, cluster.MaxPartitions)
	return c, true, err
}

func number(flag, text string, otherwise, most int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, wrong("%s %q is not a number from 1 to %d", flag, text, most)
	}
	return n, nil
}

func wrong(format string, args ...any) error {
	return &todo.Error{Code: store.CantOpen, Message: fmt.Sprintf(format, args...), Hint: "see: todoshell --help"}
}

func (f *flags) open(dir string, tell func(why string)) (app.Store, error) {
	c, clustered, err := f.config()
	switch {
	case err != nil:
		return nil, err
	case clustered:
		return cluster.Open(context.Background(), dir, c, tell)
	}
	return store.OpenTelling(dir, tell)
}
