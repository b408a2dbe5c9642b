package prompt

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long to wait for the rest of a key: one that follows Esc later than that is
// a key of its own. What begins like a key of the terminal's own is hardly ever
// anything else.
const (
	escTime      = 50 * time.Millisecond
	sequenceTime = 10 * escTime
)

// errPause means that nothing more has come in time.
var errPause = errors.New("nothing more was typed")

// key waits for a key and takes it, and nothing behind it.
func (k *keyboard) key() (key, error) {
	for {
		if len(k.buf) == 0 && k.owed {
			return key{action: redraw}, nil
		}
		if signal, err := k.fill(k.done, k.signals); signal != nil || err != nil {
			return signalled(signal), err
		}
		var got key
		var err error
		switch c := k.buf[0]; {
		case c == esc:
			got, err = k.escape()
		case c < ' ' || c == backspace:
			k.buf = k.buf[1:]
			if got.action = controls[c]; strings.IndexByte(readlineKeys, c) >= 0 {
				got.text = string(rune(c))
			}
		case k.owed && !utf8.FullRune(k.buf):
			return key{action: redraw}, nil
		default:
			got, err = k.characters()
		}
		if got != (key{}) || err != nil {
			return got, err
		}
	}
}

func signalled(s os.Signal) key {
	if s == resumed {
		return key{action: resume}
	}
	return key{action: redraw}
}

// characters takes all up to the next key that is none.
func (k *keyboard) characters() (key, error) {
	for !utf8.FullRune(k.buf) {
		if err := k.more(k.done, nil); err != nil {
			return key{}, err
		}
	}
	n := bytes.IndexFunc(k.buf, func(r rune) bool { return r < ' ' || r == backspace })
	if n < 0 {
		n = len(k.buf)
		for i := 1; i < min(utf8.UTFMax, n); i++ { // the last one may not be all there
			if utf8.RuneStart(k.buf[n-i]) {
				if !utf8.FullRune(k.buf[n-i:]) {
					n -= i
				}
				break
			}
		}
	}
	text := string(k.buf[:n])
	k.buf = k.buf[n:]
	if utf8.ValidString(text) { // or else it is refused
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, text)
	}
	if text == "" {
		return key{}, nil
	}
	return key{insert, text}, nil
}

// escape takes a key that begins with Esc. One without a meaning is the zero key.
func (k *keyboard) escape() (key, error) {
	n, err := k.sequence()
	switch {
	case errors.Is(err, errPause) && len(k.buf) > 1: // the beginning of a key that never came
		k.buf = nil
		return key{}, nil
	case err != nil && !errors.Is(err, errPause):
		return key{}, err
	}
	sequence := string(k.buf[:n])
	if sequence == pasteBegin && k.owed {
		return key{action: redraw}, nil // the end of a paste may be long in coming
	}
	k.buf = k.buf[n:]
	switch sequence {
	case string(esc):
		return key{action: leaveSearch}, nil
	case pasteBegin:
		return k.paste()
	}
	return escapes[sequence[1:]], nil
}

// sequence returns how many bytes the key has that begins with Esc. It is Esc
// itself where what follows is a key by its own right, or comes late.
func (k *keyboard) sequence() (n int, err error) {
	if err = k.need(2, escTime); err != nil {
		return 1, err
	}
	switch c := k.buf[1]; {
	case c == backspace || c == ctrlH:
		return 2, nil
	case c < ' ':
		return 1, nil
	case c == 'O':
		if err = k.need(3, sequenceTime); err == nil && k.buf[2] < ' ' {
			return 2, nil
		}
		return 3, err
	case c != '[':
		for n = 2; err == nil && !utf8.FullRune(k.buf[1:n]); n++ {
			err = k.need(n+1, escTime)
		}
		return n, err
	}
	const longest = 32
	for n = 2; ; n++ {
		if err = k.need(n+1, sequenceTime); err != nil {
			return n, err
		}
		switch c := k.buf[n]; {
		case c == '[' && n == 2: // a Linux console has two of them
		case c < ' ' || c > '~' || n == longest: // the key is broken off
			return n, nil
		case c >= '@':
			return n + 1, nil
		}
	}
}

// need waits until so many bytes have come, but not longer than that between two
// of them.
func (k *keyboard) need(n int, atMost time.Duration) error {
	for len(k.buf) < n {
		if err := k.more(k.done, k.pause(atMost)); err != nil {
			return err
		}
	}
	return nil
}

// paste takes what was pasted, to its end. That may never come: Ctrl-C behind
// which nothing follows is a key.
func (k *keyboard) paste() (key, error) {
	var text []byte
	for {
		n, end := bytes.Index(k.buf, []byte(pasteEnd)), len(pasteEnd)
		if n < 0 {
			n, end = len(k.buf), 0
			if n > 0 && k.buf[n-1] == ctrlC {
				switch err := k.more(k.done, k.pause(escTime)); {
				case errors.Is(err, errPause):
					k.buf = nil
					return key{text: string(rune(ctrlC))}, nil
				case err != nil:
					return key{}, err
				}
				continue
			}
			for i := min(n, len(pasteEnd)-1); i > 0; i-- {
				if strings.HasPrefix(pasteEnd, string(k.buf[n-i:])) {
					n -= i
					break
				}
			}
		}
		text = append(text, k.buf[:n]...)
		text = text[:min(len(text), maxPaste+1)] // one more than is taken, so that it is noticed
		k.buf = k.buf[n+end:]
		if end > 0 {
			return key{insertPaste, string(text)}, nil
		}
		if err := k.more(k.done, nil); err != nil {
			return key{}, err
		}
	}
}
