package guard

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"todoshell/todo"

	"todoshell/web/problem"
)

// A host is a name by which the server may be called.
type host struct {
	name string // in lower case, an IPv6 address in brackets
	port string // "" is the one that is listened on
}

func parseHosts(names []string) (hosts []host) {
	for _, n := range names {
		n = strings.ToLower(n)
		name, port := n, ""
		if i := strings.LastIndexByte(n, ':'); i > strings.LastIndexByte(n, ']') {
			name, port = n[:i], n[i+1:]
		}
		hosts = append(hosts, host{name, port})
	}
	return hosts
}

// checkHost refuses requests for a server of another name. A name that its owner
// lets point to this machine would make a foreign page one of ours (DNS
// rebinding); it still shows in the Host header.
func (g *Guard) checkHost(r *http.Request) error {
	if g.knows(r) {
		return nil
	}
	return &todo.Error{Code: problem.Misdirected, Message: fmt.Sprintf("this server is not known as %q", todo.Shown(r.Host)),
		Hint: "its operator can add names with --host"}
}

// Named puts the check of the Host header, and that of the origin, before a handler that asks for no tokens.
func Named(next http.Handler, names []string) http.Handler {
	g := New(context.Background(), nil, true, names)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header(), r, false)
		err := g.checkHost(r)
		if err == nil {
			err = checkOrigin(r, false)
		}
		if err != nil {
			problem.Write(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knows tells whether the Host header is exactly the address that the request
// came to, or one of the names.
func (g *Guard) knows(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	addr, port := addrOf(local)
	asked := strings.ToLower(r.Host)
	if addr.IsValid() && (host{literal(addr), port}.is(asked)) {
		return true
	}
	if addr.IsLoopback() {
		for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
			if (host{name, port}.is(asked)) {
				return true
			}
		}
	}
	for _, h := range g.hosts {
		if h.port == "" {
			h.port = port
		}
		if h.is(asked) {
			return true
		}
	}
	return false
}

func (h host) is(asked string) bool {
	rest, ok := strings.CutPrefix(asked, h.name)
	if rest == "" {
		return ok && (h.port == "80" || h.port == "443") // browsers leave them out
	}
	return ok && rest[0] == ':' && rest[1:] == h.port
}

func literal(addr netip.Addr) string {
	if addr.Is6() {
		return "[" + addr.String() + "]"
	}
	return addr.String()
}

// addrOf returns what is in the address of a connection.
func addrOf(a net.Addr) (addr netip.Addr, port string) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, ""
	}
	at := tcp.AddrPort()
	return at.Addr().Unmap().WithZone(""), strconv.Itoa(int(at.Port()))
}
