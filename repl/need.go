package repl

import "bytes"

// A Need is something that a command needs of whoever types it: a file to read, say, or
// an answer.
type Need struct {
	Kind NeedKind
	Path string // of a file; - is standard input
}

// NeedKind says what a line needs.
type NeedKind uint8

// The kinds of needs.
const (
	NeedsNothing NeedKind = iota
	NeedsRead             // a file, for what it holds
	NeedsScript           // a file, for the commands in it
	NeedsWrite            // a file, to be replaced
	NeedsConfirm          // an answer, yes or no
	NeedsHistory          // the lines typed at the prompt
	NeedsClear            // an empty terminal
)

// What says why a file is read, if that may take long.
func (n Need) What() string {
	if n.Kind == NeedsRead {
		return "importing " + Visible(n.Path)
	}
	return ""
}

// needsFile is for commands that always need their FILE.
func needsFile(k NeedKind) func(*args) Need {
	return func(a *args) Need { return Need{k, a.text} }
}

// needsOutput is for commands that need no file if they write to standard output.
func needsOutput(a *args) Need {
	if a.text == "" || a.text == stdio {
		return Need{}
	}
	return Need{NeedsWrite, a.text}
}

func needsConfirm(a *args) Need {
	if a.yes {
		return Need{}
	}
	return Need{Kind: NeedsConfirm}
}

func needs(k NeedKind) func(*args) Need {
	return func(*args) Need { return Need{Kind: k} }
}

// A Follower reads the lines of a script as a session does, and tells what they need.
// It is for a shell whose session runs in another process.
type Follower struct {
	session Session
	args    args
	part    []byte // of a line whose end has yet to come
	later   bool   // the first line has been read
}

// NewFollower returns a follower of the lines of somebody with this home folder.
func NewFollower(home string) *Follower {
	inUse := State{InUse: stdio} // any name will do: no need depends on which list is in use
	return &Follower{session: Session{env: Environment{Home: home}, state: inUse, table: NewTable()}}
}

// Follow reads the next part of the script, and tells what the lines need that end in
// it. End says that it is the last part, so that its last line ends, too. Follow does
// not keep text, and of a line that is too long, only its beginning.
func (f *Follower) Follow(text []byte, end bool, tell func(Need)) {
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			f.part = append(f.part, text[:min(len(text), maxBuffered+1-len(f.part))]...)
			break
		}
		line := text[:n]
		if len(f.part) > 0 {
			f.part = append(f.part, line[:min(n, maxBuffered+1-len(f.part))]...)
			line = f.part
		}
		f.line(line, tell)
		f.part, text = f.part[:0], text[n:]
	}
	if end && len(f.part) > 0 {
		f.line(f.part, tell)
		f.part = f.part[:0]
	}
}

func (f *Follower) line(line []byte, tell func(Need)) {
	text, tooLong := command(line, !f.later)
	f.later = true
	if tooLong || len(line) > maxBuffered || len(text) == 0 {
		return
	}
	verb := 0
	for verb < len(text) && classes[text[verb]] == 0 {
		verb++
	}
	if verb == len(text) || classes[text[verb]] != quoting { // if the verb is quoted, only the parser can read it
		variants := f.session.table.byName[string(text[:verb])]
		if variants == nil || variants[0].needs == nil {
			return
		}
	}
	c, err := f.session.parse(string(text), &f.args)
	if err != nil || c.needs == nil {
		return
	}
	if n := c.needs(&f.args); n.Kind != NeedsNothing {
		tell(n)
	}
}
