package cluster

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"todoshell/todo"
)

// The codes of errors of this package.
const (
	// Unavailable: too few servers can be reached to be sure of anything.
	Unavailable = todo.ClusterUnavailable
	// Unfit: the servers, or their streams, don't keep the promises that are made of them.
	Unfit = todo.ClusterUnfit
	// TooLarge: a change is more than the servers take at once.
	TooLarge todo.Code = "too_large"
)

// A Config says where the cluster is, and what its streams are like.
type Config struct {
	URL     string // of its servers, separated by commas
	Context string // of the nats command line tool, which has the other settings; "" for none

	Creds, NKey            string // files that tell who this node is
	TLSCert, TLSKey, TLSCA string // files

	Space                string // lists of different spaces have nothing to do with each other
	Replicas, Partitions int    // of streams that are made
}

// natsContext is a file of the nats command line tool: $XDG_CONFIG_HOME/nats/context/NAME.json.
// Its other members, such as those for signing, are refused rather than passed over.
type natsContext struct {
	URL         string `json:"url"`
	Description string `json:"description"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Token       string `json:"token"`
	Creds       string `json:"creds"`
	NKey        string `json:"nkey"`
	Cert        string `json:"cert"`
	Key         string `json:"key"`
	CA          string `json:"ca"`
	InboxPrefix string `json:"inbox_prefix"`
	TLSFirst    bool   `json:"tls_first"`
}

// readContext reads a context of the nats command line tool.
func readContext(name string) (c natsContext, err error) {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		if dir, err = os.UserHomeDir(); err != nil {
			return c, err
		}
		dir = filepath.Join(dir, ".config")
	}
	file := filepath.Join(dir, "nats", "context", filepath.Base(name)+".json")
	text, err := os.ReadFile(file)
	if err != nil {
		return c, &todo.Error{Code: Unfit, Message: fmt.Sprintf("there is no NATS context %q: %v", name, err),
			Hint: "see: nats context ls"}
	}
	if err = json.Unmarshal(text, &c); err != nil {
		return c, &todo.Error{Code: Unfit, Message: fmt.Sprintf("the NATS context %s can't be read: %v", file, err), Hint: "see: nats context edit " + name}
	}
	return c, nil
}

// options returns the servers' URL and how to connect to them.
func (c Config) options() (url string, options []nats.Option, err error) {
	var from natsContext
	if c.Context != "" {
		if from, err = readContext(c.Context); err != nil {
			return "", nil, err
		}
	}
	add := func(o nats.Option) { options = append(options, o) }
	if from.User != "" {
		add(nats.UserInfo(from.User, from.Password))
	}
	if from.Token != "" {
		add(nats.Token(from.Token))
	}
	if from.InboxPrefix != "" {
		add(nats.CustomInboxPrefix(from.InboxPrefix))
	}
	if from.TLSFirst {
		add(nats.TLSHandshakeFirst())
	}
	if creds := cmp.Or(c.Creds, from.Creds); creds != "" {
		add(nats.UserCredentials(creds))
	}
	if seed := cmp.Or(c.NKey, from.NKey); seed != "" {
		o, err := nats.NkeyOptionFromSeed(seed)
		if err != nil {
			return "", nil, &todo.Error{Code: Unfit, Message: fmt.Sprintf("the nkey in %s can't be used: %v", seed, err),
				Hint: "the file has to hold the seed of a user, SU…"}
		}
		add(o)
	}
	cert, key := cmp.Or(c.TLSCert, from.Cert), cmp.Or(c.TLSKey, from.Key)
	if cert != "" {
		if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
			return "", nil, &todo.Error{Code: Unfit, Message: fmt.Sprintf("the certificate %s can't be used: %v", cert, err),
				Hint: "check --nats-tls-cert and --nats-tls-key"}
		}
		add(nats.ClientCert(cert, key))
	}
	if ca := cmp.Or(c.TLSCA, from.CA); ca != "" {
		add(nats.RootCAs(ca))
	}
	return cmp.Or(c.URL, from.URL), options, nil
}

// How the connection is kept.
const (
	connectWithin  = 3 * time.Second
	reconnectAfter = 50 * time.Millisecond
	pingEvery      = 2 * time.Second // two without an answer: the server is gone
)

// connect connects to one of the servers, and to another when that one has gone.
func (c Config) connect(gone func(), back func(*nats.Conn)) (*nats.Conn, error) {
	url, options, err := c.options()
	if err != nil {
		return nil, err
	}
	options = append(options, nats.Name("todoshell"), nats.Timeout(connectWithin), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectAfter), nats.ReconnectJitter(reconnectAfter, reconnectAfter),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1), // what can't be sent now is known not to be sent
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // otherwise they are printed
		nats.DisconnectErrHandler(func(*nats.Conn, error) { gone() }),
		nats.ReconnectHandler(back))
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("no NATS server can be reached at %s: %w", url, err))
	}
	return conn, nil
}

func unavailable(why error) error {
	return &todo.Error{Code: Unavailable, Message: fmt.Sprintf("the cluster cannot be reached: %v", why),
		Hint: "nothing was changed; see whether most of the NATS servers run, and try again"}
}
