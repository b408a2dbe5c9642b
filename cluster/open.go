package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"todoshell/store"
	"todoshell/todo"
)

// A Log keeps lists in the streams of a cluster, and a replica of them.
type Log struct {
	*store.Store // the replica

	conn       *nats.Conn
	js         jetstream.JetStream
	partitions []*partition
	counts     counts
	secret     [16]byte
	opened     time.Time

	ctx    context.Context //nolint:containedctx // it ends with the log
	cancel context.CancelFunc
	run    sync.WaitGroup
	ending sync.Mutex                      // held by what starts anything, or ends all
	link   atomic.Pointer[context.Context] // it ends with the connection to the current server
	unlink atomic.Pointer[context.CancelFunc]
	failed atomic.Pointer[error]
	close  func() error
}

// A partition is one of the streams.
type partition struct {
	log      *Log
	number   int
	stream   string
	subject  string // what its subjects begin with
	applied  progress
	barriers barriers
	created  time.Time
	proven   atomic.Int64 // how long after the log was opened the latest barrier began that has been answered
}

// at returns how far the replica has come.
func (p *partition) at() todo.Version {
	p.applied.mu.Lock()
	defer p.applied.mu.Unlock()
	return p.applied.at
}

// Open connects to the cluster, makes its streams where there are none, and brings the replica in the
// data folder up to date. It tells why, where that takes a while.
func Open(ctx context.Context, dir string, c Config, tell func(why string)) (_ *Log, err error) {
	l := &Log{opened: time.Now()}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.close = sync.OnceValue(l.end)
	l.linked()
	if l.conn, err = c.connect(l.unlinked, func(*nats.Conn) { l.linked() }); err != nil {
		l.cancel()
		return nil, err
	}
	if err = l.open(ctx, dir, c, tell); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context, dir string, c Config, tell func(why string)) (err error) {
	if err = checkVersion(l.conn); err != nil {
		return err
	}
	if l.js, err = jetstream.New(l.conn); err != nil {
		return err
	}
	streams, err := l.openStreams(ctx, c)
	if err != nil {
		return err
	}
	source := store.Source{ID: c.Space, Partitions: len(streams)}
	for _, s := range streams {
		source.ID += " " + strconv.FormatInt(s.Created.UnixNano(), 36)
	}
	if l.Store, err = store.OpenReplica(dir, source, tell); err != nil {
		return err
	}
	at := l.Latest()
	isNew := !slices.ContainsFunc(at, func(v todo.Version) bool { return v > 0 })
	behind := uint64(0)
	for i, s := range streams {
		p := &partition{log: l, number: i, stream: s.Config.Name, created: s.Created, subject: fmt.Sprintf("%s.%02d.", c.Space, i)}
		if i < len(at) {
			p.applied.at = at[i]
		}
		if s.State.LastSeq < uint64(p.applied.at) {
			return p.lost(fmt.Sprintf("ends at message %d, and this node has already seen message %d", s.State.LastSeq, p.applied.at))
		}
		behind += s.State.LastSeq - uint64(p.applied.at)
		l.partitions = append(l.partitions, p)
	}
	if behind > tellBehind {
		tell(fmt.Sprintf("%d messages of the cluster are being read", behind))
	}
	for _, p := range l.partitions {
		l.run.Go(p.follow)
	}
	err = l.catchUp(ctx, streams)
	if e, is := errors.AsType[*todo.Error](err); is && e.Code == todo.Damaged && isNew {
		return &todo.Error{Code: Unfit, Message: "the streams can't be followed from their beginning: " + e.Message, Hint: lost}
	}
	return err
}

// lost is what to do about streams that lack something.
const lost = "servers have lost what they acknowledged: see docs/cluster.md, Restoring"

// tellBehind is how many messages take so long that somebody would wonder.
const tellBehind = 100_000

// catchUp waits until the replica has all that anyone was answered.
func (l *Log) catchUp(ctx context.Context, streams []*jetstream.StreamInfo) error {
	for i, s := range streams {
		if err := l.partitions[i].come(ctx, todo.Version(s.State.LastSeq)); err != nil {
			return err
		}
	}
	if err := l.Fresh(ctx, ""); err != nil {
		return err
	}
	l.run.Go(l.prove)
	return l.readSecret(ctx)
}

// come waits until the replica has a version of a partition, however long that takes as long as it
// gets on.
func (p *partition) come(ctx context.Context, v todo.Version) error {
	for at := p.at(); at < v; {
		soon, cancel := context.WithTimeout(ctx, patience)
		err := p.applied.wait(soon, v)
		cancel()
		now := p.at()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case now == at:
			return cmp.Or(p.log.broken(), unavailable(fmt.Errorf("the stream %s can't be read", p.stream)))
		}
		at = now
	}
	return nil
}

// linked notes that there is a connection.
func (l *Log) linked() {
	ctx, cancel := context.WithCancel(l.ctx)
	l.link.Store(&ctx)
	l.unlink.Store(&cancel)
}

// unlinked notes that there is none: what was sent over it will get no answer.
func (l *Log) unlinked() { (*l.unlink.Load())() }

// fail notes why nothing can be followed any more, and ends all that waits for it.
func (l *Log) fail(err error) {
	l.failed.CompareAndSwap(nil, &err)
	l.cancel()
}

// cause returns why something could not be done: the error, unless it is for a reason of the log's own.
func (l *Log) cause(err error) error {
	return cmp.Or(l.broken(), l.Store.Ready(), unavailable(err))
}

// start runs f, which ends when the log does, unless the log has ended.
func (l *Log) start(f func()) bool {
	l.ending.Lock()
	defer l.ending.Unlock()
	if l.ctx.Err() != nil {
		return false
	}
	l.run.Go(f)
	return true
}

// lost says what shows that a stream has not what it acknowledged.
func (p *partition) lost(what string) error {
	return &todo.Error{Code: Unfit, Message: fmt.Sprintf("the stream %s %s", p.stream, what),
		Hint: lost}
}

func (l *Log) broken() error {
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Close ends the log. The replica goes on from where it is.
func (l *Log) Close() error { return l.close() }

func (l *Log) end() error {
	l.ending.Lock()
	l.cancel()
	l.ending.Unlock()
	l.run.Wait()
	l.conn.Close()
	if l.Store == nil {
		return nil
	}
	return l.Store.Close()
}

// minVersion is that of the servers from which on they keep several messages as one, or none.
var minVersion = [2]int{2, 15}

func checkVersion(conn *nats.Conn) error {
	version := conn.ConnectedServerVersion()
	major, minor, _ := strings.Cut(version, ".")
	minor, _, _ = strings.Cut(minor, ".")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	if err1 == nil && err2 == nil && (a > minVersion[0] || a == minVersion[0] && b >= minVersion[1]) {
		return nil
	}
	return &todo.Error{Code: Unfit, Message: fmt.Sprintf("the NATS server %s at %s has version %s", conn.ConnectedServerName(), conn.ConnectedUrlRedacted(), version),
		Hint: fmt.Sprintf("it has to be %d.%d or later on all servers", minVersion[0], minVersion[1])}
}
