package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"todoshell/access"
	"todoshell/cluster"
	"todoshell/todo"
)

func (p *program) tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Say who may come in over the network",
		Long: `Say who may come in over the network.

From the first token on, each request to a server on the data needs one.
What is added or revoked counts at once, whether or not a server is running;
in a cluster, within a second on all nodes, and within 30 on one that is cut off.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return errors.New("token: say add, list or revoke") },
	}
	c.AddCommand(p.tokenAddCommand(), p.tokenListCommand(), &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take a token away",
		Args:  cobra.ExactArgs(1),
		Run: func(_ *cobra.Command, args []string) {
			p.end(p.withTokens(func(t *access.Tokens) error { return p.tokenRevoke(t, args[0]) }))
		},
	})
	return c
}

func (p *program) tokenAddCommand() *cobra.Command {
	var g todo.Grant
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Print a new token",
		Example: `  todoshell token add phone
  todoshell token add wall --lists team-a/ --read-only
  (umask 077; todoshell token add cron >token)`,
		Args: cobra.ExactArgs(1),
		PreRunE: func(c *cobra.Command, _ []string) error {
			if c.Flag("lists").Changed && g.Prefix == "" { // an empty prefix, perhaps from a variable that is not set, would allow all lists
				return errors.New("--lists is empty; leave it out for all lists")
			}
			return nil
		},
		Run: func(_ *cobra.Command, args []string) {
			p.end(p.withTokens(func(t *access.Tokens) error { return p.tokenAdd(t, args[0], g) }))
		},
	}
	c.Flags().StringVar(&g.Prefix, "lists", "", "only for the lists whose names begin with `PREFIX`")
	c.Flags().BoolVar(&g.ReadOnly, "read-only", false, "only to look")
	return c
}

func (p *program) tokenListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "Show who has a token",
		Args:  noArguments,
		Run:   func(*cobra.Command, []string) { p.end(p.withTokens(p.tokenList)) },
	}
	c.Flags().BoolVar(&p.json, "json", false, "answer in NDJSON, one object a line")
	return c
}

// openTokens opens the tokens that belong to the data, whoever holds that: those of the cluster, or else
// of the data folder. Whoever keeps nothing has none.
func (p *program) openTokens() (*access.Tokens, error) {
	if p.memory {
		return access.Open(access.Folder("")), nil
	}
	if p.Open == nil {
		c, clustered, err := p.cluster.config()
		if err != nil {
			return nil, err
		}
		if clustered {
			source, err := cluster.OpenAccess(context.Background(), c)
			if err != nil {
				return nil, err
			}
			return access.Open(source), nil
		}
	}
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	return access.Open(access.Folder(dir)), nil
}

// withTokens opens the tokens for a while.
func (p *program) withTokens(use func(*access.Tokens) error) error {
	dir, err := p.dataDir()
	if err == nil {
		err = p.keepPrivate(dir)
	}
	if err != nil {
		return err
	}
	tokens, err := p.openTokens()
	if err != nil {
		return err
	}
	defer tokens.Close()
	return use(tokens)
}

func (p *program) tokenAdd(tokens *access.Tokens, name string, g todo.Grant) error {
	token, err := tokens.Add(name, g)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(p.stdout, token); err != nil { // nobody has seen the token, nor can anybody see it later
		return errors.Join(err, tokens.Revoke(name))
	}
	fmt.Fprintln(p.stderr, "Keep it in a safe place: it is not shown again.")
	return nil
}

func (p *program) tokenRevoke(tokens *access.Tokens, name string) error {
	if err := tokens.Revoke(name); err != nil {
		return err
	}
	if left, err := tokens.List(); err == nil && len(left) == 0 {
		fmt.Fprintf(p.stderr, "No token is left, and a server still asks for one. To serve this machine without\n"+
			"tokens again, %s and restart the server.\n", tokens.Removal())
	}
	return nil
}

func (p *program) tokenList(tokens *access.Tokens) error {
	holders, err := tokens.List()
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, p.shown(holders))
	if errors.Is(err, syscall.EPIPE) {
		return nil // whoever reads the output has stopped
	}
	return err
}

// shown returns the answer to token list, in the form that is asked for.
func (p *program) shown(holders []access.Holder) string {
	var b strings.Builder
	switch {
	case p.json:
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		for _, h := range holders {
			_ = enc.Encode(struct { // can't fail
				Name    string    `json:"name"`
				Lists   string    `json:"lists"`
				Rights  string    `json:"rights"`
				Created time.Time `json:"created"`
				Logins  int       `json:"logins"`
			}{h.Name, h.Lists, rights(h), h.Created, len(h.Sessions)})
		}
	case !isTerminal(p.stdout):
		for _, h := range holders {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", h.Name, h.Lists, rights(h), h.Created.Format(time.RFC3339))
		}
	case len(holders) == 0:
		b.WriteString("no tokens\n")
	default:
		b.WriteString(tokenTable(holders) + "\n")
	}
	return b.String()
}

func tokenTable(holders []access.Holder) string {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	w.AppendHeader(table.Row{"name", "lists", "rights", "created", "logins"})
	for _, h := range holders {
		w.AppendRow(table.Row{h.Name, h.Lists, rights(h), h.Created.Local().Format(time.DateTime), len(h.Sessions)})
	}
	return trailing.ReplaceAllString(w.Render(), "")
}

var trailing = regexp.MustCompile(`(?m) +$`)

func rights(h access.Holder) string {
	if h.ReadOnly {
		return "read"
	}
	return "write"
}
