package app

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"todoshell/attach"
	"todoshell/todo"
)

// checkConnect refuses what is no address, and addresses to which everything would be sent
// without encryption, unless --insecure allows that.
func (p *program) checkConnect() error {
	if p.connect == "" {
		return nil
	}
	at, err := url.Parse(p.connect)
	switch {
	case err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "":
		return fmt.Errorf("--connect %q is no URL that begins with http:// or https://", p.connect)
	case at.User != nil:
		return errors.New("--connect takes no user or password; give a token with --token-file or TODOSHELL_TOKEN")
	case at.RawQuery != "" || at.Fragment != "":
		return fmt.Errorf("--connect %q goes on behind the server's address", p.connect)
	case p.clear(at) && !p.insecure:
		return fmt.Errorf("--connect %s would send the token and the lists in clear text; use https://, or add --insecure to do so all the same",
			p.connect)
	case p.clear(at):
		fmt.Fprintf(p.stderr, "todoshell: warning: the token and the lists go to %s in clear text; whoever is on the way can read and change them\n",
			at.Host)
	}
	return nil
}

// clear tells whether what is sent to an address can be read on the way.
func (*program) clear(at *url.URL) bool {
	ip, err := netip.ParseAddr(at.Hostname())
	here := err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(at.Hostname(), "localhost")
	return at.Scheme == "http" && !here
}

// token returns the token to send to a server, if one is given.
func (p *program) token() (string, error) {
	if p.tokenFile == "" {
		return os.Getenv("TODOSHELL_TOKEN"), nil
	}
	text, err := os.ReadFile(p.tokenFile)
	if err != nil {
		return "", &todo.Error{Code: attach.Unauthorized, Message: fmt.Sprintf("the token can't be read: %v", err),
			Hint: "check the path given with --token-file"}
	}
	return strings.TrimSpace(string(text)), nil
}
