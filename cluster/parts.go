package cluster

import (
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// A parts is what has come of an append that is several messages, which nothing comes between.
type parts struct {
	subject string
	n, of   int // how many have come, of how many
	body    []byte
}

// join joins a message to those before. It tells whether the body is complete with it.
func (p *parts) join(m jetstream.Msg) (body []byte, complete bool, err error) {
	i, of := 1, 1
	if part := m.Headers().Get(partHeader); part != "" {
		if _, err := fmt.Sscanf(part, "%d/%d", &i, &of); err != nil {
			return nil, false, errMessage
		}
	}
	if p.n == 0 {
		p.subject, p.of = m.Subject(), of
	}
	if i != p.n+1 || i > of || of != p.of || of > maxParts || m.Subject() != p.subject {
		return nil, false, errMessage
	}
	if p.n, body = i, m.Data(); of > 1 {
		p.body = append(p.body, body...)
		body = p.body
	}
	if complete = i == of; complete {
		*p = parts{}
	}
	return body, complete, nil
}
