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

// How long to wait for the rest of a key. What follows Esc later than escTime is a key
// of its own. A sequence that begins like one of the terminal's keys hardly ever is
// anything else, so there is more time for its rest.
const (
	escTime      = 50 * time.Millisecond
	sequenceTime = 10 * escTime
)

// errPause is the error of waiting for more when nothing comes in time.
var errPause = errors.New("nothing more was typed")

// key waits for a key and takes it, and nothing behind it.
func (k *keyboard) key() (key, error) {
	for {
		if len(k.buf) == 0 && k.undrawn {
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
		case k.undrawn && !utf8.FullRune(k.buf):
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

// characters takes text, up to the next key that is no character.
func (k *keyboard) characters() (key, error) {
	for !utf8.FullRune(k.buf) {
		if err := k.more(k.done, nil); err != nil {
			return key{}, err
		}
	}
	n := bytes.IndexFunc(k.buf, func(r rune) bool { return r < ' ' || r == backspace })
	if n < 0 {
		n = len(k.buf)
		for i := 1; i < min(utf8.UTFMax, n); i++ { // of the last character, bytes may be missing
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
	if utf8.ValidString(text) { // other text is refused later, as a whole
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

// escape takes a key that begins with Esc. If it means nothing here, it is the zero
// key.
func (k *keyboard) escape() (key, error) {
	n, err := k.sequence()
	switch {
	case errors.Is(err, errPause) && len(k.buf) > 1: // the rest of the key never came
		k.buf = nil
		return key{}, nil
	case err != nil && !errors.Is(err, errPause):
		return key{}, err
	}
	sequence := string(k.buf[:n])
	if sequence == pasteBegin && k.undrawn {
		return key{action: redraw}, nil // waiting for the end of a paste may take long: draw first
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

// sequence returns how many bytes the key has that begins with Esc. It is one, Esc
// itself, if what follows is a key of its own, or comes late.
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
		case c == '[' && n == 2: // the Linux console sends two brackets for some keys
		case c < ' ' || c > '~' || n == longest: // the sequence is broken off
			return n, nil
		case c >= '@':
			return n + 1, nil
		}
	}
}

// need waits until so many bytes have come, but at most so long for each of them.
func (k *keyboard) need(n int, atMost time.Duration) error {
	for len(k.buf) < n {
		if err := k.more(k.done, k.after(atMost)); err != nil {
			return err
		}
	}
	return nil
}

// paste takes what was pasted, up to the mark at its end. The mark may never come: so
// Ctrl-C with nothing behind it is taken for the key, and ends the paste.
func (k *keyboard) paste() (key, error) {
	var text []byte
	for {
		n, end := bytes.Index(k.buf, []byte(pasteEnd)), len(pasteEnd)
		if n < 0 {
			n, end = len(k.buf), 0
			if n > 0 && k.buf[n-1] == ctrlC {
				switch err := k.more(k.done, k.after(escTime)); {
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
		text = text[:min(len(text), maxPaste+1)] // one byte more than may be, to notice that it is too long
		k.buf = k.buf[n+end:]
		if end > 0 {
			return key{insertPaste, string(text)}, nil
		}
		if err := k.more(k.done, nil); err != nil {
			return key{}, err
		}
	}
}
