package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoshell/access"
	"todoshell/cluster"
	"todoshell/metrics"
	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// clusterFlags say where the cluster is. Each has a variable, too: --nats-url has TODOSHELL_NATS_URL. Without
// a URL or a context the lists are kept in a folder of this machine.
type clusterFlags struct {
	cluster.Config
	replicas, partitions string
}

// The values of flags that are not given.
const (
	defaultSpace      = "todo"
	defaultReplicas   = 3
	defaultPartitions = 4
)

func (f *clusterFlags) add(set *pflag.FlagSet) {
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
func (f *clusterFlags) config() (c cluster.Config, clustered bool, err error) {
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

// openData opens the data folder: by the command's own way, if it has one; else as a replica of the
// cluster that flags or variables name, or as one that keeps the lists itself.
func (p *program) openData(dir string) (Store, error) {
	if p.Open != nil {
		return p.Open(dir, p.tell)
	}
	c, clustered, err := p.cluster.config()
	switch {
	case err != nil:
		return nil, err
	case clustered:
		return cluster.Open(context.Background(), dir, c, p.tell)
	}
	return store.OpenTelling(dir, p.tell)
}

// clusterCounts are the metrics of a cluster.
func clusterCounts(s cluster.Stats) []metrics.Count {
	total := func(name, help string, value float64) metrics.Count {
		return metrics.Count{Name: "todoshell_cluster_" + name + "_total", Help: help, Total: true, Value: value}
	}
	return []metrics.Count{
		total("appends", "Appends that the cluster has acknowledged.", float64(s.Appends)),
		total("conflicts", "Appends that came after one of another node, and whose commands ran again.", float64(s.Conflicts)),
		total("doubts", "Appends that were not acknowledged in time, so that a barrier had to tell.", float64(s.Doubts)),
		total("unknown", "Appends of which it is not known what became of them.", float64(s.Unknown)),
		total("barriers", "Barriers that were answered.", float64(s.Barriers)),
		total("barrier_seconds", "How long these took together.", s.BarrierSeconds),
		total("failed_barriers", "Barriers that were not answered.", float64(s.FailedBarriers)),
		total("consumers_remade", "How often a stream had to be read with a new consumer.", float64(s.Remade)),
		{Name: "todoshell_cluster_proof_age_seconds", Help: "For how long it has not been proven that this node has everything.", Value: s.ProofAge},
	}
}

// upload brings the lists of a data folder into the cluster, with their histories, and its tokens.
func (p *program) uploadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "upload DIR",
		Short: "Bring the lists of a data folder into a cluster, with their histories",
		Long: `Bring the lists of a data folder into a cluster, with their histories.

No other todoshell may have the folder open meanwhile; it is left as it is. An upload
that was cut off can be repeated, and goes on where it ended. Lists that the
cluster has otherwise stay as they are there, and are named. Tokens and logins
are brought in, too.`,
		Example: "  todoshell --nats-url nats://n1,nats://n2,nats://n3 upload ~/.local/share/todoshell",
		Args:    cobra.ExactArgs(1),
		Run:     func(_ *cobra.Command, args []string) { p.end(p.upload(args[0])) },
	}
}

func (p *program) upload(dir string) error {
	if _, clustered, err := p.cluster.config(); err != nil || !clustered {
		return cmp.Or(err, error(&todo.Error{Code: store.CantOpen, Message: "it is not known which cluster the lists are for",
			Hint: "say so with --nats-url"}))
	}
	from, err := p.openFolder(dir)
	if err != nil {
		return err
	}
	defer from.Close()
	target, err := p.dataDir()
	if err != nil {
		return err
	}
	data, err := p.openData(target)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sum, err := data.(*cluster.Log).Upload(ctx, from, func(err error) { //nolint:errcheck // it is one, since there is a cluster
		p.code = repl.ExitFailed
		repl.Report(p.messages, p.json, err)
	})
	fmt.Fprintf(p.stdout, "%d lists, %d appends; %d lists were there already\n", sum.Lists, sum.Appends, sum.There)
	if err == nil {
		err = p.withTokens(func(t *access.Tokens) error { return p.uploadTokens(t, dir) })
	}
	return errors.Join(err, data.Close())
}

// uploadTokens adds the tokens of a data folder.
func (p *program) uploadTokens(tokens *access.Tokens, dir string) error {
	added, err := tokens.Import(access.Folder(dir))
	if err == nil && added > 0 {
		fmt.Fprintf(p.stdout, "%d tokens\n", added)
	}
	return err
}
